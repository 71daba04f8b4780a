"""Class names: the labels of a text column, numbered on the driver and mapped on the executors.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.errors import InvalidColumnError
from sparkeras.spark.names import listed, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_NAMED = 5  # in an error


def distinct_labels(dataset: DataFrame, column: str, units: int | None) -> tuple[str, ...]:
    """Return the distinct texts of a label column in alphabetical order; their positions are the class numbers.

    One small Spark job.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    units : int or None
        Classes of the model's output, None where unknown.

    Raises
    ------
    InvalidColumnError
        If there are more classes than the model's output has units, or none.
    """
    rows = dataset.select(quoted(column)).dropna().distinct()
    names = tuple(sorted(row[0] for row in rows.limit((units or 10_000) + 1).collect()))
    if not names:
        raise InvalidColumnError(f"Column {column!r} holds no label. Check the DataFrame's filters.")
    if units and len(names) > units:
        raise InvalidColumnError(
            f"Column {column!r} holds more than {units} different labels ({listed(names, _NAMED)}), and the model's "
            f"output tells {units} apart. Give it more units, or map the labels to fewer."
        )
    return names


def numbers_of(column: pa.Array, names: Sequence[str], name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the class numbers (rows,) of an Arrow column of texts, and a mask (rows,) of the nulls.

    Raises
    ------
    InvalidColumnError
        For a text that is not in ``names``.
    """
    numbers = pc.index_in(column, value_set=pa.array(names))
    null = column.is_null().to_numpy(zero_copy_only=False)
    unknown = numbers.is_null().to_numpy(zero_copy_only=False) & ~null
    if unknown.any():
        label = column[int(np.flatnonzero(unknown)[0])].as_py()
        raise InvalidColumnError(
            f"Column {name!r} holds the label {label!r}, which is none of {listed(names, _NAMED)}."
        )
    return numbers.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int32), null
