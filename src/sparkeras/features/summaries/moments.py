"""Mean, variance and range of a stream of numbers, mergeable.

Runs on: driver, Spark task.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


@dataclass
class Moments:
    """Count, mean, sum of squared deviations, smallest and largest of finite numbers."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    low: float = math.inf
    high: float = -math.inf

    def add(self, numbers: np.ndarray) -> None:
        """Take in finite numbers, (n,) float64."""
        if len(numbers):
            mean = float(numbers.mean())
            squares = float(np.square(numbers - mean).sum())
            self.merge(Moments(len(numbers), mean, squares, float(numbers.min()), float(numbers.max())))

    def merge(self, other: Moments) -> None:
        """Take in what another has seen (Chan, Golub, LeVeque 1979)."""
        total = self.count + other.count
        if other.count == 0:
            return
        gap = other.mean - self.mean
        self.squares += other.squares + gap * gap * self.count * other.count / total
        self.mean += gap * other.count / total
        self.count, self.low, self.high = total, min(self.low, other.low), max(self.high, other.high)

    @property
    def variance(self) -> float:
        """Of all numbers (population)."""
        return self.squares / self.count if self.count else 0.0
