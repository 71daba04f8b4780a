"""The ``Encoder`` protocol: it makes one array of a model's input, or its label, of raw columns.

Runs on: driver, Spark task, training process.

``sparkeras.features`` has encoders for tables; the engine knows no more of them than this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from pyspark.sql.types import StructType


class Encoder(Protocol):
    """Makes an array of raw columns; it is pickled and goes with each job."""

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that it reads."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of one row of the array."""

    def require(self, schema: StructType) -> None:
        """Raise InvalidColumnError unless a DataFrame has the columns, with types that can be read."""

    def encode(self, columns: Mapping[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
        """Return the array (rows, ...) of Arrow columns, and a mask (rows,) of rows that cannot be encoded."""

    def explain(self, columns: Mapping[str, pa.Array]) -> str:
        """Say in one sentence why the rows of the mask cannot be encoded, with an example and the cure."""

    def digest(self) -> str:
        """Return a hash of all by which it encodes."""


class Spec(Protocol):
    """The encoders of a table."""

    @property
    def blocks(self) -> Mapping[str, Encoder]:
        """The encoder of each input of a model, by name."""

    @property
    def target(self) -> Encoder | None:
        """The encoder of the label; None where none was learned."""

    def to_json(self) -> str:
        """Return all that was learned, as a file keeps it."""
