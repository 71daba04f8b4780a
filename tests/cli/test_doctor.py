"""The doctor says OK where things are well and the fix where they are not."""

import os
import subprocess
import sys

import pytest


def doctor(*options, **environment):
    return subprocess.run(
        [sys.executable, "-m", "sparkeras.cli.app", "doctor", *options],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "300", **environment},
    )


@pytest.mark.classic
@pytest.mark.thorough
def test_a_good_machine_is_all_ok_and_spark_really_runs():
    done = doctor("--start-spark")
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("Python", "Java", "Spark", "Keras", "pandas", "backend", "memory", "cores", "cache folder"):
        assert what in done.stdout
    assert "yes: 10 rows through a Python worker" in done.stdout
    assert "fix " not in done.stdout


def test_what_is_wrong_comes_with_its_fix(tmp_path):
    done = doctor(KERAS_BACKEND="mxnet", SPARKERAS_DATA=str(tmp_path / "nosuch"))
    assert done.returncode == 1
    assert "Unknown backend 'mxnet'" in done.stdout
    assert "no such folder: set it to one that exists" in done.stdout
