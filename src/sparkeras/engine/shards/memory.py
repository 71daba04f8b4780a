"""A shard that is held in memory.

Runs on: training process.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sparkeras.engine.shards.inspection import VALIDATION
from sparkeras.engine.shards.order import row_order
from sparkeras.engine.shards.rowfile import RowFile, whole

if TYPE_CHECKING:
    from sparkeras.engine.shards.spool import SpoolFacts


@dataclass
class MemoryShard:
    """The rows of one worker, in memory; a ``shard.Shard`` whose rows are named by their numbers.

    Attributes
    ----------
    arrays : dict of str to (rows, ...) array
        In the order of arrival.
    order : (rows,) int array
        Row numbers in the order of the rows' keys, which does not depend on the order in which Spark delivered them;
        or in the order of arrival.
    """

    arrays: dict[str, np.ndarray]
    order: np.ndarray

    @classmethod
    def read(cls, descriptor: int, facts: SpoolFacts, in_order: bool = False) -> MemoryShard:
        """Read the file behind ``descriptor``, of the layout and blocks of ``Spool.close``."""
        file = RowFile(descriptor, facts["layout"] or [])
        rows = sum(count for _, count in facts["blocks"])
        arrays = file.empty(rows)
        file.read(whole(facts["blocks"]), arrays)
        keys = arrays.pop("key")
        # Ties are rows of equal content, so their order does not matter. The arrays stay as they are: a batch gathers
        # its rows anyway, and ordering them here would take the memory twice.
        return cls(arrays, np.arange(rows) if in_order else np.argsort(keys, kind="stable"))

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.order)

    def all_rows(self) -> np.ndarray:
        """Return the numbers of all rows."""
        return self.order

    def first_row(self) -> np.ndarray:
        """Return the number of one row, as an array."""
        return self.order[:1]

    def split(self, fraction: float, seed: int, shuffle: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Return the row numbers to train on and those to validate with; see ``Shard.split``."""
        if VALIDATION in self.arrays:
            marked = self.arrays[VALIDATION].astype(bool)[self.order]
            return self.order[~marked], self.order[marked]
        count = round(self.rows * fraction)
        if not count:
            return self.order, self.order[:0]
        numbers = row_order(self.rows, seed, epoch=-1)
        train, validation = numbers[count:], numbers[:count]
        if not shuffle:
            train, validation = np.sort(train), np.sort(validation)
        return self.order[train], self.order[validation]

    def reader(self, rows: np.ndarray) -> MemoryReader:
        """Return a MemoryReader of the row numbers ``rows``."""
        return MemoryReader({name: array for name, array in self.arrays.items() if name != VALIDATION}, rows)


class MemoryReader:
    """Some rows of a shard, in the order of an epoch."""

    def __init__(self, arrays: dict[str, np.ndarray], rows: np.ndarray) -> None:
        self.arrays, self.rows = arrays, rows
        self.order = rows

    def start(self, seed: int | None, epoch: int) -> None:
        """Draw the order of ``epoch`` by ``seed``; None keeps the order of the rows."""
        self.order = self.rows if seed is None else self.rows[row_order(len(self.rows), seed, epoch)]

    def take(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Return the rows at positions ``first`` to ``last`` of that order, by field key."""
        chosen = self.order[first:last]
        return {name: array[chosen] for name, array in self.arrays.items()}
