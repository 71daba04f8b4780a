"""Types: a model's inputs and outputs as plain values, and the user's column arguments.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

# One column; several of them; or columns by the names of inputs or outputs.
Columns = str | Sequence[str] | Mapping[str, str | Sequence[str]]


class Row(TypedDict):
    """One row of an input or output: its shape without the batch axis and its dtype, None where the model has none."""

    shape: tuple[int | None, ...] | None
    dtype: str | None


class Signature(TypedDict):
    """A model's inputs and outputs by name; see ``blueprint.signature``."""

    inputs: dict[str, Row] | None
    outputs: dict[str, Row] | None
