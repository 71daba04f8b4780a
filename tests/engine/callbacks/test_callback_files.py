"""Paths of callbacks mean on Spark what they mean in plain Keras, or are refused before a training starts."""

import os
import shutil
import time
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from keras.callbacks import BackupAndRestore, CSVLogger, ModelCheckpoint, TensorBoard

import sparkeras
from sparkeras.engine.callbacks.callback_paths import places_of
from sparkeras.engine.callbacks.caller_files import CallbackFiles
from sparkeras.errors import InvalidParamError, TrainingError

TWO = [] if keras.config.backend() == "tensorflow" else [pytest.param(2, marks=pytest.mark.slow)]
WORKERS = [1, *TWO]
HEADER = "epoch,loss,val_loss"


class Epochs(keras.callbacks.Callback):
    """Appends the number of each epoch to a file, as a user's callback does."""

    def __init__(self, path, fails_in=None):
        super().__init__()
        self.log_path, self.fails_in, self.seen = path, fails_in, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)
        with open(self.log_path, "a") as file:
            file.write(f"{epoch} ")
        if epoch == self.fails_in:
            raise RuntimeError("the power went")


@pytest.fixture
def frame(spark):
    x = np.random.default_rng(0).normal(size=(24, 3))
    return spark.createDataFrame(
        list(zip(x.tolist(), x[:, 0].tolist(), strict=True)), "features array<double>, label double"
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The caller's folder."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def remote(spark, tmp_path):
    """The address and the local folder of a file system that Spark knows."""
    (tmp_path / "remote").mkdir()
    settings = {
        "fs.dbfs.impl": "org.apache.hadoop.fs.viewfs.ViewFileSystemOverloadScheme",
        "fs.dbfs.impl.disable.cache": "true",
        "fs.viewfs.mounttable.default.link./bucket": f"file://{tmp_path}/remote",
    }
    for name, value in settings.items():
        spark.conf.set(name, value)
    yield "dbfs:/bucket", tmp_path / "remote"
    for name in settings:
        spark.conf.unset(name)


def line():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model


def below(folder):
    return {str(path.relative_to(folder)) for path in Path(folder).rglob("[!.]*") if path.is_file()}


def epochs_of(csv):
    header, *lines = Path(csv).read_text().splitlines()
    assert header == HEADER
    return [int(each.split(",")[0]) for each in lines]


@pytest.mark.thorough
@pytest.mark.parametrize("workers", WORKERS)
def test_an_interrupted_training_is_taken_up_from_its_relative_paths(frame, folder, workers):
    (folder / "logs").mkdir()
    arguments = {"batch_size": 8, "num_workers": workers}
    files = [CSVLogger("logs/train.csv"), BackupAndRestore("back/up")]
    with pytest.raises(TrainingError, match="the power went"):
        sparkeras.fit(line(), frame, epochs=4, callbacks=[*files, Epochs("seen", fails_in=1)], **arguments)
    assert below(folder) == {"logs/train.csv", "back/up/latest.weights.h5", "back/up/training_metadata.json", "seen"}
    files, seen = [CSVLogger("logs/train.csv", append=True), files[1]], Epochs("seen")
    history = sparkeras.fit(line(), frame, epochs=4, callbacks=[*files, seen], **arguments)
    assert seen.seen == history.epoch == [2, 3]
    assert history.training.first == 2
    assert epochs_of("logs/train.csv") == [0, 1, 2, 3]
    assert (folder / "seen").read_text() == "0 1 2 3 "
    assert below(folder) == {"logs/train.csv", "seen"}, "as plain Keras removes a backup after training"


@pytest.mark.thorough
def test_paths_lead_upwards_and_address_the_own_disk(frame, folder, tmp_path):
    (tmp_path / "logs").mkdir()
    log, best = (
        CSVLogger("../logs/a.csv"),
        ModelCheckpoint(f"file:{tmp_path}/{{epoch}}.keras"),
    )
    plain = line()
    plain.fit(np.zeros((8, 3)), np.zeros(8), epochs=2, verbose=0, callbacks=[log])
    log.append = True  # its file is closed now
    sparkeras.fit(line(), frame, epochs=2, callbacks=[log, best])
    assert epochs_of(tmp_path / "logs" / "a.csv") == [0, 1, 0, 1]
    assert below(tmp_path) == {"logs/a.csv", "1.keras", "2.keras"}
    assert best.filepath == f"file:{tmp_path}/{{epoch}}.keras"
    assert best.best is None
    plain.fit(
        np.zeros((8, 3)), np.zeros(8), verbose=0, callbacks=[log]
    )  # and the same callback serves plain Keras again
    assert epochs_of(tmp_path / "logs" / "a.csv") == [0, 1, 0, 1, 0]


@pytest.mark.thorough
@pytest.mark.classic
@pytest.mark.parametrize("workers", WORKERS)
def test_addresses_are_reached_through_sparks_file_systems(frame, folder, remote, workers):
    address, disk = remote
    arguments = {"batch_size": 8, "num_workers": workers}
    backup = BackupAndRestore(f"{address}/runs/backup")
    with pytest.raises(TrainingError, match="the power went"):
        sparkeras.fit(line(), frame, epochs=3, callbacks=[backup, Epochs("seen", fails_in=0)], **arguments)
    assert below(disk) == {"runs/backup/latest.weights.h5", "runs/backup/training_metadata.json"}
    (disk / "train.csv").write_text(f"{HEADER}\n0,1.0,NA\n")
    files = [
        backup,
        CSVLogger(f"{address}/train.csv", append=True),
        ModelCheckpoint(f"{address}/runs/{{epoch}}-{{loss:.1f}}.weights.h5", save_weights_only=True),
    ]
    history = sparkeras.fit(line(), frame, epochs=3, callbacks=files, **arguments)
    assert history.epoch == [1, 2]
    assert epochs_of(disk / "train.csv") == [0, 1, 2]
    names = {f"runs/{n}-{loss:.1f}.weights.h5" for n, loss in enumerate(history.history["loss"], 2)}
    assert below(disk) == {"train.csv", *names}
    assert below(folder) == {"seen"}
    assert backup.backup_dir == f"{address}/runs/backup"
    assert backup._weights_path.startswith(address)


REFUSED = [
    (lambda: CSVLogger("none/a.csv"), "CSVLogger has the path 'none/a.csv': there is no folder 'none'"),
    (
        lambda: CSVLogger("/nowhere/a.csv"),
        "no folder '/nowhere', and CSVLogger makes none. Make it first",
    ),
    (lambda: CSVLogger("file:/nowhere/a.csv"), "there is no folder '/nowhere'"),
    (lambda: CSVLogger(".."), "'..': that is a folder. Give the path of a file in it"),
    (lambda: CSVLogger("log:a.csv"), "an address has a slash after its colon"),
    (lambda: BackupAndRestore("."), "all that lies there would be sent. Name a folder below"),
    (
        lambda: BackupAndRestore("dbfs:/a"),
        'cannot write to that file system .*No FileSystem for scheme "dbfs"',
    ),
    (
        lambda: TensorBoard("s3://bucket/logs"),
        "TensorBoard has the path 's3://bucket/logs': Spark cannot",
    ),
    (
        lambda: ModelCheckpoint("s3a://b/{epoch}.keras"),
        "s3a://b.*Give one that Spark knows here, or a rel",
    ),
]


@pytest.mark.classic
@pytest.mark.parametrize(("make", "words"), REFUSED, ids=[words[:40] for _, words in REFUSED])
def test_what_cannot_be_written_is_refused_before_the_start(frame, folder, make, words):
    model, callback, began = line(), make(), time.monotonic()
    with pytest.raises(InvalidParamError, match=words):
        sparkeras.fit(model, frame, callbacks=[callback])
    assert time.monotonic() - began < 5
    assert not below(folder)


def test_more_than_can_be_sent_is_refused(spark, folder):
    (folder / "backup").mkdir()
    with open(folder / "backup" / "large", "wb") as file:
        file.truncate(600 * 2**20)
    callbacks = CallbackFiles(spark, [Epochs("seen"), BackupAndRestore("backup")])
    with pytest.raises(InvalidParamError, match=r"path 'backup': .* at most 512 MiB of them; there are 600 MiB\. Give"):
        callbacks.packed()


class Notes(ModelCheckpoint):
    """A callback of Keras with a path of the user's beside its own."""

    def __init__(self, filepath, notes):
        super().__init__(filepath)
        self.notes, self.file_of_notes, self.away, self.here = notes, notes, "s3://mine", "."


def test_the_paths_of_a_users_callback_are_its_attributes_called_so(folder):
    told = [(place.path, place.reads) for place in places_of([Notes("models/{epoch}.keras", "notes.txt")])]
    assert told == [("models/{epoch}.keras", False), ("notes.txt", True)]
    assert [place.path for place in places_of([Epochs(Path("a/b")), Epochs("/absolute"), Epochs("..")])] == ["a/b"]
    assert not places_of(
        [keras.callbacks.RemoteMonitor(), keras.callbacks.EarlyStopping(), keras.callbacks.TerminateOnNaN()]
    )


class Diary(keras.callbacks.Callback):
    """Writes to files whose names stand in its code alone."""

    def on_epoch_end(self, epoch, logs=None):
        for name, mode in (("diary.txt", "a"), ("anew.txt", "w")):
            with open(name, mode) as file:
                file.write(f"{epoch} ")


def test_a_file_that_is_named_in_the_code_alone_is_appended_to_or_written_anew(frame, folder):
    for name in ("diary.txt", "anew.txt"):
        (folder / name).write_text("before ")
    sparkeras.fit(line(), frame, epochs=2, callbacks=[Diary()])
    assert (folder / "diary.txt").read_text() == "before 0 1 "
    assert (folder / "anew.txt").read_text() == "1 "


def test_files_that_cannot_be_written_cost_no_training(frame, folder):
    (folder / "diary.txt").mkdir()
    model = line()
    before = model.get_weights()
    with pytest.warns(UserWarning, match=r"not all written .*diary.txt.* All are kept in (\S+)\.zip") as warned:
        sparkeras.fit(model, frame, callbacks=[Diary()], epochs=1)
    assert (model.get_weights()[0] != before[0]).any()
    path = str(warned[0].message).split()[-1].rstrip(".")
    with zipfile.ZipFile(path) as kept:
        assert kept.read("diary.txt") == b"0 "
    os.remove(path)


class Cuts(keras.callbacks.Callback):
    """Lets a file system lose its folder while a training writes there."""

    def __init__(self, disk):
        super().__init__()
        self.disk = disk

    def on_train_end(self, logs=None):
        shutil.rmtree(self.disk)
        self.disk.write_text("a file")


@pytest.mark.classic
def test_an_address_that_is_lost_costs_no_training(frame, folder, remote):
    address, disk = remote
    with pytest.warns(UserWarning, match=r"dbfs:/bucket/a.csv was not written \(.*The file is kept at (\S+)") as warned:
        history = sparkeras.fit(line(), frame, epochs=2, callbacks=[CSVLogger(f"{address}/a.csv"), Cuts(disk)])
    assert len(history.history["loss"]) == 2
    kept = Path(str(warned[0].message).split()[-1].rstrip("."))
    assert [line[:2] for line in kept.read_text().splitlines()] == ["ep", "0,", "1,"]


def test_every_callback_of_keras_that_holds_a_path_is_known():
    words = ("path", "file", "dir")
    kinds = [kind for kind in vars(keras.callbacks).values() if isinstance(kind, type)]
    found = {
        kind.__name__
        for kind in kinds
        for name in kind.__init__.__code__.co_varnames[: kind.__init__.__code__.co_argcount]
        if any(word in name for word in words)
    }
    from sparkeras.engine.callbacks.callback_paths import _OF_KERAS

    assert found - {"RemoteMonitor"} <= set(_OF_KERAS)  # whose path is part of a web address
    assert os.sep not in "".join(found)
