"""What Spark should not say in a lesson.

Runs on: driver.
"""

import ctypes.util
import logging


def without_native_algebra(spark):
    """Keep MLlib from looking for BLAS and LAPACK in C where there are none: it would say so, twice, as an error.

    Without them it computes in Java, as it would after its search. Call it before the first model is fitted.
    """
    properties = spark.sparkContext._jvm.java.lang.System
    for library in ("blas", "lapack", "arpack"):
        if ctypes.util.find_library(library) is None:
            properties.setProperty(f"dev.ludovic.netlib.{library}.allowNative", "false")


def without_query_logs():
    """Keep pyspark from saying a query's error twice: as JSON with the whole Java stack, then as an exception."""
    from pyspark.logger import PySparkLogger

    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)
