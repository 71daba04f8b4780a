"""The frequent values of a column with their counts, and how many different ones there are, in bounded memory.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparkeras.features import hashing

_HASHES = 1024  # smallest hashes: the number of different values is known to about 3 % (1 / sqrt(1024))


@dataclass
class Values:
    """Counts of values. Beyond ``most`` of them the rare ones are dropped; then a count is too low by up to ``missed``.

    Misra and Gries 1982, in batches: to drop, the count of the value at place ``most`` is taken from all.

    Attributes
    ----------
    most : int
    counts : dict of str to int
    missed : int
        Most that a count is too low by; 0: all values are held, with exact counts.
    hashes : (n,) uint64 array
        Once some were dropped, the smallest different hashes of all, ascending (Bar-Yossef and others 2002).
    """

    most: int = 20_000
    counts: dict[str, int] = field(default_factory=dict)
    missed: int = 0
    hashes: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))

    def add(self, values: list[str], counts: list[int]) -> None:
        """Take in different values of a batch with their counts."""
        if self.missed:
            self._add_hashes(hashing.of_texts(values))
        held = self.counts
        for value, count in zip(values, counts, strict=True):
            held[value] = held.get(value, 0) + count
        if len(held) > 2 * self.most:
            self._drop()

    def merge(self, other: Values) -> None:
        """Take in what another has seen."""
        if other.missed and not self.missed:
            self._add_hashes(hashing.of_texts(self.counts))
        self.missed += other.missed
        self._add_hashes(other.hashes)
        self.add(list(other.counts), list(other.counts.values()))
        if len(self.counts) > self.most:
            self._drop()

    def distinct(self) -> int:
        """Return how many different values there are: exact where all are held, else estimated."""
        if not self.missed:
            return len(self.counts)
        if len(self.hashes) < _HASHES:
            return len(self.hashes)
        return round((_HASHES - 1) / (int(self.hashes[-1]) / 2.0**64))

    def most_frequent(self, most: int) -> list[tuple[str, int]]:
        """Return up to ``most`` values with their counts, the most frequent first, then by the alphabet."""
        return sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:most]

    def _drop(self) -> None:
        kept = sorted(self.counts.values(), reverse=True)
        least = kept[self.most] if len(kept) > self.most else 0
        if least and not self.missed:
            self._add_hashes(hashing.of_texts(self.counts))
        self.counts = {value: count - least for value, count in self.counts.items() if count > least}
        self.missed += least

    def _add_hashes(self, hashes: np.ndarray) -> None:
        if len(self.hashes) == _HASHES:
            hashes = hashes[hashes < self.hashes[-1]]
        if len(hashes):
            self.hashes = np.unique(np.concatenate([self.hashes, hashes]))[:_HASHES]
