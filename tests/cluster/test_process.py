"""The training process dies with its task and leaves nothing; what went wrong is told. Real processes, real signals."""

import json
import os
import pickle
import platform
import shutil
import signal
import socket
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
from sparkeras.cluster import starting, task, template
from sparkeras.cluster.job import Job
from sparkeras.columns import Field
from sparkeras.trainer import template as server
from tests.models import digits_model
from tests.places import job_folders, training_processes

SETTINGS = {}
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
            **SETTINGS,
            **settings,
        }
    )


def batches():
    random = np.random.default_rng(0)
    x = random.integers(0, 17, (200, 64)).tolist()
    return iter([pa.record_batch({"x": pa.array(x, pa.list_(pa.int16())), "y": pa.array(random.integers(0, 10, 200))})])


@pytest.fixture(scope="module", params=[False, True], ids=["new Python", "fork"])
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


def end_template(folder):
    os.kill(process_in(folder), signal.SIGKILL)
    shutil.rmtree(folder)


def process_in(folder):
    """Return the id of the process that runs in a folder; None without one."""
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(each) == str(folder):
                return int(each.parent.name)
        except OSError:
            continue
    return None


def gone(*folders, seconds=5):
    """Tell whether the folders and what runs in them go within some seconds."""
    deadline = time.monotonic() + seconds
    while any(each.exists() or process_in(each) for each in folders) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(each.exists() or process_in(each) for each in folders)


def run(given):
    """Run one job as a Spark task does and return its answers by kind."""
    answers = {}
    for batch in task.train((pickle.dumps(given), given.blueprint, given.files), batches()):
        for row in batch.to_pylist():
            answers[row["kind"]] = answers.get(row["kind"], b"") + row["data"]
    return answers


def left(local):
    return job_folders(local), training_processes(local)


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


class SleepLater(keras.callbacks.Callback):
    """Hang after the first epoch, whose first step compiles the model and has the longer limit."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch:
            time.sleep(60)


def test_a_process_that_hangs_in_a_step_is_stopped(local):
    message = failure_of(run(job(callbacks=[SleepLater()], epochs=3, step_timeout_seconds=3)))
    assert "finished no step within 3 s (stepTimeoutSeconds)" in message
    assert left(local) == ([], [])


PARENT = """
import pickle, sys
from sparkeras.cluster import task
sys.path[:0] = [{root!r}]
given = pickle.load(open("job", "rb"))
batches = pickle.load(open("batches", "rb"))
list(task.train((pickle.dumps(given), given.blueprint, given.files), iter(batches)))
"""


def started_task(local, folder, *before):
    """Start a process that is a Spark task; its training hangs. ``before``: a program that starts the task."""
    (folder / "job").write_bytes(pickle.dumps(job(callbacks=[Sleep()])))
    (folder / "batches").write_bytes(pickle.dumps(list(batches())))
    code = PARENT.format(root=str(Path(__file__).parents[2]))
    command = [*before, sys.executable, "-c", code]
    environment = {**os.environ, "SPARK_LOCAL_DIRS": str(local)}
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    deadline = time.monotonic() + 30
    while not list(local.glob("*/answer")) and time.monotonic() < deadline:
        time.sleep(0.1)
    return process


def test_when_the_task_is_killed_the_process_and_its_folder_go(local, tmp_path):
    with started_task(local, tmp_path) as task:
        (folder,) = (each for each in job_folders(local) if each.parent == local)
        task.kill()
    assert gone(folder)


def test_a_template_ends_with_the_parent_of_its_task(tmp_path, monkeypatch):
    monkeypatch.setitem(SETTINGS, "template", True)
    local = tmp_path / "local"
    local.mkdir()
    owner = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    with started_task(local, tmp_path, sys.executable, "-c", owner) as parent:
        folders = list(local.iterdir())
        assert len(folders) == 2
        os.killpg(parent.pid, signal.SIGKILL)
    assert gone(*folders)


class KillTemplate(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        os.kill(os.getppid(), signal.SIGKILL)


def test_a_training_outlives_its_template(tmp_path, monkeypatch):
    monkeypatch.setitem(SETTINGS, "template", True)
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path))
    for _ in range(2):  # the second finds a socket without a template
        answers = run(job(callbacks=[KillTemplate()]))
        assert json.loads(answers["facts"])["history"]["rows"] == 200
    (folder,) = tmp_path.iterdir()
    assert process_in(folder) is None


def test_without_a_template_a_process_starts_as_usual(tmp_path, monkeypatch):
    monkeypatch.setitem(SETTINGS, "template", True)
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path))
    monkeypatch.setattr(template, "_start", lambda *given: None)  # as if it had ended at once
    assert json.loads(run(job())["facts"])["history"]["rows"] == 200


def test_a_template_that_nobody_asks_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.2)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(tmp_path / "socket"))
        listener.listen()
        owner = os.pidfd_open(os.getpid())
        server.Template(listener, owner).serve()
        os.close(owner)


def test_the_environment_is_clean_and_threads_are_set_on_purpose(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    monkeypatch.setenv("no_proxy", "x")
    monkeypatch.setenv("SLURM_NTASKS", "4")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MY_OWN", "kept")
    made = starting.clean_environment("jax", threads=3)
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
    made = starting.clean_environment("jax", threads=1)
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
