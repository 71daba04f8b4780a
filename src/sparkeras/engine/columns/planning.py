"""Match DataFrame columns with a model's inputs and labels, before any Spark job.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from sparkeras.engine.columns.encoding import encoded_inputs, encoded_label, is_spec, means_target
from sparkeras.engine.columns.field import Field, by_place
from sparkeras.engine.columns.matching import match
from sparkeras.engine.columns.shapes import require_depth, require_label, require_width
from sparkeras.engine.columns.texts import Texts
from sparkeras.engine.columns.types import depth_of, is_number, require_type
from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pyspark.sql.types import StructType

    from sparkeras.engine.columns.encoder import Spec
    from sparkeras.engine.columns.signature import Columns, Row, Signature

_NO_TEXTS = Texts()


def plan(
    schema: StructType,
    signature: Signature,
    features: Columns | Spec,
    label: Columns | None = None,
    weight: str | None = None,
    validation: str | None = None,
    texts: Texts = _NO_TEXTS,
    idle: Collection[str] = (),
) -> list[Field]:
    """Match columns with the model's inputs and labels, before any Spark job.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
    signature : signature.Signature
        Of ``blueprint.signature``.
    features : str, list of str, or dict
        A column; several numeric columns of one input (or one column per input, for a model with several inputs);
        or ``{input name: column or list}``; or a column spec, which makes the inputs.
    label : str, list of str, dict or None
        Likewise for the outputs; None for a model that learns without labels.
    weight, validation : str or None
        Columns of row weights, and of booleans that mark validation rows.
    texts : texts.Texts
        Classes and vocabularies of the text columns.
    idle : collection of str
        Outputs without loss and metric, see ``matching.match``.

    Raises
    ------
    InvalidColumnError
        For a missing column, a type that training cannot use, or names that are not the model's.
    InvalidModelError
        For an input of texts.
    """
    _require_numbers(signature["inputs"])
    if is_spec(features):
        fields = encoded_inputs(schema, features, signature["inputs"])
        if features.target and means_target(features, label):
            fields.append(encoded_label(schema, features.target, signature))
            label = None
    else:
        fields = _matched_inputs(schema, signature, cast("Columns", features), texts)
    if label is not None:
        # Labels keep the shape they have: a class index is one number whatever the output's width is.
        labels = match(label, signature["outputs"], "label", idle)
        names = cast("tuple[str, ...] | None", texts.classes)  # other classes come with a column spec alone
        fields += [replace(field, shape=None, classes=names if field.columns else None) for field in labels]
    fields += [Field("weight", "weight", (weight,))] if weight else []
    fields += [Field("validation", "validation", (validation,))] if validation else []
    for field in fields:
        if field.columns and not field.encoder:
            _require_types(schema, field)
    return fields


def _matched_inputs(schema: StructType, signature: Signature, features: Columns, texts: Texts) -> list[Field]:
    """Return the Field of each input, of columns that hold what the model takes."""
    if signature["inputs"] is None and _are_several_inputs(schema, features):
        features = dict(zip(by_place(len(features)), features, strict=True))
    fields = match(features, signature["inputs"], "input")
    return [replace(field, vocabulary=texts.vocabularies.get(field.columns[0])) for field in fields]


def _require_types(schema: StructType, field: Field) -> None:
    """Raise InvalidColumnError if a field's columns are missing or their types do not fit the model's input."""
    for column in field.columns:
        require_type(schema, column, field)
    if all(is_number(schema[column].dataType) for column in field.columns):
        require_width(field, len(field.columns))
    elif field.role == "input":
        require_depth(field, depth_of(schema[field.columns[0]].dataType))


def with_label_shapes(
    schema: StructType, fields: Sequence[Field], shapes: Mapping[str, tuple[int | None, ...]]
) -> list[Field]:
    """Return fields whose labels have the shape of one row that their loss compares.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
    fields : list of Field
    shapes : dict of str to tuple
        By field key, of ``label_rules.label_shapes``; a label without an entry may have any shape.

    Raises
    ------
    InvalidColumnError
        For labels with too few axes, or another number of columns side by side.
    """
    fields = [replace(field, loss_shape=shapes.get(field.key)) for field in fields]
    for field in fields:
        if field.loss_shape is None or field.classes or field.encoder:
            continue
        count = len(field.columns)
        if count > 1:
            require_label(field, (count,))
        else:
            require_depth(field, depth_of(schema[field.columns[0]].dataType))
    return fields


def _are_several_inputs(schema: StructType, features: Columns) -> bool:
    """Tell whether columns for a model without input names are one input each: not all of them are numbers."""
    if isinstance(features, str | dict) or len(features) < 2:
        return False
    types = [schema[name].dataType for name in features if name in schema.names]
    return len(types) == len(features) and not all(map(is_number, types))


def _require_numbers(inputs: Mapping[str, Row] | None) -> None:
    """Raise InvalidModelError for an input of texts."""
    texts = [name for name, row in (inputs or {}).items() if row.get("dtype") == "string"]
    if texts:
        raise InvalidModelError(
            f"The model's input {texts[0]!r} takes texts, as Keras' own text layers do, and sparkeras hands a model "
            "numbers only, with every backend. Begin the model with keras.Input((words,)) and keras.layers.Embedding, "
            "and train it by an estimator, which numbers the words of a text column (keras.Input((1,)): whole texts)."
        )
