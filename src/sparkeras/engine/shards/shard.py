"""The ``Shard`` protocol, the rows of one rank: in memory (``memory.MemoryShard``) or on disk (``disk.DiskShard``).

Runs on: training process.

To keep rows elsewhere, write a class with these methods and let ``open_shard`` choose it.
"""

from collections.abc import Sized
from typing import Protocol, TypeVar

import numpy as np

Rows = TypeVar("Rows", bound=Sized)


class Reader(Protocol):
    """Some rows of a shard, in the order of an epoch. Any thread may ask for any rows, in any order."""

    def start(self, seed: int | None, epoch: int) -> None:
        """Draw the order of ``epoch`` by ``seed``; with None the rows keep their order.

        It depends on these two numbers alone, so that a test can feed plain Keras the same batches. A second call with
        the same two changes nothing.
        """

    def take(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Return the rows at positions ``first`` to ``last`` (excluded) of that order, by field key.

        Positions beyond the last row are left out, so the result may be shorter, or empty with the fields' dtypes and
        shapes. The arrays are the caller's own.
        """


class Shard(Protocol[Rows]):
    """All rows of one rank. ``Rows`` is the shard's own way to name some of its rows; its length is their number.

    Neither the order of the rows nor their split depends on the order in which Spark delivered them, unless the shard
    was opened ``in_order`` or is split without ``shuffle``.
    """

    @property
    def rows(self) -> int:
        """Number of rows."""

    def all_rows(self) -> Rows:
        """Return all rows, in the shard's order."""

    def first_row(self) -> Rows:
        """Return one row. Of a shard with rows only."""

    def split(self, fraction: float, seed: int, shuffle: bool = True) -> tuple[Rows, Rows]:
        """Return the rows to train on and those to validate with; call it once.

        A boolean field for validation decides where there is one, else a seeded ``fraction`` (0 for none) of the rows.
        Without ``shuffle`` both keep the order of arrival. Rows that were returned by an earlier call of another method
        are no longer valid.
        """

    def reader(self, rows: Rows) -> Reader:
        """Return a Reader of ``rows``, for all fields but the one that marks validation rows."""
