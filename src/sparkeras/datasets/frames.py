"""Arrays as Spark DataFrames: one Arrow table, no Python per row.

Runs on: driver.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from sparkeras.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Spark has no unsigned numbers: each goes into the narrowest type that holds it.
_SPARK_TYPES: dict[str, Any] = {
    "uint8": np.int16,
    "uint16": np.int32,
    "uint32": np.int64,
    "float16": np.float32,
    "bool": np.int8,
}


def frame_from_arrays(
    spark: SparkSession,
    x: np.ndarray,
    y: np.ndarray | None = None,
    *,
    features: str = "features",
    label: str = "label",
    nested: bool = False,
) -> DataFrame:
    """Return a DataFrame with the rows of ``x`` and, where given, the labels ``y``.

    Parameters
    ----------
    spark : SparkSession
        Classic or Connect.
    x : array (rows, ...)
        Each row becomes a flat array of numbers; ``(rows,)`` a plain number, or a text where the dtype is object.
    y : array (rows,) or (rows, targets), optional
    features, label : str
        Names of the columns.
    nested : bool
        Whether rows with several axes become arrays of arrays, which keep their shape.

    Raises
    ------
    DataError
        If the lengths differ, or a number is above Spark's largest.
    """
    return spark.createDataFrame(table_from_arrays(x, y, features, label, nested))


def table_from_arrays(
    x: np.ndarray, y: np.ndarray | None = None, features: str = "features", label: str = "label", nested: bool = False
) -> pa.Table:
    """Return the rows of ``frame_from_arrays`` as a pyarrow Table."""
    if y is not None and len(x) != len(y):
        raise DataError(f"There are {len(x)} rows of features and {len(y)} labels; expected one label per row.")
    columns = {features: _column(x, nested)}
    if y is not None:
        columns[label] = _column(y, nested)
    return pa.table(columns)


def _column(array: ArrayLike, nested: bool) -> pa.Array:
    array = np.asarray(array)
    if array.dtype == object:
        return pa.array(array.tolist(), pa.string())
    if array.dtype == np.uint64:
        if array.size and array.max() > np.iinfo(np.int64).max:
            raise DataError(
                f"The number {array.max()} is above {np.iinfo(np.int64).max}, the largest that Spark holds."
            )
        array = array.astype(np.int64)
    array = array.astype(_SPARK_TYPES.get(array.dtype.name, array.dtype), copy=False)
    if array.ndim == 1:
        return pa.array(array)
    widths = array.shape[1:] if nested else (math.prod(array.shape[1:]),)
    values = pa.array(np.ascontiguousarray(array).ravel())
    for axis in range(len(widths), 0, -1):
        values = _lists(values, len(array) * math.prod(widths[: axis - 1]), widths[axis - 1])
    return values


def _lists(values: pa.Array, count: int, width: int) -> pa.Array:
    """Return ``count`` Arrow lists of ``width`` values each."""
    offsets = np.arange(count + 1, dtype=np.int64) * width
    if offsets[-1] < 2**31:
        return pa.ListArray.from_arrays(offsets.astype(np.int32), values)
    return pa.LargeListArray.from_arrays(offsets, values)
