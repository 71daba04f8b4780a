"""Rows of another file in the form that a run's model was trained on: columns by name, classes in its order.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyspark.sql.functions as F

from sparkeras.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_MOST_NAMED = 8  # in an error


def columns(rows: DataFrame, names: Sequence[str], trained: Sequence[str], data: str) -> DataFrame:
    """Return rows whose ``features`` stand in the order of the run's columns.

    Parameters
    ----------
    rows : DataFrame
        Its ``features`` are arrays of the columns ``names``.
    names, trained : sequences of str
        Names of the columns of these rows, and of those that the model was trained with; empty where they have none.
    data : str
        Name of the data set, for an error.

    Raises
    ------
    DataError
        If these rows lack one of several columns that the model was trained with.
    """
    names, trained = list(names), list(trained)
    # One column may be a text or an image, whatever its name. Where no name is known, the order counts.
    if names == trained or len(trained) < 2 or not set(names) & set(trained):
        return rows
    missing = next((each for each in trained if each not in names), None)
    if missing is not None:
        raise DataError(f"{data!r} has no column {missing!r}, which the model was trained with.")
    features = F.col("features")
    return rows.withColumn("features", F.array(*(features[names.index(each)] for each in trained)))


def classes(
    rows: DataFrame, names: Sequence[str], trained: Sequence[str], data: str, by_name: bool = True
) -> DataFrame:
    """Return rows whose ``label`` counts the classes as the model does.

    Parameters
    ----------
    rows : DataFrame
        Its labels are places in ``names``.
    names, trained : sequences of str
        Names of the classes of these rows, and of those that the model was trained with; empty where labels were
        numbers.
    data : str
        Name of the data set, for an error.
    by_name : bool
        Whether the run's own labels were texts, which numbers cannot stand for.

    Raises
    ------
    DataError
        If these rows have a class that the model does not know, or numbers where it knows names.
    """
    names, trained = list(names), [str(each) for each in trained]
    counted = [str(i) for i in range(max(len(names), len(trained)))]
    if names == trained or (not trained and names == counted) or (not names and (not by_name or trained == counted)):
        return rows
    if not trained:
        raise DataError(
            f"The labels of {data!r} are texts ({_listed(names)}), and the model was trained with numbers. "
            "Give labels as the numbers that it was trained with."
        )
    if not names:
        raise DataError(
            f"The labels of {data!r} are numbers, and the model was trained with names ({_listed(trained)}). "
            "Give labels as these names."
        )
    unknown = [each for each in names if each not in trained]
    if unknown:
        raise DataError(
            f"{data!r} has rows of the class {unknown[0]!r}, which the model does not know; it tells apart "
            f"{_listed(trained)}."
        )
    places = F.array(*(F.lit(trained.index(each)) for each in names))
    return rows.withColumn("label", F.element_at(places, F.col("label") + 1))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:_MOST_NAMED])) + (", ..." if len(names) > _MOST_NAMED else "")
