"""What Spark's own errors mean, in our words; with a worker Python that really lacks our packages."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import keras
import pyspark.sql.functions as F
import pytest

import sparkeras
from sparkeras.errors import InvalidColumnError, SetupError, TrainingError
from sparkeras.spark import tasks
from sparkeras.spark.error_messages import python_cause

FOREIGN = """
import os, sys
os.environ["PYSPARK_PYTHON"] = sys.argv[1]
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
spark.sparkContext.setLogLevel("OFF")
import keras, sparkeras
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
frame = spark.createDataFrame([(1.0, 2.0)], "features double, label double")
try:
    sparkeras.fit(model, frame, epochs=1)
except Exception as error:
    print(type(error).__name__, error)
"""


def _python_with(folder, packages):
    """Make an environment whose Python finds only ``packages``, by links to the installed ones."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(Path(folder).glob("lib/python*/site-packages"))
    for installed in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if installed.name.split(".")[0].split("-")[0] in packages:
            (site / installed.name).symlink_to(installed)
    return str(Path(folder) / "bin" / "python")


@pytest.mark.slow
def test_a_worker_that_lacks_a_package_is_named_in_one_sentence(tmp_path):
    python = _python_with(tmp_path / "env", {"pandas", "numpy", "pyarrow", "dateutil", "pytz", "six", "tzdata"})
    done = subprocess.run([sys.executable, "-c", FOREIGN, python], capture_output=True, text=True, env=os.environ)
    assert "which lacks the package 'sparkeras'" in done.stdout, done.stdout + done.stderr[-2000:]
    assert done.stdout.startswith("SetupError The Spark worker on host ")
    assert "export PYSPARK_PYTHON=/path/to/python" in done.stdout
    assert python in done.stdout
    assert done.stdout.count("\n") == 1


def test_our_own_error_comes_back_as_itself():
    text = "An exception was thrown\nTraceback\nsparkeras.errors.InvalidColumnError: Column 'a' is odd.\n at org.apache"
    found = tasks.explain(Exception(text))
    assert type(found) is InvalidColumnError
    assert str(found) == "Column 'a' is odd."


def test_pandas_that_spark_itself_misses_is_named():
    text = (
        "Lost task 0.3 in stage 0.0 (TID 3) (node7 executor 1): Traceback\n"
        'File "/opt/py/lib/python3.11/site-packages/pyspark/worker.py", line 1\n'
        "PySparkImportError: Pandas >= 2.2.0 must be installed; however, it was not found."
    )
    assert str(tasks.explain(Exception(text))).startswith(
        "The Spark worker on host node7 runs Python /opt/py/bin/python, which lacks the package 'pandas'."
    )


def test_another_python_version_is_said():
    found = tasks.explain(Exception("[PYTHON_VERSION_MISMATCH] Python in worker has different version: 3.9 than 3.11"))
    assert type(found) is SetupError
    assert "3.9 against 3.11" in str(found)


LOST = """An error occurred while calling o1780.collectToPython.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 5.0 failed 1 times, most recent \
failure: Lost task 0.0 in stage 5.0 (TID 3) (node7 executor 1): org.apache.spark.SparkException: {}
	at org.apache.spark.api.python.BasePythonRunner.apply(PythonRunner.scala:1)
"""


def test_a_task_that_was_lost_is_told_by_its_host_and_reason():
    text = LOST.format("Python worker exited unexpectedly (crashed)")
    assert tasks.failure(Exception(text)).startswith("The Spark task's Python worker on host node7 ended in the middle")
    text = (
        "Could not recover from a failed barrier ResultStage. Most recent failure reason: Stage failed because barrier "
        "task ResultTask(2, 1) finished unsuccessfully.\norg.apache.spark.SparkException: Python worker exited "
        "unexpectedly (crashed)."
    )
    said = tasks.failure(Exception(text), host_of_task=lambda stage, partition: f"node{stage}{partition}")
    assert said.startswith("Rank 1: the Spark task's Python worker on host node21 ended in the middle of its work")
    found = tasks.failure(Exception(LOST.format("No space left on device.")))
    assert found == "Spark could not run the task on host node7: No space left on device."
    cancelled = "[SPARK_JOB_CANCELLED] Job 18 cancelled as part of cancellation of all jobs SQLSTATE: XXKDA"
    assert tasks.failure(Exception(cancelled)) == (
        "Spark could not run the task: Job 18 cancelled as part of cancellation of all jobs."
    )


def test_what_we_do_not_know_stays_sparks_own():
    assert tasks.explain(Exception("executor lost")) is None


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_what_the_users_own_function_raised_is_said(spark, workers):
    @F.udf("double")
    def mistaken(number):
        return {"one": 1.0}[str(number)]

    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows = spark.range(4).select(F.col("id").cast("double").alias("x"), mistaken("id").alias("y"))
    with pytest.raises(TrainingError, match=r"^Spark could not run the task.*raised KeyError: '\d'\.$"):
        sparkeras.fit(model, rows, features="x", label="y", epochs=1, num_workers=workers)


def test_the_cause_is_the_error_that_was_raised_last():
    one = "Traceback (most recent call last):\n  File 'a'\nKeyError: 'a'\n"
    two = f"Job aborted.\n{one}\nDuring handling of the above exception, another exception occurred:\n\n"
    two += "Traceback (most recent call last):\n  File 'b'\npkg.OwnError: no such row\n\tat org.apache\n"
    assert python_cause(f"words\n{one}") == "KeyError: 'a'"
    assert python_cause(two) == "pkg.OwnError: no such row"
    assert python_cause("Job aborted.") is None
