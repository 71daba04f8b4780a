"""Arrow columns of any type as numbers, texts or times: the one reading that learning and encoding share.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.errors import InvalidColumnError
from sparkeras.files import written_numbers
from sparkeras.files.empty_cells import EMPTY_CELLS

_MISSING = pa.array(EMPTY_CELLS)


def of_values(values: Sequence[Any]) -> pa.Array:
    """Return the values of a column as Arrow has them, NaN as null; of several kinds, as texts.

    Raises
    ------
    InvalidColumnError
        For lists among plain values, lists of several kinds, and objects.
    """
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        if any(isinstance(value, list | dict) for value in values):
            raise InvalidColumnError("Lists must hold numbers, as many in each row.") from None
        return pa.array([None if value is None or value != value else str(value) for value in values])


def texts(column: pa.Array) -> pa.Array:
    """Return a column as texts without blanks around them; null where it is null or says that it is empty.

    Whole numbers look the same whatever their type: 3.0 is ``"3"``. Booleans are ``"true"`` and ``"false"``.
    """
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers, _ = as_numbers(column)
        whole = np.isfinite(numbers) & (np.abs(numbers) < 2**53) & (numbers == np.floor(numbers))
        as_whole = pa.array(np.where(whole, numbers, 0).astype(np.int64)).cast(pa.string())
        column = pc.if_else(pa.array(whole), as_whole, pa.array(numbers, from_pandas=True).cast(pa.string()))
    elif not pa.types.is_string(kind):
        column = column.cast(pa.string())
    column = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.is_in(column, _MISSING), pa.scalar(None, pa.string()), column)


def as_numbers(column: pa.Array, style: str = written_numbers.POINT, units: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return a column as float64 numbers, (rows,), NaN where there is none, and a mask of texts that are not numbers.

    Parameters
    ----------
    column : pyarrow.Array
        Of numbers, booleans, or texts such as ``"1,234.5"``.
    style, units : str
        Of texts, see ``written_numbers.read``.
    """
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
        return written_numbers.read(texts(column), style, units)
    if pa.types.is_boolean(kind):
        column = column.cast(pa.uint8())
    numbers = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
    return numbers, np.zeros(len(column), bool)
