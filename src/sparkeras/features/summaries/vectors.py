"""Mean and variance of each number of arrays or vectors, mergeable.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.engine.columns.arrow import to_array


def is_vector(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type is that of arrays of numbers, nested too, or of Spark vectors."""
    if pa.types.is_struct(kind):
        return {field.name for field in kind} == {"type", "size", "indices", "values"}
    while pa.types.is_list(kind):
        kind = kind.value_type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return True
    return False


@dataclass
class VectorSummary:
    """Arrays of numbers, or Spark vectors.

    Attributes
    ----------
    widths : set of int
        Numbers per row: up to three different ones.
    count : int
        Rows without a null or NaN.
    mean, squares : (width,) float64 arrays
        Mean, and sum of squared deviations, of each number.
    """

    widths: set[int] = field(default_factory=set)
    count: int = 0
    mean: np.ndarray = field(default_factory=lambda: np.zeros(0))
    squares: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def add(self, column: pa.Array, name: str) -> int:
        """Take in a batch; return its rows with a null or NaN."""
        present = column.drop_null()
        if pa.types.is_struct(column.type):  # a Spark vector: a sparse one has its size, a dense one its numbers
            size = pc.coalesce(present.field("size"), pc.list_value_length(present.field("values")))
        else:
            size = pc.list_value_length(present)
        self.widths = set(sorted(self.widths | set(size.unique().to_pylist()))[:3])
        if len(self.widths) != 1:
            return int(column.null_count)
        array, invalid = to_array(column, name)
        rows = array.reshape(len(array), -1).astype(np.float64)[~invalid]
        if len(rows):
            mean = rows.mean(axis=0)
            self._join(len(rows), mean, np.square(rows - mean).sum(axis=0))
        return int(invalid.sum())

    def merge(self, other: VectorSummary) -> None:
        """Take in what another has seen."""
        self.widths = set(sorted(self.widths | other.widths)[:3])
        if len(self.widths) == 1:
            self._join(other.count, other.mean, other.squares)

    @property
    def variance(self) -> np.ndarray:
        """Of each number over all rows (population)."""
        return self.squares / max(self.count, 1)

    def _join(self, count: int, mean: np.ndarray, squares: np.ndarray) -> None:
        if not count:
            return
        if not self.count:
            self.count, self.mean, self.squares = count, mean, squares
            return
        total, gap = self.count + count, mean - self.mean
        self.squares = self.squares + squares + gap * gap * self.count * count / total
        self.mean = self.mean + gap * count / total
        self.count = total
