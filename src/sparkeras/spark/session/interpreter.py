"""The Python of a session's tasks.

Runs on: driver.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from sparkeras.spark import internals
from sparkeras.spark.session.master import runs_here, setting

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def use_this_python(spark: SparkSession) -> None:
    """Let the tasks of a classic session on this machine run this Python, unless the user chose another.

    Spark starts the ``python3`` of PATH: a script that runs by ``venv/bin/python`` without the environment activated
    would have Python workers that lack all of its packages. Only tasks that are made after the call run it.
    """
    if "PYSPARK_PYTHON" not in os.environ and runs_here(spark) and not setting(spark, "spark.pyspark.python", ""):
        internals.set_python(spark.sparkContext, sys.executable)
