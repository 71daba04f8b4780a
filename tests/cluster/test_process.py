"""The training process dies with its task and leaves nothing; what went wrong is told. Real processes, real signals."""

import json
import os
import pickle
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pytest

from sparkeras import backends, blueprint
from sparkeras.blueprint import byvalue
from sparkeras.cluster import process, task
from sparkeras.cluster.job import Job
from sparkeras.columns import Field
from tests.models import digits_model

FIELDS = [Field("x", "input", ("x",), (64,)), Field("y", "label", ("y",))]


def job(model=None, callbacks=None, **settings):
    return Job(
        **{
            "mode": "fit",
            "blueprint": blueprint.pack(model or digits_model()),
            "fields": FIELDS,
            "limits": {},
            "callbacks": byvalue.dumps(callbacks, "The callbacks") if callbacks else b"",
            "backend": backends.choose(),
            "threads": 1,
            "workers": 1,
            "batch_size": 32,
            "seed": 0,
            **settings,
        }
    )


def batches():
    random = np.random.default_rng(0)
    x = random.integers(0, 17, (200, 64)).tolist()
    return iter([pa.record_batch({"x": pa.array(x, pa.list_(pa.int16())), "y": pa.array(random.integers(0, 10, 200))})])


def run(given, monkeypatch, folder):
    """Run one job as a Spark task does and return its answers by kind."""
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(folder))
    answers = {}
    for batch in task.train((pickle.dumps(given), given.blueprint, given.files), batches()):
        for row in batch.to_pylist():
            answers[row["kind"]] = answers.get(row["kind"], b"") + row["data"]
    return answers


def children():
    """Return the process ids of training processes below this one."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
            words = (entry.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == os.getpid() and b"sparkeras.trainer.worker" in words and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


class Sleep(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        time.sleep(60)


class Fail(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("about to fail")
        raise KeyError("my own mistake")


class SlowLayer(keras.layers.Layer):
    def __init__(self, **settings):
        super().__init__(**settings)
        if "sparkeras.trainer.worker" in " ".join(sys.orig_argv):
            time.sleep(60)

    def call(self, x):
        return x


def failure_of(answers):
    assert set(answers) == {"failure"}
    return json.loads(answers["failure"])["message"]


def test_a_training_leaves_its_answer_and_nothing_else(monkeypatch, tmp_path):
    answers = run(job(epochs=2), monkeypatch, tmp_path)
    assert set(answers) == {"facts", "state", "callbacks", "files"}
    facts = json.loads(answers["facts"])
    assert len(facts["history"]["epochs"]) == 2
    assert facts["history"]["rows"] == 200
    assert list(tmp_path.iterdir()) == []
    assert children() == []


class Sees(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.loaded = "sklearn" in sys.modules
        import sklearn

        self.name = sklearn.__name__


def test_keras_starts_without_scikit_learn_which_callbacks_may_use(monkeypatch, tmp_path):
    answers = run(job(callbacks=[Sees()]), monkeypatch, tmp_path)
    (seen,) = byvalue.loads(answers["callbacks"])
    assert (seen["loaded"], seen["name"]) == (False, "sklearn")


def test_a_killed_process_is_named_with_its_signal(monkeypatch, tmp_path):
    def kill():
        while not children():
            time.sleep(0.05)
        os.kill(children()[0], signal.SIGKILL)

    threading.Thread(target=kill).start()
    began = time.monotonic()
    message = failure_of(run(job(callbacks=[Sleep()]), monkeypatch, tmp_path))
    assert "was killed by signal SIGKILL before it finished. The system kills processes that take too much" in message
    assert time.monotonic() - began < 20
    assert list(tmp_path.iterdir()) == []


def test_a_callback_that_fails_shows_its_words_and_the_last_lines(monkeypatch, tmp_path):
    message = failure_of(run(job(callbacks=[Fail()]), monkeypatch, tmp_path))
    assert message.startswith("The callback Fail (on_epoch_end) failed with KeyError: 'my own mistake'")
    assert "Its last lines:" in message
    assert "about to fail" in message
    assert "on_epoch_end" in message


class NeedsMore(keras.callbacks.Callback):
    def set_model(self, model):
        raise ImportError("this callback needs a package that is not here")


def test_a_callback_that_cannot_begin_is_named(monkeypatch, tmp_path):
    message = failure_of(run(job(callbacks=[NeedsMore()]), monkeypatch, tmp_path))
    assert message.startswith("The callback NeedsMore (set_model) failed with ImportError: this callback needs a")


def test_a_loss_that_is_no_number_stops_the_training(monkeypatch, tmp_path):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mean_squared_error")
    message = failure_of(run(job(model), monkeypatch, tmp_path))
    assert message.startswith("The loss became")
    assert "in epoch 1. Lower the learning rate" in message


def test_a_process_that_does_not_get_ready_is_stopped(monkeypatch, tmp_path):
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(SlowLayer()(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    began = time.monotonic()
    message = failure_of(run(job(model, start_timeout_seconds=1), monkeypatch, tmp_path))
    assert "was not ready within 1 s (startTimeoutSeconds)" in message
    assert time.monotonic() - began < 30
    assert children() == []


class SleepLater(keras.callbacks.Callback):
    """Hang after the first epoch, whose first step compiles the model and has the longer limit."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch:
            time.sleep(60)


def test_a_process_that_hangs_in_a_step_is_stopped(monkeypatch, tmp_path):
    message = failure_of(run(job(callbacks=[SleepLater()], epochs=3, step_timeout_seconds=3), monkeypatch, tmp_path))
    assert "finished no step within 3 s (stepTimeoutSeconds)" in message
    assert children() == []


PARENT = """
import pickle, sys
from sparkeras.cluster import task
sys.path[:0] = [{root!r}]
given = pickle.load(open("job", "rb"))
batches = pickle.load(open("batches", "rb"))
list(task.train((pickle.dumps(given), given.blueprint, given.files), iter(batches)))
"""


def test_when_the_task_is_killed_the_process_and_its_folder_go(tmp_path):
    local = tmp_path / "local"
    local.mkdir()
    (tmp_path / "job").write_bytes(pickle.dumps(job(callbacks=[Sleep()])))
    (tmp_path / "batches").write_bytes(pickle.dumps(list(batches())))
    code = PARENT.format(root=str(Path(__file__).parents[2]))
    task = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, "SPARK_LOCAL_DIRS": str(local)}
    )
    deadline = time.monotonic() + 30
    while not list(local.glob("*/answer")) and time.monotonic() < deadline:
        time.sleep(0.1)
    (folder,) = local.iterdir()
    task.kill()
    task.wait()
    deadline = time.monotonic() + 5
    while (folder.exists() or _mentioned(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    assert not _mentioned(folder)


def _mentioned(folder):
    """Tell whether a living process has ``folder`` among its arguments."""
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in words.read_bytes():
                return True
        except OSError:
            continue
    return False


def test_the_environment_is_clean_and_threads_are_set_on_purpose(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("no_proxy", "x")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MY_OWN", "kept")
    made = process.clean_environment("jax", threads=3)
    assert not {"HTTPS_PROXY", "no_proxy", "SLURM_NTASKS"} & made.keys()
    assert (made["OMP_NUM_THREADS"], made["NPROC"], made["KERAS_BACKEND"], made["MY_OWN"]) == ("3", "3", "jax", "kept")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no such settings")
def test_memory_once_taken_is_not_cleared_again(monkeypatch):
    monkeypatch.setenv("GLIBC_TUNABLES", "glibc.malloc.check=0")
    code = """if True:
        import resource, numpy as np
        np.ones(2**24)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(5):
            np.ones(2**24)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)"""
    made = process.clean_environment("jax", threads=1)
    assert made["GLIBC_TUNABLES"].endswith(":glibc.malloc.check=0")
    faults = subprocess.run([sys.executable, "-c", code], env=made, capture_output=True, text=True, check=True).stdout
    assert int(faults) < 1000, "128 MiB are 32,768 pages"


@pytest.mark.slow
@pytest.mark.skipif(backends.choose() != "jax", reason="NPROC is XLA's")
def test_one_thread_means_one_core(monkeypatch, tmp_path):
    class Cpu(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.monotonic(), time.process_time()

        def on_epoch_end(self, epoch, logs=None):
            self.share = (time.process_time() - self.began[1]) / (time.monotonic() - self.began[0])

    keras.utils.set_random_seed(0)
    wide = [keras.layers.Dense(1024, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((64,)), *wide, keras.layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    answers = run(job(model, callbacks=[Cpu()], epochs=4), monkeypatch, tmp_path)
    assert byvalue.loads(answers["callbacks"])[0]["share"] < 1.3
