"""A script run by its environment's Python trains and predicts, though PATH leads to another Python."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sparkeras.spark.session import find_java

SCRIPT = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
import keras, sparkeras
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
df = spark.createDataFrame([([1.0], 2.0)] * 8, "features array<double>, label double")
{use}
print("worked")
"""
USES = {
    "fit": "sparkeras.fit(model, df, epochs=1, batch_size=8)",
    "predict": "sparkeras.predict(model, df).collect()",
    "check": "assert sparkeras.check(df, model).ok",
}


@pytest.mark.thorough
@pytest.mark.classic
@pytest.mark.parametrize("use", ["fit", *(pytest.param(use, marks=pytest.mark.slow) for use in ("predict", "check"))])
def test_workers_run_the_drivers_python(use, tmp_path):
    other = tmp_path / "python3"  # a Python that has no packages
    other.write_text(f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" -S "$@"\n')
    other.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYSPARK_")}
    environment |= {"PATH": f"{tmp_path}:/usr/bin:/bin", "JAVA_HOME": str(find_java().home)}
    command = [sys.executable, "-c", SCRIPT.format(use=USES[use])]
    ran = subprocess.run(command, env=environment, cwd=Path(__file__).parents[3], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-2000:]
    assert "worked" in ran.stdout
