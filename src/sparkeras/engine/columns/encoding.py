"""The fields of a model whose inputs a column spec makes.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

from sparkeras.engine.columns.field import Field
from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql.types import StructType

    from sparkeras.engine.columns.encoder import Encoder, Spec
    from sparkeras.engine.columns.signature import Columns, Row, Signature

DEFAULT_LABEL = "label"  # of fit and of the estimators


def is_spec(features: Any) -> TypeGuard[Spec]:
    """Tell whether ``features`` is a column spec and no names of columns."""
    return hasattr(features, "blocks") and hasattr(features, "target")


def means_target(spec: Spec, label: Columns | None) -> bool:
    """Tell whether a label setting means the label that a spec has learned: by its default, or by its name."""
    return spec.target is not None and label in (DEFAULT_LABEL, *spec.target.sources)


def encoded_inputs(schema: StructType, spec: Spec, inputs: Mapping[str, Row] | None) -> list[Field]:
    """Return a Field for each input of a model, made by the blocks of a spec.

    Raises
    ------
    InvalidColumnError
        If the model has other inputs than the spec makes, or the DataFrame lacks a column.
    """
    blocks = dict(spec.blocks)
    if inputs and len(inputs) == len(blocks) == 1:
        blocks = dict(zip(inputs, blocks.values(), strict=True))
    fits = inputs is None or (
        inputs.keys() == blocks.keys() and all(_fits(blocks[name].shape, row["shape"]) for name, row in inputs.items())
    )
    if not fits:
        made = ", ".join(f"{name!r} {block.shape}" for name, block in spec.blocks.items())
        given = ", ".join(f"{name!r} {row['shape']}" for name, row in (inputs or {}).items())
        raise InvalidColumnError(
            f"The features make the inputs {made}; the model has {given}. Begin the model with "
            "sparkeras.features.inputs(spec), or learn the features again."
        )
    fields = [_field(name, "input", blocks[name]) for name in inputs or blocks]
    for field in fields:
        assert field.encoder
        field.encoder.require(schema)
    return fields


def encoded_label(schema: StructType, encoder: Encoder, signature: Signature) -> Field:
    """Return the Field of a label that a spec has learned."""
    encoder.require(schema)
    return _field(next(iter(signature["outputs"] or ["label"])), "label", encoder)


def _field(name: str, role: str, encoder: Encoder) -> Field:
    return Field(name, role, tuple(encoder.sources), encoder.shape if role == "input" else None, encoder=encoder)


def _fits(made: tuple[int, ...], expected: tuple[int | None, ...] | None) -> bool:
    if expected is None:
        return True
    return len(made) == len(expected) and all(b in (a, None) for a, b in zip(made, expected, strict=True))
