"""Column names for Spark's expressions, and lists of names for error messages.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def by_number(dataset: DataFrame) -> DataFrame:
    """Return a DataFrame whose columns are named by their numbers: pyspark 4.0's ``mapInArrow`` fails on dots."""
    return dataset.toDF(*map(str, range(len(dataset.columns))))


def quoted(name: str) -> str:
    """Return a column's name in backticks, so that dots, blanks and backticks in it are parts of the name."""
    return "`" + name.replace("`", "``") + "`"


def listed(names: Iterable[object], most: int = 10) -> str:
    """Return names in quotes with commas between them: the first ``most``, and how many more there are."""
    names = list(names)
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(repr, names[:most])) + more
