"""Which Python the workers of a session run.

Runs on: driver.
"""

import os
import sys

from sparkeras.spark.session.master import runs_here, setting


def use_this_python(spark):
    """Let the workers of a classic session on this machine run this Python, unless the user chose another.

    Spark starts the ``python3`` of PATH: a script that runs by ``venv/bin/python`` without the environment activated
    would have workers that lack all of its packages. Only tasks that are made after the call run it.
    """
    if "PYSPARK_PYTHON" not in os.environ and runs_here(spark) and not setting(spark, "spark.pyspark.python", ""):
        spark.sparkContext.pythonExec = sys.executable
