"""Arrow columns to the arrays that a model gets.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparkeras.engine.columns import images
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.classes import numbers_of
from sparkeras.engine.columns.images import holds_images
from sparkeras.engine.columns.shapes import as_input, as_label
from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from sparkeras.engine.columns.field import Field


def decode(field: Field, columns: Mapping[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
    """Turn Arrow columns into the array that the model gets for ``field``.

    Returns
    -------
    array : (rows, ...) array
        Narrow types kept, float64 as float32.
    bad : (rows,) bool array
        Rows with a null or NaN; their values are zero.

    Raises
    ------
    InvalidColumnError
        If rows are not as wide as the model's input.
    """
    if not field.columns:
        rows = len(next(iter(columns.values())))
        return np.zeros((rows, 1), np.float32), np.zeros(rows, bool)
    if field.encoder:
        return field.encoder.encode(columns)
    first = columns[field.columns[0]]
    shape = tuple(axis or 0 for axis in field.shape or ())
    if field.classes:
        return numbers_of(first, field.classes, field.columns[0])
    if field.vocabulary:
        ids, bad = field.vocabulary.ids(first, shape[0] if shape else 1)
        return ids.reshape(len(ids), *shape), bad
    if holds_images(first.type):
        return images.decode(first, shape)
    parts = [to_array(columns[column], column) for column in field.columns]
    bad = np.logical_or.reduce([bad for _, bad in parts])
    if len(bad) and bad.all():
        # Where nothing is known, not even the width, rows take the shape that the model asks for.
        return np.zeros((len(bad), *shape), np.float32), bad
    array = parts[0][0] if len(parts) == 1 else np.stack([part for part, _ in parts], axis=1)
    if field.role == "input":
        return as_input(field, array), bad
    return (as_label(field, array) if field.role == "label" else array), bad


def invalid_rows(columns: str) -> InvalidColumnError:
    """Return the error for rows with a null, NaN or broken image; ``columns`` lists their columns with counts."""
    return InvalidColumnError(
        f"Null, NaN or broken image found in {columns}. Drop or fill them first, e.g. df.dropna() or df.fillna(0), or "
        "leave these rows out by handle_invalid='skip' (--invalid skip)."
    )
