"""Some rows of a table on the driver, with their labels: as they are, and encoded column by column.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F

from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkeras.features import Features

TRAINING_ROWS, TRAINING_CELLS = 20_000, 4_000_000
TEST_CELLS = 4_000_000
LABEL = "label"


@dataclass(frozen=True)
class Sample:
    """Rows of a table.

    Attributes
    ----------
    spec : Features
    columns : dict of str to pyarrow.Array
        Of ``spec.sources``, as the table has them.
    label : (rows,) array
        Class numbers or amounts.
    """

    spec: Features
    columns: Mapping[str, pa.Array]
    label: np.ndarray

    @property
    def rows(self) -> int:
        """How many there are."""
        return len(self.label)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each of ``spec.columns``, as ``spec.described`` has it."""
        return tuple(" x ".join(column.sources) for column in self.spec.columns)

    @cached_property
    def encoded(self) -> tuple[np.ndarray, ...]:
        """The array (rows, width) of each of ``spec.columns``."""
        return tuple(column.encode(self.columns).array for column in self.spec.columns)

    def take(self, rows: np.ndarray) -> Sample:
        """Return some of the rows, by their places or a mask."""
        places = pa.array(np.flatnonzero(rows) if rows.dtype == bool else rows)
        columns = {name: column.take(places) for name, column in self.columns.items()}
        return Sample(self.spec, columns, self.label[rows])


def of(spec: Features, columns: Mapping[str, pa.Array], label: np.ndarray) -> Sample:
    """Return the Sample of the rows that can be encoded."""
    invalid = [column.encode(columns).invalid for column in spec.columns]
    sample = Sample(spec, columns, label)
    bad = np.logical_or.reduce(invalid)
    return sample.take(~bad) if bad.any() else sample


def of_training(frame: DataFrame, spec: Features, rows: int, seed: int) -> Sample:
    """Collect up to 20,000 of the training rows, fewer of a table with many columns, in one Spark job.

    Parameters
    ----------
    frame : DataFrame
        With the raw columns, and ``label``.
    spec : Features
    rows : int
        Of the frame.
    seed : int
        The same seed gives the same rows.
    """
    wanted = min(TRAINING_ROWS, max(1000, TRAINING_CELLS // len(spec.sources)))
    frame = frame.select(F.col(LABEL), row(spec).alias("row"))
    frame = frame.sample(wanted / rows, seed) if rows > wanted else frame
    table = frame.toArrow().combine_chunks()
    return of(spec, columns_of(table["row"], spec), table[LABEL].to_numpy())


def row(spec: Features) -> Column:
    """Return the columns of a table as one column of Spark: a struct."""
    return F.struct(*(F.col(quoted(name)) for name in spec.sources))


def share_of_test(spec: Features, rows: int) -> float:
    """Return the share of the test rows whose columns the driver takes: all, but of large tables."""
    return min(1.0, TEST_CELLS / max(1, rows * len(spec.sources)))


def columns_of(rows: pa.ChunkedArray, spec: Features) -> dict[str, pa.Array]:
    """Return the columns of a struct column, which ``row`` made, by name."""
    structs = rows.combine_chunks()
    structs = structs.chunk(0) if isinstance(structs, pa.ChunkedArray) else structs
    return dict(zip(spec.sources, structs.flatten(), strict=True))
