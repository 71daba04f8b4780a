"""Categories: each frequent value has an id; missing, unknown and rare ones have ids of their own.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.errors import InvalidColumnError
from sparkeras.features.kinds.encoded import BecomesIds, Encoded, Ids, share
from sparkeras.features.reading import texts
from sparkeras.features.summaries import Summary

# Ids: no value; a value that training never saw; one that it saw too rarely; the most frequent one.
MISSING, UNKNOWN, RARE, FIRST = 0, 1, 2, 3


@dataclass(frozen=True)
class Category:
    """One of several values: a text, a whole number or a boolean.

    Parameters
    ----------
    most : int
        Values with an id of their own, the most frequent ones; the others are rare.
    at_least : int, optional
        Rows of a value with an id of its own; with fewer it is rare. By default a row in 10,000, and 2 at least.
    """

    most: int = 10_000
    at_least: int | None = None
    name = "category"

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedCategory:
        """Return the column with its frequent values.

        Raises
        ------
        InvalidColumnError
            If all its values are missing.
        """
        if summary.missing == summary.rows:
            raise InvalidColumnError(f"Column {column!r} holds no value: all are missing. Leave it out.")
        at_least = self.at_least or max(2, summary.rows // 10_000)
        frequent = summary.values.most_frequent(self.most)
        own = tuple(value for value, count in frequent if count + summary.values.missed >= at_least)
        held = {value for value, _ in summary.values.counts.items()}
        # Where not all values are held, a rare value and an unknown one cannot be distinguished.
        rare = tuple(sorted(held.difference(own))) if not summary.values.missed else None
        return LearnedCategory(column, own, rare, summary.missing / summary.rows)


@dataclass(frozen=True)
class LearnedCategory(BecomesIds):
    """A column of categories.

    Attributes
    ----------
    column : str
    values : tuple of str
        Those with an id of their own, the most frequent first.
    rare : tuple of str or None
        The others; None where they are too many to hold: then every value without an id of its own is rare.
    gaps : float
        Share of the rows without a value.
    """

    column: str
    values: tuple[str, ...]
    rare: tuple[str, ...] | None
    gaps: float
    kind = "category"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    @property
    def ids(self) -> tuple[Ids, ...]:
        """The ids of the column."""
        return (Ids(self.column, FIRST + len(self.values)),)

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, 1) int32 ids."""
        column = texts(columns[self.column])
        ids = pc.add(pc.index_in(column, pa.array(self.values, pa.string())), pa.scalar(FIRST, pa.int32()))
        other: Any = pa.scalar(RARE, pa.int32())
        if self.rare is not None:
            is_rare = pc.is_in(column, pa.array(self.rare, pa.string()))
            other = pc.if_else(is_rare, other, pa.scalar(UNKNOWN, pa.int32()))
        ids = pc.if_else(column.is_null(), pa.scalar(MISSING, pa.int32()), pc.coalesce(ids, other))
        array = ids.to_numpy(zero_copy_only=False).astype(np.int32)
        return Encoded(array[:, None], np.zeros(len(array), bool))

    def learned(self) -> str:
        """Say in a few words what was learned."""
        rare = f", {len(self.rare):,} more are rare" if self.rare else ", more are rare" if self.rare is None else ""
        missing = f", {share(self.gaps)} missing" if self.gaps else ""
        return f"{len(self.values):,} values{rare}{missing}"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        return f"one of {self.ids[0].size:,} ids"
