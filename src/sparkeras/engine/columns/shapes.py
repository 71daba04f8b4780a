"""Whether rows of one shape are rows of another: the shape that a model asks for, or that a loss compares.

Runs on: driver, Spark task, training process.
"""

import math

from sparkeras.errors import InvalidColumnError


def fitted(row, wanted):
    """Return the shape that a row takes in the place of ``wanted``, None where it is another.

    Axes of 1 may be there or not; no other may be cut, joined or swapped.

    Parameters
    ----------
    row : tuple of int
    wanted : tuple of int or None
        None stands for any length.
    """
    if not row and not wanted:
        return ()
    if row and wanted and wanted[0] in (row[0], None):
        rest = fitted(row[1:], wanted[1:])
        if rest is not None:
            return (row[0], *rest)
    if row and row[0] == 1:
        return fitted(row[1:], wanted)
    if wanted and wanted[0] in (1, None):
        rest = fitted(row, wanted[1:])
        return None if rest is None else (1, *rest)
    return None


def as_input(field, array):
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


def as_label(field, array):
    """Give rows of labels the shape that the loss compares; others than those of nested arrays stay as they are.

    Raises
    ------
    InvalidColumnError
        If a loss of Keras would stretch them over the output, or fail with words of its own.
    """
    row = array.shape[1:]
    if field.wanted is None:
        return array
    shape = require_label(field, row)
    if row == () and field.wanted == (1,):
        return array[:, None]
    # Keras itself adds or drops a last axis of 1; others it would stretch.
    same = len(row) < 2 or row == shape or (*row, 1) == shape or row == (*shape, 1)
    return array if same else array.reshape(len(array), *shape)


def require_label(field, row):
    """Return the shape that a row of labels takes in the place of the one that the loss compares.

    Raises
    ------
    InvalidColumnError
        If it is another.
    """
    shape = fitted(row, field.wanted)
    if shape is None:
        raise InvalidColumnError(_other_label(field, row))
    return shape


def require_width(field, width):
    """Raise InvalidColumnError unless rows of ``width`` numbers can take the shape that the model's input has."""
    if field.shape is None or field.role != "input":
        return
    known = math.prod(axis for axis in field.shape if axis is not None)
    free = sum(axis is None for axis in field.shape)
    if width != known if not free else (free > 1 or not known or width % known):
        raise InvalidColumnError(
            f"{field.title()}: rows have {width} numbers; the model's input {field.name!r} takes {known} "
            f"(shape {field.shape}). Change the model's Input shape or the columns."
        )


def require_depth(field, depth):
    """Raise InvalidColumnError for rows that have too few or too many axes to ever fit, whatever their lengths are.

    Parameters
    ----------
    field : Field
    depth : int
        Axes of each row: 0 for one number, 1 for an array or a vector, 2 for an array of arrays.
    """
    is_label = field.role == "label"
    wanted = field.wanted if is_label else field.shape
    needed = sum(axis not in (1, None) for axis in wanted or ())
    if needed <= depth or (not is_label and depth < 2):
        return
    held = f"{'arrays of ' * depth}numbers" if depth else "one number"
    asks = f"the loss compares them with {wanted}, from the model's output {field.name!r}"
    if not is_label:
        asks = f"the model's input {field.name!r} takes {wanted}"
    raise InvalidColumnError(
        f"{field.title()}: rows hold {held}; {asks}. Give nested arrays of that shape, "
        f"{nested(len(wanted))}{'' if is_label else ', or flat ones'}."
    )


def nested(depth):
    """Return Spark's type of rows with ``depth`` axes."""
    return "array<" * depth + "double" + ">" * depth


def _cure(row, wanted):
    """Say why a nested row may have another shape than the model's input."""
    if len(row) == 3 and len(wanted) == 3 and (*row[1:], row[0]) == wanted:
        return "The channels come first in the rows and last in the model: move them, or the model's Input."
    if sorted(row) == sorted(axis or 0 for axis in wanted):
        return "The axes stand in another order: transpose the rows, or change the model's Input."
    if math.prod(row) == math.prod(axis or 0 for axis in wanted):
        return (
            "As many numbers in other axes may mean another order: give the rows that shape, flatten(column) for a "
            "flat one, or change the model's Input."
        )
    return "Change the model's Input shape or the column."


def _other_label(field, row):
    start, wanted = field.title(), field.wanted
    if len(row) == 1 and len(wanted) == 1:
        return (
            f"{start}: rows have {row[0]} labels, and the model's output {field.name!r} gives {wanted[0]} numbers. "
            f"{_dropped(row[0], wanted[0])}Change the model's last layer or the column."
        )
    if not wanted:
        return (
            f"{start}: rows have the shape {row}, and the loss wants one class number per row. Give class numbers, or "
            "compile with 'categorical_crossentropy' for one-hot labels."
        )
    return (
        f"{start}: rows have the shape {row}; the loss compares them with {wanted}, from the model's output "
        f"{field.name!r}. Give labels of that shape as nested arrays, {nested(len(wanted))}, or change the model's "
        "last layer."
    )


def _dropped(labels, units):
    if labels + 1 != units:
        return ""
    return "A OneHotEncoder leaves the last class out unless it is made with dropLast=False. "
