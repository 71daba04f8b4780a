"""DataFrame columns to model inputs and labels: checked against the schema on the driver, decoded on the workers.

Runs on: driver, Spark task, training process.
"""

import operator
from dataclasses import replace

import numpy as np

from sparkeras.engine.columns import images
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.classes import numbers_of
from sparkeras.engine.columns.field import Field, as_a_model_takes, by_place
from sparkeras.engine.columns.images import holds_images
from sparkeras.engine.columns.matching import match
from sparkeras.engine.columns.shapes import as_input, as_label, require_depth, require_label, require_width
from sparkeras.engine.columns.texts import Texts
from sparkeras.engine.columns.types import depth_of, is_number, require_column, require_type
from sparkeras.errors import InvalidColumnError, InvalidModelError

__all__ = [
    "Field",
    "as_a_model_takes",
    "by_number",
    "column_names",
    "decode",
    "invalid_rows",
    "is_number",
    "plan",
    "require_column",
    "with_label_shapes",
]

_NO_TEXTS = Texts()


def plan(schema, signature, features, label=None, weight=None, validation=None, texts=_NO_TEXTS, idle=()):
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
    texts : texts.Texts
        What the texts of label and feature columns mean.
    idle : iterable of str
        Outputs that nothing compares with a label, as ``matching.match`` takes them.

    Returns
    -------
    list of Field

    Raises
    ------
    InvalidColumnError
        For a missing column, a type that training cannot use, or names that are not the model's.
    InvalidModelError
        For an input of texts.
    """
    _require_numbers(signature["inputs"])
    if signature["inputs"] is None and _are_several_inputs(schema, features):
        features = dict(zip(by_place(len(features)), features, strict=True))
    fields = match(features, signature["inputs"], "input")
    fields = [replace(field, vocabulary=texts.vocabularies.get(field.columns[0])) for field in fields]
    if label is not None:
        # Labels keep the shape they have: a class index is one number whatever the output's width is.
        labels = match(label, signature["outputs"], "label", idle)
        fields += [replace(field, shape=None, classes=texts.classes if field.columns else None) for field in labels]
    fields += [Field("weight", "weight", (weight,))] if weight else []
    fields += [Field("validation", "validation", (validation,))] if validation else []
    for field in filter(operator.attrgetter("columns"), fields):
        for column in field.columns:
            require_type(schema, column, field)
        if all(is_number(schema[column].dataType) for column in field.columns):
            require_width(field, len(field.columns))
        elif field.role == "input":
            require_depth(field, depth_of(schema[field.columns[0]].dataType))
    return fields


def with_label_shapes(schema, fields, shapes):
    """Return fields whose labels say the shape of one row that their loss compares.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
    fields : list of Field
    shapes : dict of str to tuple
        By field key, of ``blueprint.labels.label_shapes``; a label that is not in it takes any shape.

    Raises
    ------
    InvalidColumnError
        For labels with too few axes, or another number of columns side by side.
    """
    fields = [replace(field, wanted=shapes.get(field.key)) for field in fields]
    for field in fields:
        if field.wanted is None or field.classes:
            continue
        count = len(field.columns)
        if count > 1:
            require_label(field, (count,))
        else:
            require_depth(field, depth_of(schema[field.columns[0]].dataType))
    return fields


def _are_several_inputs(schema, features):
    """Tell whether columns for a model that names no inputs are one input each: together they are no row of numbers."""
    if isinstance(features, str | dict) or len(features) < 2:
        return False
    known = [schema[name].dataType for name in features if name in schema.names]
    return len(known) == len(features) and not all(map(is_number, known))


def _require_numbers(inputs):
    texts = [name for name, wanted in (inputs or {}).items() if wanted.get("dtype") == "string"]
    if texts:
        raise InvalidModelError(
            f"The model's input {texts[0]!r} takes texts, as Keras' own text layers do, and sparkeras hands a model "
            "numbers only, with every backend. Begin the model with keras.Input((words,)) and keras.layers.Embedding, "
            "and train it by an estimator, which numbers the words of a text column (keras.Input((1,)): whole texts)."
        )


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
    if not field.columns:
        rows = len(next(iter(columns.values())))
        return np.zeros((rows, 1), np.float32), np.zeros(rows, bool)
    if field.classes:
        return numbers_of(columns[field.columns[0]], field.classes, field.columns[0])
    first = columns[field.columns[0]]
    if field.vocabulary:
        ids, bad = field.vocabulary.ids(first, field.shape[0] if field.shape else 1)
        return ids.reshape(len(ids), *field.shape), bad
    if holds_images(first.type):
        return images.decode(first, field.shape)
    parts = [to_array(columns[column], column) for column in field.columns]
    bad = np.logical_or.reduce([bad for _, bad in parts])
    if len(bad) and bad.all():
        # Where nothing is known, not even the width, rows take the shape that the model asks for.
        return np.zeros((len(bad), *(axis or 0 for axis in field.shape or ())), np.float32), bad
    array = parts[0][0] if len(parts) == 1 else np.stack([part for part, _ in parts], axis=1)
    if field.role == "input":
        return as_input(field, array), bad
    return (as_label(field, array) if field.role == "label" else array), bad


def invalid_rows(listed):
    """Return the error for rows that cannot be used; ``listed`` names their columns with a count each."""
    return InvalidColumnError(
        f"Null, NaN or broken image found in {listed}. Drop or fill them first, e.g. df.dropna() or df.fillna(0), or "
        "leave these rows out by handle_invalid='skip' (--invalid skip)."
    )
