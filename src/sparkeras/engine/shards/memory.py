"""A shard that is held in memory.

Runs on: training process.
"""

from dataclasses import dataclass

import numpy as np

from sparkeras.engine.shards.inspection import VALIDATION
from sparkeras.engine.shards.order import row_order
from sparkeras.engine.shards.rowfile import RowFile, whole


@dataclass
class Shard:
    """The rows of one worker, in memory.

    Attributes
    ----------
    arrays : dict of str to (rows, ...) array
        In the order of arrival.
    order : (rows,) int array
        Row numbers in the order of the rows' keys, which is the same whatever order Spark delivered them in; or in
        the order of arrival, where that is wanted.
    """

    arrays: dict
    order: np.ndarray

    @classmethod
    def read(cls, descriptor, facts, in_order=False):
        """Read the file behind ``descriptor``, laid out as ``facts`` of ``Spool.close`` say."""
        file = RowFile(descriptor, facts["layout"])
        rows = sum(count for _, count in facts["blocks"])
        arrays = file.empty(rows)
        file.read(whole(facts["blocks"]), arrays)
        keys = arrays.pop("key")
        # Ties are rows of equal content, so their order does not matter. The arrays stay as they are: a batch gathers
        # its rows anyway, and ordering them here would take the memory twice.
        return cls(arrays, np.arange(rows) if in_order else np.argsort(keys, kind="stable"))

    @property
    def rows(self):
        """Number of rows."""
        return len(self.order)

    def all_rows(self):
        """Return the numbers of all rows."""
        return self.order

    def first_row(self):
        """Return the number of one row, as an array."""
        return self.order[:1]

    def split(self, fraction, seed, shuffle=True):
        """Return the row numbers to train on and those to validate with.

        The column ``validation`` decides where there is one, else a seeded ``fraction`` (0 for none) of the rows.
        Without ``shuffle`` both stay in the shard's order.
        """
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

    def reader(self, rows):
        """Return a MemoryReader of the row numbers ``rows``."""
        return MemoryReader({name: array for name, array in self.arrays.items() if name != VALIDATION}, rows)


class MemoryReader:
    """Some rows of a shard, in the order of an epoch."""

    def __init__(self, arrays, rows):
        self.arrays, self.rows = arrays, rows

    def start(self, seed, epoch):
        """Draw the order of ``epoch`` by ``seed``; None keeps the order of the rows."""
        self.order = self.rows if seed is None else self.rows[row_order(len(self.rows), seed, epoch)]

    def take(self, first, last):
        """Return the rows at places ``first`` to ``last`` of that order, as a dict of arrays."""
        chosen = self.order[first:last]
        return {name: array[chosen] for name, array in self.arrays.items()}
