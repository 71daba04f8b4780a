"""Training processes are forks of their executor's template, which ends when it should; without one they start too."""

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path

import keras
import pytest

import sparkeras
from sparkeras.engine.process import template_server as server
from sparkeras.engine.spark_job import template_client
from tests.engine.spark_job.one_process import SETTINGS, gone, job, process_in, run, started_task
from tests.models import digits_model

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="templates are for Linux")


@pytest.fixture
def local(tmp_path, monkeypatch):
    """Return Spark's local folder of jobs whose processes are forks."""
    monkeypatch.setitem(SETTINGS, "template", True)
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path / "local"))
    (tmp_path / "local").mkdir()
    return tmp_path / "local"


def test_a_template_ends_with_the_parent_of_its_task(local, tmp_path):
    owner = "import subprocess, sys; subprocess.run(sys.argv[1:])"
    with started_task(local, tmp_path, sys.executable, "-c", owner) as parent:
        folders = list(local.iterdir())
        assert len(folders) == 2
        os.killpg(parent.pid, signal.SIGKILL)
    assert gone(*folders)


class KillTemplate(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        os.kill(os.getppid(), signal.SIGKILL)


def test_a_training_outlives_its_template(local):
    for _ in range(2):  # the second finds a socket without a template
        assert rows_of(run(job(callbacks=[KillTemplate()]))) == 200
    (folder,) = local.iterdir()
    assert process_in(folder) is None


def test_without_a_template_a_process_starts_as_usual(local, monkeypatch):
    monkeypatch.setattr(template_client, "_start", lambda *given: None)  # as if it had ended at once
    assert rows_of(run(job())) == 200


def rows_of(answers):
    return json.loads(answers["facts"])["history"]["rows"]


def test_a_template_that_nobody_asks_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(server, "IDLE_SECONDS", 0.2)
    monkeypatch.chdir(tmp_path)  # a socket's path has 108 bytes at most
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind("socket")
        listener.listen()
        owner = os.pidfd_open(os.getpid())
        began = time.monotonic()
        server.Template(listener, owner).serve()
        assert 0.2 <= time.monotonic() - began < 10
        os.close(owner)


class Parent(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.command = Path(f"/proc/{os.getppid()}/cmdline").read_bytes().decode()


@pytest.mark.parametrize(
    ("setting", "name"), [("true", "sparkeras.engine.process.template_server"), ("false", "pyspark.daemon")]
)
def test_a_setting_of_spark_switches_templates_off(digits, spark, setting, name):
    spark.conf.set("spark.sparkeras.template", setting)
    try:
        callback = Parent()
        sparkeras.fit(digits_model(), digits.limit(100), callbacks=[callback], verbose=0)
    finally:
        spark.conf.unset("spark.sparkeras.template")
    assert name in callback.command
