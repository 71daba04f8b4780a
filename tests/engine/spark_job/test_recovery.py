"""A training that was interrupted goes on at its last finished epoch and ends where an undisturbed one ends."""

import csv
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras.engine import params, training
from sparkeras.engine.spark_job.checkpoint_places import checked_place
from sparkeras.engine.spark_job.checkpoints import Checkpoint, CheckpointFolder
from sparkeras.engine.spark_job.shared_token import SharedToken
from sparkeras.errors import DivergedError, InvalidParamError, SetupError, SparkerasError, TrainingError
from tests.engine.spark_job.faults import Does, fail, kill_me
from tests.models import digits_model


def weights_of(model):
    state = [*model.variables, *model.optimizer.variables]
    return np.concatenate([np.ravel(keras.ops.convert_to_numpy(variable.value)) for variable in state])


def model_with_dropout():
    """Its optimizer, its dropout seeds and its moving statistics all count for what comes next."""
    keras.utils.set_random_seed(0)
    inside = [keras.layers.Dense(24, activation="relu"), keras.layers.BatchNormalization(), keras.layers.Dropout(0.3)]
    stack = [keras.Input((64,)), keras.layers.Rescaling(1 / 16), *inside, keras.layers.Dense(10, activation="softmax")]
    model = keras.Sequential(stack)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Begun(keras.callbacks.Callback):
    """Note the epochs that this training itself began."""

    def __init__(self):
        super().__init__()
        self.epochs = []

    def on_epoch_begin(self, epoch, logs=None):
        self.epochs.append(epoch)


class Counts(keras.callbacks.Callback):
    """Hold a state of its own, as EarlyStopping does."""

    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)


@pytest.mark.slow  # test_faults, test_places and the next test kill trainings that go on, too
@pytest.mark.parametrize("workers", [1, 2])
def test_a_killed_training_ends_where_an_undisturbed_one_ends(workers, digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = {"epochs": 5, "validation": 0.2, "num_workers": workers, "seed": 3}
    undisturbed, disturbed = model_with_dropout(), model_with_dropout()
    expected = sparkeras.fit(undisturbed, digits, callbacks=[Counts()], **settings)
    counts = Counts()
    callbacks = [Does(tmp_path / "once", kill_me, by=0, epoch=3), keras.callbacks.CSVLogger("log.csv"), counts]
    history = sparkeras.fit(disturbed, digits, callbacks=callbacks, checkpoint_dir="kept", max_retries=1, **settings)
    np.testing.assert_array_equal(weights_of(disturbed), weights_of(undisturbed))
    assert history.history == expected.history
    assert len(history.training.seconds) == 5
    assert counts.seen == [0, 1, 2, 3, 4]
    assert len(history.training.failures) == 1
    assert "killed by signal SIGKILL" in history.training.failures[0]
    lines = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert [line["epoch"] for line in lines] == list("01234")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.thorough
def test_the_same_call_goes_on_after_it_was_given_up(digits, tmp_path):
    undisturbed, first, second = digits_model(), digits_model(), digits_model()
    sparkeras.fit(undisturbed, digits, epochs=4)
    kept = str(tmp_path / "kept")
    with pytest.raises(TrainingError, match="the callback's disk is gone") as caught:
        sparkeras.fit(first, digits, epochs=4, checkpoint_dir=kept, callbacks=[Does(tmp_path / "once", fail, by=0)])
    assert f"Finished epochs, if any, are kept in {kept}: the same call goes on from the last one." in str(caught.value)
    (checkpoint,) = (tmp_path / "kept").rglob("epoch-*.zip")
    assert checkpoint.name == "epoch-000002.zip"
    begun = Begun()
    history = sparkeras.fit(second, digits.repartition(3), epochs=4, checkpoint_dir=kept, callbacks=[begun])
    assert (begun.epochs, history.training.taken_up) == ([2, 3], 2)
    np.testing.assert_array_equal(weights_of(second), weights_of(undisturbed))
    assert list((tmp_path / "kept").iterdir()) == []


class Named(keras.callbacks.Callback):
    """A setting and a state."""

    def __init__(self, setting):
        super().__init__()
        self.setting, self.seen = setting, []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(epoch)


@pytest.mark.thorough
def test_callbacks_keep_their_state_and_take_new_settings(digits, tmp_path):
    kept = str(tmp_path / "kept")
    with pytest.raises(TrainingError):
        sparkeras.fit(
            digits_model(),
            digits,
            epochs=3,
            checkpoint_dir=kept,
            callbacks=[Named(1), Does(tmp_path / "once", fail, 0)],
        )
    callback = Named(2)  # and one callback less
    sparkeras.fit(digits_model(), digits, epochs=4, checkpoint_dir=kept, callbacks=[callback])
    assert (callback.setting, callback.seen) == (2, [0, 1, 2, 3])


@pytest.mark.slow
def test_other_rows_and_another_model_begin_anew(digits, tmp_path):
    kept = str(tmp_path / "kept")
    with pytest.raises(TrainingError):
        sparkeras.fit(
            digits_model(), digits, epochs=3, checkpoint_dir=kept, callbacks=[Does(tmp_path / "once", fail, by=0)]
        )
    for model, rows in ((digits_model(), digits.filter("label < 9")), (digits_model(optimizer="sgd"), digits)):
        history = sparkeras.fit(model, rows, epochs=1, checkpoint_dir=kept)
        assert (history.training.rows, len(history.history["loss"])) == (rows.count(), 1)
    assert len(list((tmp_path / "kept").rglob("epoch-*.zip"))) == 1  # the first one's, untouched


@pytest.mark.slow  # what names a training is tested below without training
def test_other_first_weights_and_another_number_of_workers_go_on(digits, tmp_path):
    kept = str(tmp_path / "kept")
    with pytest.raises(TrainingError):
        sparkeras.fit(
            digits_model(), digits, epochs=3, checkpoint_dir=kept, callbacks=[Does(tmp_path / "once", fail, by=0)]
        )
    model, begun = digits_model(), Begun()
    model.set_weights([weight + 1 for weight in model.get_weights()])
    sparkeras.fit(model, digits, epochs=3, num_workers=2, checkpoint_dir=kept, callbacks=[begun])
    assert begun.epochs == [2]


def test_what_names_a_training(digits):
    settings = {"features": "features", "label": "label", "batch_size": 32}

    def told(model, **more):
        job = training._prepare(digits, model, params.settings(**settings, checkpoint_dir="kept", **more), "fit", None)
        return job.fingerprint

    first, again, trained = digits_model(), digits_model(), digits_model()
    again.set_weights([weight + 1 for weight in again.get_weights()])
    assert told(first) == told(again) == told(first, num_workers=2, epochs=3)
    # Each worker holds out a fraction of its own rows: with other workers, others.
    assert told(first, validation=0.2) != told(first, validation=0.2, num_workers=2)
    # A model that was trained is meant with its weights.
    trained.optimizer.build(trained.trainable_variables)
    trained.optimizer.iterations.assign(1)
    assert told(trained) != told(first)
    assert told(first, seed=1) != told(first)


@pytest.mark.slow
def test_retries_run_out_and_a_loss_that_is_no_number_is_not_tried_again(digits, tmp_path):
    callback = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: fail())
    with pytest.raises(TrainingError, match=r"the callback's disk is gone(?s:.*)It failed 2 times"):
        sparkeras.fit(digits_model(), digits, epochs=1, max_retries=1, callbacks=[callback])
    model = digits_model(optimizer=keras.optimizers.SGD(1e30))
    with pytest.raises(DivergedError, match="The loss became") as caught:
        sparkeras.fit(model, digits, epochs=3, max_retries=3)
    assert "It failed" not in str(caught.value)


def checkpoint(epoch, run="run", ended=False):
    return Checkpoint({"epoch": epoch, "run": run, "ended": ended, "history": {}}, b"state", b"", b"")


def test_a_checkpoint_replaces_the_one_before_and_half_ones_do_not_count(tmp_path):
    folder = CheckpointFolder(str(tmp_path), "training")
    assert folder.last("run") is None
    for epoch in (1, 2):
        folder.write(checkpoint(epoch))
    (half,) = [tmp_path / "sparkeras-training" / ".epoch-000003.zip.run"]
    half.write_bytes(b"PK half")
    assert folder.last("other").about["epoch"] == 2
    assert [path.name for path in Path(folder.folder).glob("epoch*")] == ["epoch-000002.zip"]
    folder.write(checkpoint(3, ended=True))
    assert folder.last("run").about["epoch"] == 3
    assert folder.last("other") is None
    (tmp_path / "sparkeras-training" / "epoch-000004.zip").write_bytes(b"no zip")
    with pytest.raises(TrainingError, match=r"epoch-000004.zip' cannot be read: .* Or delete it to start anew"):
        folder.last("run")


def test_places_of_every_kind(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert checked_place("kept", here=True) == str(tmp_path / "kept")
    assert checked_place("hdfs://names/kept", here=True) == "hdfs://names/kept"
    assert list(tmp_path.iterdir()) == []
    folder = CheckpointFolder(f"file://{tmp_path}/by-uri", "training")
    folder.write(checkpoint(1))
    with zipfile.ZipFile(tmp_path / "by-uri" / "sparkeras-training" / "epoch-000001.zip") as archive:
        assert archive.read("state") == b"state"
    with pytest.raises(InvalidParamError, match="'ftp://x/y' is of a kind that pyarrow does not open"):
        checked_place("ftp://x/y", here=False)
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidParamError, match="is a file; give a folder"):
        checked_place("file", here=False)
    with pytest.raises(InvalidParamError, match="lies below the file '.*/file'; give a folder"):
        checked_place("file/kept", here=False)
    with pytest.raises(InvalidParamError, match="The checkpoint directory '/proc/no' cannot be written"):
        checked_place("/proc/no", here=True)
    assert checked_place("/proc/no", here=False) == "/proc/no"  # the workers' may be another machine's
    with pytest.raises(SparkerasError, match="The checkpoint directory '/proc/no' cannot be opened"):
        CheckpointFolder("/proc/no", "training")


def test_a_folder_that_ranks_do_not_share_is_found_out(tmp_path, monkeypatch):
    monkeypatch.setattr("sparkeras.engine.spark_job.shared_token._SHARED_SECONDS", 0.3)
    with SharedToken(str(tmp_path / "a"), "attempt", 0) as first:
        with SharedToken(str(tmp_path / "a"), "attempt", 1) as second:
            first.require(2)
            second.require(2)
        with (
            SharedToken(str(tmp_path / "b"), "attempt", 1) as elsewhere,
            pytest.raises(SetupError, match="is not shared: what rank 0 wrote there is not seen here"),
        ):
            elsewhere.require(2)
    assert list((tmp_path / "a").iterdir()) == []
