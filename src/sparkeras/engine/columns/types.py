"""Allowed column types per role, checked against the schema before any Spark job.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.engine.columns.images import IMAGE_FIELDS
from sparkeras.engine.columns.shapes import nested
from sparkeras.errors import InvalidColumnError
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyspark.sql.types import DataType, StructType

    from sparkeras.engine.columns.field import Field

_ONE_WEIGHT = "A row has one weight for all of its steps; weights of single steps are not supported."
_NUMBERS = ("byte", "short", "integer", "long", "float", "double", "boolean")


def is_number(kind: DataType) -> bool:
    """Tell whether a Spark type is that of one number; decimals become doubles."""
    name = kind.typeName()
    return name in _NUMBERS or name.startswith("decimal")


def depth_of(kind: DataType) -> int:
    """Return the axes of one row of a Spark type: 0 for a number, 1 for an array or a vector, 2 for nested arrays."""
    from pyspark.sql.types import ArrayType

    if isinstance(kind, ArrayType):
        return 1 + depth_of(kind.elementType)
    return int(type(kind).__name__ == "VectorUDT")


def require_column(names: Iterable[str], column: str) -> None:
    """Raise InvalidColumnError unless ``column`` is among a DataFrame's column names, and only once."""
    names = list(names)
    if names.count(column) > 1:
        raise InvalidColumnError(f"The DataFrame has {names.count(column)} columns {column!r}; keep one of them.")
    if column not in names:
        raise InvalidColumnError(f"Column {column!r} is not in the DataFrame; it has {listed(names)}.")


def require_type(schema: StructType, column: str, field: Field) -> None:
    """Raise InvalidColumnError unless a column exists and has a type that its field can take."""
    from pyspark.sql.types import ArrayType

    require_column(schema.names, column)
    kind = schema[column].dataType
    name = kind.typeName()
    if name == "string" and (field.classes or field.vocabulary):
        return
    if field.role == "validation":
        if name != "boolean":
            raise InvalidColumnError(
                f"Column {column!r} is {name}; the column that marks validation rows must be boolean."
            )
        return
    if name == "binary" or _is_image(kind):
        _require_image_shape(column, field)
        return
    scalar_only = field.role == "weight" or len(field.columns) > 1
    while isinstance(kind, ArrayType) and not scalar_only:
        kind = kind.elementType
        name = kind.typeName()
    if is_number(kind) or (type(kind).__name__ == "VectorUDT" and not scalar_only):
        return
    raise InvalidColumnError(
        f"Column {column!r} is {schema[column].dataType.simpleString()}; training needs "
        f"{'single numbers' if scalar_only else 'numbers, arrays of numbers or vectors'} there. "
        f"{_ONE_WEIGHT if field.role == 'weight' and isinstance(kind, ArrayType) else _cure(name)}"
    )


def _is_image(kind: DataType) -> bool:
    """Tell whether a type is that of Spark's image data source."""
    return getattr(kind, "names", None) == list(IMAGE_FIELDS)


def _require_image_shape(column: str, field: Field) -> None:
    if field.takes_images:
        return
    if field.role != "input":
        raise InvalidColumnError(
            f"Column {column!r} holds images, and the model's {field.role} {field.name!r} takes numbers. Give images "
            f"to compare with the output as nested arrays of numbers, {nested(2)} for (height, width) or {nested(3)} "
            "for (height, width, channels)."
        )
    if len(field.columns) > 1:
        raise InvalidColumnError(f"Column {column!r} holds images; an input of images comes from one column alone.")
    shape = "no shape before it is built" if field.shape is None else f"the shape {field.shape}"
    raise InvalidColumnError(
        f"Column {column!r} holds images; the model's input {field.name!r} has {shape}, not that of an image: "
        "(height, width, channels) with 1, 3 or 4 channels. Change the model's Input."
    )


def _cure(name: str) -> str:
    if name == "string":
        return (
            "Convert it, e.g. with StringIndexer or a cast to double, or have it learned by sparkeras.features. "
            "KerasClassifier takes texts as labels, and as features for an Embedding."
        )
    return "Convert it to numbers first."
