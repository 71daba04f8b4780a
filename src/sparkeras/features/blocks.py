"""Several columns as one array of a model's input, and the rows that cannot be encoded.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError
from sparkeras.features.kinds import Encoded, Ids, Learned
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from pyspark.sql.types import StructType


def require_columns(schema: StructType, columns: Iterable[Learned]) -> None:
    """Raise InvalidColumnError for a column that a DataFrame lacks, or has as another type than in training."""
    types = {field.name: field.dataType for field in schema.fields}
    for column in columns:
        for name in column.sources:
            if name not in types:
                raise InvalidColumnError(
                    f"Column {name!r} is missing, and the model was trained with it; the DataFrame has "
                    f"{listed(schema.names)}."
                )
            kind = types[name]
            is_nested = kind.typeName() in ("array", "struct", "map", "binary") or type(kind).__name__ == "VectorUDT"
            if is_nested != (column.kind == "vector"):
                raise InvalidColumnError(
                    f"Column {name!r} is {kind.simpleString()}, and the model was trained with it as a {column.kind}."
                )


@dataclass(frozen=True)
class Block:
    """Columns side by side: all of numbers (float32), or all of ids (int32).

    Attributes
    ----------
    columns : tuple of Learned
    """

    columns: tuple[Learned, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each number or id of a row."""
        return tuple(name for column in self.columns for name in (*column.numbers, *(each.name for each in column.ids)))

    @property
    def ids(self) -> tuple[Ids, ...]:
        """Of a block of ids: name and size of each."""
        return tuple(each for column in self.columns for each in column.ids)

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns of a DataFrame that are read, each once."""
        return tuple(dict.fromkeys(name for column in self.columns for name in column.sources))

    @property
    def shape(self) -> tuple[int]:
        """Of one row."""
        return (len(self.names),)

    @property
    def dtype(self) -> str:
        """``"int32"`` for ids, else ``"float32"``."""
        return "int32" if self.ids else "float32"

    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Return mean and variance of each number over the training rows; a constant has the variance 1."""
        mean, variance = (np.concatenate(each) for each in zip(*(column.scale for column in self.columns), strict=True))
        return mean, np.where(variance > 0, variance, 1.0)

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """For each number the edges of its bins; none where it has none."""
        return tuple(edges for column in self.columns for edges in column.bins)

    def require(self, schema: StructType) -> None:
        """Raise InvalidColumnError unless a DataFrame has the columns, with types that can be read."""
        require_columns(schema, self.columns)

    def digest(self) -> str:
        """Return a hash of all by which it encodes."""
        return hashlib.sha256(repr(self.columns).encode()).hexdigest()

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return the array (rows, width) of Arrow columns, and the rows that cannot be encoded."""
        parts = [column.encode(columns) for column in self.columns]
        array = np.concatenate([part.array for part in parts], axis=1) if len(parts) > 1 else parts[0].array
        return Encoded(array, np.logical_or.reduce([part.invalid for part in parts]))

    def explain(self, columns: Mapping[str, pa.Array]) -> str:
        """Say in one sentence why rows cannot be encoded: the first column that has such rows, how many, an example."""
        for column in self.columns:
            invalid = column.encode(columns).invalid
            if invalid.any():
                name = column.sources[0]
                value = columns[name][int(invalid.argmax())].as_py()
                count = f"{int(invalid.sum()):,} of {len(invalid):,} rows of one batch"
                if value is None or value != value:
                    return (
                        f"Column {name!r} has no value in {count}; in training each row had one. Fill it, leave such "
                        "rows out (handle_invalid='skip', --invalid skip), or train with rows that lack it."
                    )
                return (
                    f"Column {name!r} holds {value!r} ({count}), and the model was trained with it as a {column.kind}. "
                    "Mend the value, or leave such rows out (handle_invalid='skip', --invalid skip)."
                )
        return ""
