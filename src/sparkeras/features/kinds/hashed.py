"""Ids and crosses: values by their hash, without a list of them.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.errors import InvalidParamError
from sparkeras.features import hashing
from sparkeras.features.kinds.encoded import BecomesIds, Encoded, Ids
from sparkeras.features.reading import texts
from sparkeras.features.summaries import Summary

MISSING, FIRST = 0, 1
_BETWEEN = "\x1f"  # the unit separator of ASCII: no text holds it


@dataclass(frozen=True)
class Hashed:
    """A value among more than can be listed, such as a user's id: it is hashed into buckets, which values share.

    Parameters
    ----------
    buckets : int
    together_with : str, optional
        Another column: the pair of both values is hashed (a cross of two columns).
    """

    buckets: int = 10_000
    together_with: str | None = None
    name = "hashed"

    def __post_init__(self) -> None:
        if self.buckets < 2:
            raise InvalidParamError(f"'buckets' must be a whole number of 2 or more; got {self.buckets!r}.")

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedHashed:
        """Return the column; nothing needs to be learned of it."""
        return LearnedHashed((column, self.together_with) if self.together_with else (column,), self.buckets)


@dataclass(frozen=True)
class LearnedHashed(BecomesIds):
    """A column, or a pair of columns, by the hash of its value.

    Attributes
    ----------
    columns : tuple of str
    buckets : int
    """

    columns: tuple[str, ...]
    buckets: int
    kind = "hashed"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return self.columns

    @property
    def ids(self) -> tuple[Ids, ...]:
        """The bucket."""
        return (Ids(" x ".join(self.columns), FIRST + self.buckets),)

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, 1) int32 buckets from 1; 0 where a value is missing."""
        parts = [texts(columns[name]) for name in self.columns]
        column = parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _BETWEEN)
        missing = column.is_null().to_numpy(zero_copy_only=False)
        found = column.dictionary_encode()
        hashes = hashing.of_texts(found.dictionary.to_pylist())
        buckets = (hashes % np.uint64(self.buckets)).astype(np.int32) + FIRST
        places = found.indices.fill_null(0).to_numpy(zero_copy_only=False)
        ids = np.where(missing, MISSING, buckets[places] if len(buckets) else MISSING)
        return Encoded(ids.astype(np.int32)[:, None], np.zeros(len(missing), bool))

    def learned(self) -> str:
        """Say in a few words what was learned: nothing needs to be."""
        return ""

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        return f"one of {self.buckets:,} ids, by its hash"
