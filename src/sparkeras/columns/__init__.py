"""DataFrame columns to model inputs and labels: checked against the schema on the driver, decoded on the workers.

Runs on: driver (``plan``) and workers (``decode``). Imports: ``errors`` only.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from sparkeras.columns.arrow import to_array
from sparkeras.columns.classes import numbers_of
from sparkeras.errors import InvalidColumnError

NUMBERS = ("byte", "short", "integer", "long", "float", "double", "boolean")


@dataclass(frozen=True)
class Field:
    """One array that the model gets, and the columns that it comes from.

    Attributes
    ----------
    name : str
        Input or output name; ``"weight"`` and ``"validation"`` for those roles.
    role : str
        ``"input"``, ``"label"``, ``"weight"`` or ``"validation"``.
    columns : tuple of str
        One column, or several numeric ones side by side.
    shape : tuple or None
        Shape of one row that the model asks for, None where it takes any; axes may be None.
    classes : tuple of str or None
        Of a label column of texts: its classes in the order of their numbers.
    """

    name: str
    role: str
    columns: tuple
    shape: tuple | None = None
    classes: tuple | None = None

    @property
    def key(self):
        """A name that no other field of the training has: an input and an output may share theirs."""
        return f"{self.role}:{self.name}"

    def words(self):
        """Name the columns as an error should."""
        names = ", ".join(repr(column) for column in self.columns)
        return f"column {names}" if len(self.columns) == 1 else f"columns {names}"


def plan(schema, signature, features, label=None, weight=None, validation=None, classes=None):
    """Match columns with the model's inputs and labels, before any Spark job.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
    signature : dict
        Of ``blueprint.signature``.
    features : str, list of str, or dict
        A column; several numeric columns of one input (or one column per input, for a model with several inputs);
        or ``{input name: column or list}``.
    label : str, list of str, dict or None
        Alike, for the outputs; None for a model that learns without labels.
    weight, validation : str or None
        Columns of row weights, and of booleans that mark validation rows.
    classes : tuple of str or None
        Of a classifier's label column of texts, see ``classes.found``.

    Returns
    -------
    list of Field

    Raises
    ------
    InvalidColumnError
        For a missing column, a type that training cannot use, or names that are not the model's.
    """
    fields = _match(features, signature["inputs"], "input")
    if label is not None:
        # Labels keep the shape they have: a class index is one number whatever the output's width is.
        labels = _match(label, signature["outputs"], "label")
        fields += [replace(field, shape=None, classes=classes) for field in labels]
    fields += [Field("weight", "weight", (weight,))] if weight else []
    fields += [Field("validation", "validation", (validation,))] if validation else []
    for field in fields:
        for column in field.columns:
            _check_type(schema, column, field)
        if len(field.columns) > 1:
            _check_width(field, len(field.columns))
    return fields


def column_names(fields):
    """Return each needed column once, in a stable order."""
    return list(dict.fromkeys(column for field in fields for column in field.columns))


def by_number(dataset):
    """Return a DataFrame whose columns are called by their numbers: pyspark 4.0's ``mapInArrow`` fails on dots."""
    return dataset.toDF(*map(str, range(len(dataset.columns))))


def decode(field, columns):
    """Turn Arrow columns into the array that the model gets for ``field``.

    Parameters
    ----------
    field : Field
    columns : dict of str to pyarrow.Array

    Returns
    -------
    array, bad
        Array (rows, *shape), narrow types kept, float64 as float32; and a boolean array (rows,) that marks rows with
        a null or NaN, whose values are zero.

    Raises
    ------
    InvalidColumnError
        If rows are not as wide as the model's input.
    """
    if field.classes:
        return numbers_of(columns[field.columns[0]], field.classes, field.columns[0])
    parts = [to_array(columns[column], column) for column in field.columns]
    bad = np.logical_or.reduce([bad for _, bad in parts])
    if len(bad) and bad.all():
        # Where nothing is known, not even the width, rows take the shape that the model asks for.
        return np.zeros((len(bad), *(axis or 0 for axis in field.shape or ())), np.float32), bad
    array = parts[0][0] if len(parts) == 1 else np.stack([part for part, _ in parts], axis=1)
    return _shaped(field, array), bad


def _match(given, wanted, role):
    """Return one Field per input or output named by ``given``; ``wanted`` is the signature's dict or None."""
    plural = "inputs" if role == "input" else "outputs"
    if isinstance(given, dict):
        unknown = [name for name in given if wanted and name not in wanted]
        missing = [name for name in wanted or () if name not in given]
        if unknown or missing:
            raise InvalidColumnError(
                f"The model's {plural} are {_names(wanted)}; got columns for {_names(given)}. Name each of them once."
            )
        return [Field(n, role, _tuple(given[n]), _shape(wanted, n)) for n in wanted or given]
    columns = _tuple(given)
    names = list(wanted) if wanted else [role]
    if len(names) == 1:
        return [Field(names[0], role, columns, _shape(wanted, names[0]))]
    if len(columns) != len(names):
        raise InvalidColumnError(
            f"The model has {len(names)} {plural} ({_names(names)}) and got {len(columns)} column(s). "
            f"Give {{{plural[:-1]} name: column}}."
        )
    return [Field(name, role, (column,), _shape(wanted, name)) for name, column in zip(names, columns, strict=True)]


def _shape(wanted, name):
    return tuple(wanted[name]["shape"]) if wanted else None


def _tuple(columns):
    return (columns,) if isinstance(columns, str) else tuple(columns)


def _names(names):
    return ", ".join(repr(name) for name in names)


def _check_type(schema, column, field):
    if column not in schema.names:
        raise InvalidColumnError(f"Column {column!r} is not in the DataFrame; it has {_names(schema.names)}.")
    kind = schema[column].dataType
    name = kind.typeName()
    if field.classes and name == "string":
        return
    if field.role == "validation":
        if name != "boolean":
            raise InvalidColumnError(
                f"Column {column!r} is {name}; the column that marks validation rows must be boolean."
            )
        return
    scalar_only = field.role == "weight" or len(field.columns) > 1
    while name == "array" and not scalar_only:
        kind = kind.elementType
        name = kind.typeName()
    if name in NUMBERS or (type(kind).__name__ == "VectorUDT" and not scalar_only):
        return
    raise InvalidColumnError(
        f"Column {column!r} is {schema[column].dataType.simpleString()}; training needs "
        f"{'single numbers' if scalar_only else 'numbers, arrays of numbers or vectors'} there. {_cure(name)}"
    )


def _cure(name):
    if name == "string":
        return "Convert it, e.g. with StringIndexer or a cast to double; KerasClassifier takes texts as labels."
    if name.startswith("decimal"):
        return "Cast it to double."
    return "Convert it to numbers first."


def _check_width(field, width):
    """Raise InvalidColumnError unless rows of ``width`` numbers can take the shape that the model's input has."""
    if field.shape is None or field.role != "input":
        return
    known = math.prod(axis for axis in field.shape if axis is not None)
    free = sum(axis is None for axis in field.shape)
    if width != known if not free else (free > 1 or width % known):
        raise InvalidColumnError(
            f"{field.words().capitalize()}: rows have {width} numbers; the model's input {field.name!r} takes {known} "
            f"(shape {field.shape}). Change the model's Input shape or the columns."
        )


def _shaped(field, array):
    """Give rows the input's shape; a flat row fits any shape with as many elements."""
    if field.role != "input":
        return array
    if field.shape is None:
        return array.reshape(len(array), -1) if array.ndim == 1 else array
    if array.shape[1:] == field.shape:
        return array
    width = math.prod(array.shape[1:])
    _check_width(field, width)
    known = math.prod(axis for axis in field.shape if axis is not None)
    return array.reshape(len(array), *(width // known if axis is None else axis for axis in field.shape))
