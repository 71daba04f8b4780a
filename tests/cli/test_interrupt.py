"""Ctrl-C in the middle of a training ends it everywhere and leaves nothing; a real signal to a real process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.places import training_processes


def java_processes(mark):
    """Return the ids of Java's processes that have a mark among their environment variables."""
    found = []
    for variables in Path("/proc").glob("[0-9]*/environ"):
        try:
            is_java = os.readlink(variables.parent / "exe").endswith("/java")
            if is_java and mark.encode() in variables.read_bytes():
                found.append(int(variables.parent.name))
        except OSError:
            continue
    return found


def test_a_signal_while_spark_starts_leaves_no_java(tmp_path):
    command = [sys.executable, "-m", "sparkeras.cli.app", "train", "--out", "runs/first"]
    mark = f"INTERRUPTED_IN={tmp_path}"
    environment = {**os.environ, "INTERRUPTED_IN": str(tmp_path)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as train:
        deadline = time.monotonic() + 120
        try:
            while not java_processes(mark):
                assert time.monotonic() < deadline
                assert train.poll() is None, train.stderr.read()
                time.sleep(0.05)
            train.send_signal(signal.SIGINT)
            _, error = train.communicate(timeout=40)
        finally:
            train.kill()
    assert (train.returncode, error.startswith("Error: Stopped")) == (130, True)
    deadline = time.monotonic() + 10
    while java_processes(mark) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not java_processes(mark)


INTERRUPTED, TERMINATED = (signal.SIGINT, 130, "Stopped"), (signal.SIGTERM, 143, "Terminated")


@pytest.mark.parametrize(
    ("sent", "code", "said", "master"),
    [
        pytest.param(*INTERRUPTED, "local-cluster[2,1,1024]", marks=[pytest.mark.faults, pytest.mark.slow]),
        pytest.param(*INTERRUPTED, "local[2]", marks=pytest.mark.faults),
        pytest.param(*TERMINATED, "local[2]", marks=pytest.mark.slow),
    ],
)
def test_a_signal_ends_the_training_and_leaves_nothing(sent, code, said, master, tmp_path):
    work, spools = tmp_path / "work", tmp_path / "spools"
    work.mkdir()
    spools.mkdir()
    command = [sys.executable, "-m", "sparkeras.cli.app", "train", "--epochs", "100000", "--workers", "2"]
    command += ["--master", master, "--out", "runs/first"]
    environment = {**os.environ, "SPARK_LOCAL_DIRS": str(spools)}
    with subprocess.Popen(command, cwd=work, env=environment, stderr=subprocess.PIPE, text=True) as train:
        deadline = time.monotonic() + 120
        progress = work / "runs" / "first.partial" / "progress.jsonl"
        try:
            while '"event": "epoch"' not in (progress.read_text() if progress.exists() else ""):
                assert time.monotonic() < deadline
                assert train.poll() is None, train.stderr.read()
                time.sleep(0.2)
            assert training_processes(spools)
            train.send_signal(sent)
            _, error = train.communicate(timeout=40)
        finally:
            train.kill()  # a test that failed leaves nothing at work
    assert train.returncode == code
    assert error.count("\n") == 1
    assert error.startswith(f"Error: {said}")
    assert list(work.iterdir()) == []
    deadline = time.monotonic() + 10
    while training_processes(spools) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not training_processes(spools)
