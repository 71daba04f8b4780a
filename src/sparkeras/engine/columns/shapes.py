"""Reshape rows to the shape of a model's input, and labels to the shape that the loss expects.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    import numpy as np

    from sparkeras.engine.columns.field import Field


def fitted(row: tuple[int, ...], target: tuple[int | None, ...]) -> tuple[int, ...] | None:
    """Return the shape that a row takes to fit ``target``, None where it cannot.

    Axes of 1 may be added or dropped; no other may be cut, joined or swapped.

    Parameters
    ----------
    row : tuple of int
    target : tuple of int or None
        None stands for any length.
    """
    if not row and not target:
        return ()
    if row and target and target[0] in (row[0], None):
        rest = fitted(row[1:], target[1:])
        if rest is not None:
            return (row[0], *rest)
    if row and row[0] == 1:
        return fitted(row[1:], target)
    if target and target[0] in (1, None):
        rest = fitted(row, target[1:])
        return None if rest is None else (1, *rest)
    return None


def as_input(field: Field, array: np.ndarray) -> np.ndarray:
    """Give rows (rows, ...) the shape of a model's input; a flat row fits any shape with as many elements.

    Raises
    ------
    InvalidColumnError
        If they have another width, or are nested in another way.
    """
    row = array.shape[1:]
    if field.shape is None:
        return array.reshape(len(array), -1) if not row else array
    if len(row) > 1:
        shape = fitted(row, field.shape)
        if shape is None:
            raise InvalidColumnError(
                f"{field.title()}: rows have the shape {row}; the model's input {field.name!r} takes "
                f"{field.shape}. {_cure(row, field.shape)}"
            )
        return array.reshape(len(array), *shape)
    width = math.prod(row)
    require_width(field, width)
    known = math.prod(axis for axis in field.shape if axis is not None)
    return array.reshape(len(array), *(width // known if axis is None else axis for axis in field.shape))


def as_label(field: Field, array: np.ndarray) -> np.ndarray:
    """Give rows of nested labels the shape that the loss compares; flat labels stay as they are.

    Raises
    ------
    InvalidColumnError
        If Keras' loss would broadcast them over the output, or fail with an error of its own.
    """
    row = array.shape[1:]
    if field.loss_shape is None:
        return array
    shape = require_label(field, row)
    if row == () and field.loss_shape == (1,):
        return array[:, None]
    # Keras itself adds or drops a last axis of 1; others it would broadcast.
    same = len(row) < 2 or row == shape or (*row, 1) == shape or row == (*shape, 1)
    return array if same else array.reshape(len(array), *shape)


def require_label(field: Field, row: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape that a row of labels takes to fit ``loss_shape``.

    Raises
    ------
    InvalidColumnError
        If it does not fit.
    """
    shape = fitted(row, field.loss_shape or ())
    if shape is None:
        raise InvalidColumnError(_other_label(field, row))
    return shape


def require_width(field: Field, width: int) -> None:
    """Raise InvalidColumnError unless rows of ``width`` numbers can take the shape of the model's input."""
    if field.shape is None or field.role != "input":
        return
    known = math.prod(axis for axis in field.shape if axis is not None)
    free = sum(axis is None for axis in field.shape)
    if width != known if not free else (free > 1 or not known or width % known):
        raise InvalidColumnError(
            f"{field.title()}: rows have {width} numbers; the model's input {field.name!r} takes {known} "
            f"(shape {field.shape}). Change the model's Input shape or the columns."
        )


def require_depth(field: Field, depth: int) -> None:
    """Raise InvalidColumnError for rows with too few or too many axes to fit, whatever their lengths are.

    Parameters
    ----------
    field : Field
    depth : int
        Axes of each row: 0 for one number, 1 for an array or a vector, 2 for an array of arrays.
    """
    is_label = field.role == "label"
    target = (field.loss_shape if is_label else field.shape) or ()
    needed = sum(axis not in (1, None) for axis in target)
    if needed <= depth or (not is_label and depth < 2):
        return
    contents = f"{'arrays of ' * depth}numbers" if depth else "one number"
    expected = f"the loss compares them with {target}, from the model's output {field.name!r}"
    if not is_label:
        expected = f"the model's input {field.name!r} takes {target}"
    raise InvalidColumnError(
        f"{field.title()}: rows hold {contents}; {expected}. Give nested arrays of that shape, "
        f"{nested(len(target))}{'' if is_label else ', or flat ones'}."
    )


def nested(depth: int) -> str:
    """Return Spark's type of rows with ``depth`` axes."""
    return "array<" * depth + "double" + ">" * depth


def _cure(row: tuple[int, ...], shape: tuple[int | None, ...]) -> str:
    """Return the fix for a nested row of another shape than the model's input."""
    if len(row) == 3 and len(shape) == 3 and (*row[1:], row[0]) == shape:
        return "The channels come first in the rows and last in the model: move them, or the model's Input."
    if sorted(row) == sorted(axis or 0 for axis in shape):
        return "The axes stand in another order: transpose the rows, or change the model's Input."
    if math.prod(row) == math.prod(axis or 0 for axis in shape):
        return (
            "As many numbers in other axes may mean another order: give the rows that shape, flatten(column) for a "
            "flat one, or change the model's Input."
        )
    return "Change the model's Input shape or the column."


def _other_label(field: Field, row: tuple[int, ...]) -> str:
    start, target = field.title(), field.loss_shape
    if target and len(row) == 1 and len(target) == 1:
        return (
            f"{start}: rows have {row[0]} labels, and the model's output {field.name!r} gives {target[0]} numbers. "
            f"{_dropped(row[0], target[0])}Change the model's last layer or the column."
        )
    if not target:
        return (
            f"{start}: rows have the shape {row}, and the loss takes one class number per row. Give class numbers, or "
            "compile with 'categorical_crossentropy' for one-hot labels."
        )
    return (
        f"{start}: rows have the shape {row}; the loss compares them with {target}, from the model's output "
        f"{field.name!r}. Give labels of that shape as nested arrays, {nested(len(target))}, or change the model's "
        "last layer."
    )


def _dropped(labels: int, units: int | None) -> str:
    if labels + 1 != units:
        return ""
    return "A OneHotEncoder leaves the last class out unless it is made with dropLast=False. "
