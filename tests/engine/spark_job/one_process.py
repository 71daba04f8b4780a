"""One Spark task with its training process, without Spark: jobs, rows, and what runs in which folder."""

import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras
import numpy as np
import pyarrow as pa
import pytest

from sparkeras.engine import backends, blueprint
from sparkeras.engine.blueprint import byvalue
from sparkeras.engine.columns import Field
from sparkeras.engine.params import Settings
from sparkeras.engine.spark_job import task
from sparkeras.engine.spark_job.job import Job
from tests.models import digits_model

SETTINGS = {}
FIELDS = [Field("x", "input", ("x",), (64,)), Field("y", "label", ("y",))]


def job(model=None, callbacks=None, **settings):
    of_fit = {name: settings.pop(name) for name in list(settings) if hasattr(Settings, name)}
    return Job(
        **{
            "mode": "fit",
            "blueprint": blueprint.pack(model or digits_model()),
            "fields": FIELDS,
            "limits": {},
            "callbacks": byvalue.dumps(callbacks, "The callbacks") if callbacks else b"",
            "backend": backends.choose(),
            "settings": Settings(**{"batch_size": 32, "epochs": 1, "shuffle": False, **of_fit}),
            **SETTINGS,
            **settings,
        }
    )


def batches():
    random = np.random.default_rng(0)
    x = random.integers(0, 17, (200, 64)).tolist()
    return iter([pa.record_batch({"x": pa.array(x, pa.list_(pa.int16())), "y": pa.array(random.integers(0, 10, 200))})])


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
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")  # a task's environment is the same for all trainings, and so its template
        for batch in task.train((pickle.dumps(given), given.blueprint, given.files), batches()):
            for row in batch.to_pylist():
                answers[row["kind"]] = answers.get(row["kind"], b"") + row["data"]
    return answers


class Sleep(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        time.sleep(60)


PARENT = """
import pickle, sys
from sparkeras.engine.params import Settings
from sparkeras.engine.spark_job import task
sys.path[:0] = [{root!r}]
given = pickle.load(open("job", "rb"))
batches = pickle.load(open("batches", "rb"))
list(task.train((pickle.dumps(given), given.blueprint, given.files), iter(batches)))
"""


def started_task(local, folder, *before):
    """Start a process that is a Spark task; its training hangs. ``before``: a program that starts the task."""
    (folder / "job").write_bytes(pickle.dumps(job(callbacks=[Sleep()])))
    (folder / "batches").write_bytes(pickle.dumps(list(batches())))
    code = PARENT.format(root=str(Path(__file__).parents[3]))
    command = [*before, sys.executable, "-c", code]
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    environment["SPARK_LOCAL_DIRS"] = str(local)
    process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    deadline = time.monotonic() + 30
    while not list(local.glob("*/answer")) and time.monotonic() < deadline:
        time.sleep(0.1)
    return process
