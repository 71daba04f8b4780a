"""Quantiles of a stream of numbers in bounded memory, mergeable.

Runs on: driver, Spark task.

A multi-level sample (Manku, Rajagopalan, Lindsay 1998; Karnin, Lang, Liberty 2016): a full level is sorted, and every
second number goes on to the next level, where it counts twice. Which half goes on alternates, so nothing is random.
The rank of a quantile is wrong by about levels / (2 size), with a size of 4,096 by 0.1 % for 10 million rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Quantiles:
    """A sample of numbers from which quantiles are read.

    Attributes
    ----------
    size : int
        Most numbers of a level.
    levels : list of (n,) float64 arrays
        Each number of level i stands for 2^i numbers.
    halves : list of int
        The half of each level that goes on next: 0 or 1.
    """

    size: int = 4096
    levels: list[np.ndarray] = field(default_factory=list)
    halves: list[int] = field(default_factory=list)

    def add(self, numbers: np.ndarray) -> None:
        """Take in finite numbers, (n,) float64."""
        self._add(0, numbers)

    def merge(self, other: Quantiles) -> None:
        """Take in what another sample has seen."""
        for level, numbers in enumerate(other.levels):
            self._add(level, numbers)

    def read(self, shares: np.ndarray) -> np.ndarray:
        """Return the numbers below which the given shares (0 to 1) of all numbers lie; NaN where there are none."""
        numbers = np.concatenate([np.zeros(0), *self.levels])
        if not len(numbers):
            return np.full(len(shares), np.nan)
        weights = np.concatenate([np.zeros(0), *(np.full(len(each), 2.0**i) for i, each in enumerate(self.levels))])
        order = np.argsort(numbers, kind="stable")
        numbers, weights = numbers[order], weights[order]
        ranks = np.cumsum(weights) - weights / 2
        return np.interp(shares * weights.sum(), ranks, numbers)

    def _add(self, level: int, numbers: np.ndarray) -> None:
        while len(self.levels) <= level:
            self.levels.append(np.zeros(0))
            self.halves.append(0)
        held = np.concatenate([self.levels[level], numbers])
        if len(held) <= self.size:
            self.levels[level] = held
            return
        held = np.sort(held)
        even = len(held) // 2 * 2
        # An odd one stays, so that all numbers are counted.
        self.levels[level] = held[even:]
        half = self.halves[level]
        self.halves[level] = 1 - half
        self._add(level + 1, held[half:even:2])
