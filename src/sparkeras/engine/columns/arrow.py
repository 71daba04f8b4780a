"""Arrow columns as NumPy arrays with one row per row: scalars, nested arrays, dense and sparse Spark vectors.

Runs on: Spark task, training process.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError


def to_array(column: pa.Array, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Return an Arrow column as an array, and a mask of the rows with a null or NaN.

    Parameters
    ----------
    column : pyarrow.Array
        Numbers, booleans, lists of them (nested too), or the struct that a Spark vector travels as.
    name : str
        The column's name, for errors.

    Returns
    -------
    array : (rows, ...) array
        Integers and float32 as they are, float64 as float32 (the models' own type), booleans as uint8.
    bad : (rows,) bool array
        Rows with a null or NaN somewhere; their values are zero.

    Raises
    ------
    InvalidColumnError
        For rows of several widths, and whole numbers beyond 32 bits.
    """
    if pa.types.is_struct(column.type):
        array, bad = _vectors(column, name)
    elif pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        array, bad = _lists(column, name)
    else:
        array, bad = _scalars(column)
    if array.dtype == np.float64:
        array = array.astype(np.float32)
    if array.dtype == np.int64 and array.size and (array.max() >= 2**31 or array.min() < -(2**31)):
        raise InvalidColumnError(
            f"Column {name!r} holds the whole number {array.max() if array.max() >= 2**31 else array.min()}; models "
            "compute with whole numbers of 32 bits. Hash or index ids, e.g. pmod(hash(id), n) or StringIndexer; cast "
            "only amounts to double, which would give several ids one number."
        )
    if array.dtype.kind == "f" and array.size:
        # A sum is NaN when one of its terms is: one cheap pass, and a second one only where there is a NaN.
        nan = np.isnan(array.reshape(len(array), -1).sum(axis=1))
        if nan.any():
            nan = np.isnan(array.reshape(len(array), -1)).any(axis=1)
            array = np.where(nan.reshape(-1, *[1] * (array.ndim - 1)), array.dtype.type(0), array)
            bad = bad | nan
    return array, bad


def _scalars(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    bad = np.zeros(len(column), bool)
    if column.null_count:
        bad = column.is_null().to_numpy(zero_copy_only=False)
        column = column.fill_null(False if pa.types.is_boolean(column.type) else 0)
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.float64())
    array = column.to_numpy(zero_copy_only=False)
    return (array.astype(np.uint8) if array.dtype == bool else array), bad


def _lists(column: pa.Array, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Unnest lists of equal length, level by level."""
    bad = np.zeros(len(column), bool)
    widths = np.diff(column.offsets.to_numpy(zero_copy_only=False))
    if column.null_count:
        bad = column.is_null().to_numpy(zero_copy_only=False)
        full = widths[~bad]
        width = int(full[0]) if len(full) else 0
        column = column.filter(pa.array(~bad))
        array, inner_bad = _lists(column, name)
        whole = np.zeros((len(bad), *(array.shape[1:] or (width,))), array.dtype)
        whole[~bad] = array
        bad[~bad] = inner_bad
        return whole, bad
    width = int(widths[0]) if len(widths) else 0
    if (widths != width).any():
        raise InvalidColumnError(
            f"Column {name!r} has rows of {widths.min()} and of {widths.max()} numbers; a model needs equally long "
            "rows. Pad or cut them first."
        )
    values = column.flatten()
    inner, inner_bad = _lists(values, name) if hasattr(values, "offsets") else _scalars(values)
    bad = np.logical_or.reduce(inner_bad.reshape(len(widths), width), axis=1)
    return inner.reshape(len(widths), width, *inner.shape[1:]), bad


def _vectors(column: pa.Array, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Spark vectors: struct<type, size, indices, values>; type 0 is sparse, 1 is dense."""
    null: np.ndarray = np.zeros(len(column), bool)
    if column.null_count:
        null = column.is_null().to_numpy(zero_copy_only=False)
    kind, size, indices, values = (column.field(i) for i in range(4))
    sparse = kind.fill_null(1).to_numpy(zero_copy_only=False) == 0
    if not sparse.any() and not null.any():
        return _lists(values, name)
    stored = np.diff(values.offsets.to_numpy(zero_copy_only=False))
    widths = np.where(sparse, size.fill_null(0).to_numpy(zero_copy_only=False), stored)
    full = widths[~null]
    if len(full) and (full != full[0]).any():
        raise InvalidColumnError(
            f"Column {name!r} has vectors of {full.min()} and of {full.max()} numbers; a model needs equal sizes."
        )
    array = np.zeros((len(column), int(full[0]) if len(full) else 0))
    rows = np.repeat(np.arange(len(column)), stored)
    # A dense vector's positions count from the row's first value; a sparse one brings its own.
    starts = np.repeat(np.cumsum(stored) - stored, stored)
    positions = np.arange(len(rows)) - starts
    positions[np.repeat(sparse, stored)] = indices.flatten().to_numpy(zero_copy_only=False)
    array[rows, positions] = values.flatten().to_numpy(zero_copy_only=False)
    return array, null
