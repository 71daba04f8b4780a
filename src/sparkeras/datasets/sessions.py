"""A Spark session, or a function that starts it: data of this machine needs none.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    Session = SparkSession | Callable[[], SparkSession]


def session_of(spark: Session) -> SparkSession:
    """Return the session, started now where ``spark`` is a function."""
    return spark() if callable(spark) else spark
