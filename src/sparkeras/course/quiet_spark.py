"""Silence Spark's noise in lessons.

Runs on: driver.
"""

from __future__ import annotations

import ctypes.util
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def without_native_algebra(spark: SparkSession) -> None:
    """Keep MLlib from looking for missing C libraries of BLAS and LAPACK, which it reports twice, as an error.

    It computes in Java then, as it would after its search. Call it before the first model is fitted.
    """
    jvm = spark.sparkContext._jvm
    if jvm is None:  # of a stopped session
        return
    properties = jvm.java.lang.System
    for library in ("blas", "lapack", "arpack"):
        if ctypes.util.find_library(library) is None:
            properties.setProperty(f"dev.ludovic.netlib.{library}.allowNative", "false")


def without_query_logs() -> None:
    """Keep pyspark from reporting a query's error twice: as JSON with the whole Java stack, then as an exception."""
    from pyspark.logger import PySparkLogger

    for name in ("DataFrameQueryContextLogger", "SQLQueryContextLogger"):
        PySparkLogger.getLogger(name).setLevel(logging.CRITICAL + 1)
