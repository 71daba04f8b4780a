"""Arrays and vectors: their numbers, as many in each row.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.engine.columns.arrow import to_array
from sparkeras.errors import InvalidColumnError
from sparkeras.features.kinds.encoded import BecomesNumbers, Encoded
from sparkeras.features.summaries import Summary


@dataclass(frozen=True)
class Vector:
    """An array of numbers or a Spark vector, of one length."""

    name = "vector"

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedVector:
        """Return the column with its length.

        Raises
        ------
        InvalidColumnError
            If rows differ in length, or there is none.
        """
        vector = summary.vector
        if len(vector.widths) != 1:
            found = " and of ".join(map(str, sorted(vector.widths))) or "no"
            raise InvalidColumnError(
                f"Column {column!r} has rows of {found} numbers; expected as many in each. Pad or cut them, or leave "
                "the column out."
            )
        (width,) = vector.widths
        return LearnedVector(column, width, tuple(vector.mean.tolist()), tuple(vector.variance.tolist()))


@dataclass(frozen=True)
class LearnedVector(BecomesNumbers):
    """A column of arrays or vectors.

    Attributes
    ----------
    column : str
    width : int
    mean, variance : tuple of float
        Of each number.
    """

    column: str
    width: int
    mean: tuple[float, ...]
    variance: tuple[float, ...]
    kind = "vector"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    @property
    def numbers(self) -> tuple[str, ...]:
        """A name for each of its numbers."""
        return tuple(f"{self.column}[{place}]" for place in range(self.width))

    @property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each of ``numbers`` over the training rows."""
        return np.array(self.mean), np.array(self.variance)

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """None: a vector may hold thousands of numbers."""
        return ((),) * self.width

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, width) float32 numbers."""
        array, invalid = to_array(columns[self.column], self.column)
        if len(invalid) and invalid.all():
            array = np.zeros((len(invalid), self.width), np.float32)
        if array.shape[1:] != (self.width,):
            raise InvalidColumnError(
                f"Column {self.column!r} has rows of {array.shape[1]} numbers; in training they had {self.width}."
            )
        return Encoded(array.astype(np.float32), invalid)

    def learned(self) -> str:
        """Say in a few words what was learned."""
        return f"length {self.width}"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        return f"{self.width} numbers"
