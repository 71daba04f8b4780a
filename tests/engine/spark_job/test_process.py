"""The training process dies with its task and leaves nothing; what went wrong is told. Real processes, real signals."""

import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import keras
import pytest

from sparkeras.engine import backends
from sparkeras.engine.blueprint import byvalue
from sparkeras.engine.spark_job import process_start
from tests.engine.spark_job.one_process import SETTINGS, Sleep, end_template, gone, job, run, started_task
from tests.places import job_folders, training_processes

WAYS = [pytest.param(False, id="new Python", marks=[pytest.mark.thorough] * (sys.platform == "linux"))]
WAYS += [pytest.param(True, id="fork")] * (sys.platform == "linux")


@pytest.fixture(scope="module", params=WAYS)
def local(request, tmp_path_factory):
    """Yield Spark's local folder of this module's jobs, whose processes are new Pythons, or forks of templates."""
    folder = tmp_path_factory.mktemp("local")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_LOCAL_DIRS", str(folder))
        patch.setitem(SETTINGS, "template", request.param)
        yield folder
    templates = list(folder.iterdir())
    assert bool(templates) == request.param
    for each in templates:
        end_template(each)
    assert list(folder.iterdir()) == []


def left(local):
    return job_folders(local), training_processes(local)


class Fail(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        print("about to fail")
        raise KeyError("my own mistake")


class SlowLayer(keras.layers.Layer):
    def __init__(self, **settings):
        super().__init__(**settings)
        if "sparkeras.engine.process.main" in " ".join(sys.orig_argv):
            time.sleep(60)

    def call(self, x):
        return x


def failure_of(answers):
    assert set(answers) == {"failure"}
    return json.loads(answers["failure"])["message"]


def test_a_training_leaves_its_answer_and_nothing_else(local):
    answers = run(job(epochs=2))
    assert set(answers) == {"facts", "state", "callbacks", "files"}
    facts = json.loads(answers["facts"])
    assert len(facts["history"]["epochs"]) == 2
    assert facts["history"]["rows"] == 200
    assert left(local) == ([], [])


class Sees(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.loaded = "sklearn" in sys.modules
        import sklearn

        self.name = sklearn.__name__


def test_keras_starts_without_scikit_learn_which_callbacks_may_use(local):
    answers = run(job(callbacks=[Sees()]))
    (seen,) = byvalue.loads(answers["callbacks"])
    assert (seen["loaded"], seen["name"]) == (False, "sklearn")


def test_a_killed_process_is_named_with_its_signal(local):
    def kill():
        while not training_processes(local):
            time.sleep(0.05)
        os.kill(training_processes(local)[0], signal.SIGKILL)

    threading.Thread(target=kill).start()
    began = time.monotonic()
    message = failure_of(run(job(callbacks=[Sleep()])))
    assert "was killed by signal SIGKILL before it finished. The system kills processes that take too much" in message
    assert time.monotonic() - began < 20
    assert left(local) == ([], [])


def test_a_callback_that_fails_shows_its_words_and_the_last_lines(local):
    message = failure_of(run(job(callbacks=[Fail()])))
    assert message.startswith("The callback Fail (on_epoch_end) failed with KeyError: 'my own mistake'")
    assert "Its last lines:" in message
    assert "about to fail" in message
    assert "on_epoch_end" in message


class NeedsMore(keras.callbacks.Callback):
    def set_model(self, model):
        raise ImportError("this callback needs a package that is not here")


def test_a_callback_that_cannot_begin_is_named(local):
    message = failure_of(run(job(callbacks=[NeedsMore()])))
    assert message.startswith("The callback NeedsMore (set_model) failed with ImportError: this callback needs a")


def test_a_loss_that_is_no_number_stops_the_training(local):
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mean_squared_error")
    message = failure_of(run(job(model)))
    assert message.startswith("The loss became")
    assert "in epoch 1. Lower the learning rate" in message


def test_a_process_that_does_not_get_ready_is_stopped(local):
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(SlowLayer()(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    began = time.monotonic()
    message = failure_of(run(job(model, start_timeout_seconds=1)))
    assert "was not ready within 1 s (startTimeoutSeconds)" in message
    assert time.monotonic() - began < 30
    assert left(local) == ([], [])


class SlowAssets(keras.layers.Layer):
    """A file of its own beside the weights, which Keras unpacks to a temporary folder before the layer reads it."""

    def save_assets(self, folder):
        (Path(folder) / "own.txt").write_text("own")

    def load_assets(self, folder):
        if "sparkeras.engine.process.main" in " ".join(sys.orig_argv):
            time.sleep(60)

    def call(self, x):
        return x


def test_a_process_that_is_stopped_leaves_no_temporary_file(local, tmp_path, monkeypatch):
    inputs = keras.Input((64,))
    model = keras.Model(inputs, keras.layers.Dense(10, activation="softmax")(SlowAssets()(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    given = job(model, start_timeout_seconds=3)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert "was not ready" in failure_of(run(given))
    assert list(tmp_path.iterdir()) == []


class SleepLater(keras.callbacks.Callback):
    """Hang after the first epoch, whose first step compiles the model and has the longer limit."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch:
            time.sleep(60)


def test_a_process_that_hangs_in_a_step_is_stopped(local):
    message = failure_of(run(job(callbacks=[SleepLater()], epochs=3, step_timeout_seconds=3)))
    assert "finished no step within 3 s (stepTimeoutSeconds)" in message
    assert left(local) == ([], [])


def test_when_the_task_is_killed_the_process_and_its_folder_go(local, tmp_path):
    with started_task(local, tmp_path) as task:
        (folder,) = (each for each in job_folders(local) if each.parent == local)
        task.kill()
    assert gone(folder)


def test_the_environment_is_clean_and_threads_are_set_on_purpose(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("no_proxy", "x")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MY_OWN", "kept")
    made = process_start.clean_environment("jax", threads=3)
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
    made = process_start.clean_environment("jax", threads=1)
    assert made["GLIBC_TUNABLES"].endswith(":glibc.malloc.check=0")
    faults = subprocess.run([sys.executable, "-c", code], env=made, capture_output=True, text=True, check=True).stdout
    assert int(faults) < 1000, "128 MiB are 32,768 pages"


@pytest.mark.slow
@pytest.mark.skipif(backends.choose() != "jax", reason="NPROC is XLA's")
def test_one_thread_means_one_core(local):
    class Cpu(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.monotonic(), time.process_time()

        def on_epoch_end(self, epoch, logs=None):
            self.share = (time.process_time() - self.began[1]) / (time.monotonic() - self.began[0])

    keras.utils.set_random_seed(0)
    wide = [keras.layers.Dense(1024, activation="relu") for _ in range(3)]
    model = keras.Sequential([keras.Input((64,)), *wide, keras.layers.Dense(10, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    answers = run(job(model, callbacks=[Cpu()], epochs=4))
    assert byvalue.loads(answers["callbacks"])[0]["share"] < 1.3
