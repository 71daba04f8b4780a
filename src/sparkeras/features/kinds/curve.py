"""The curve that brings numbers far out near the others: none, a logarithm, or the place in a normal distribution.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Curve:
    """How a number is bent before a model gets it.

    Attributes
    ----------
    unit : float
        Of the logarithm: the sign times ln(1 + |x| / unit); 0: none.
    points : tuple of float
        Numbers with equal shares of the rows between them, ascending; they become the numbers of a normal distribution
        with the same shares below, and what lies between is interpolated. Empty: none.
    """

    unit: float = 0.0
    points: tuple[float, ...] = ()

    @property
    def is_bent(self) -> bool:
        """Whether it changes numbers at all."""
        return bool(self.unit or self.points)

    @property
    def becomes(self) -> str:
        """What it makes of a number, in a few words."""
        return "its logarithm" if self.unit else "its place in a normal distribution" if self.points else "a number"

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """Return numbers, (n,) float64, on the curve."""
        if self.unit:
            return np.sign(numbers) * np.log1p(np.abs(numbers) / self.unit)
        if not self.points:
            return numbers
        points, place = np.unique(self.points, return_inverse=True)
        heights = _normal(len(self.points))
        # A number that many rows have lies in the middle of their shares.
        return np.interp(numbers, points, np.bincount(place, heights) / np.bincount(place))


def _normal(count: int) -> np.ndarray:
    """Return numbers of a standard normal distribution with equal shares between them."""
    shares = np.clip(np.linspace(0, 1, count), 0.5 / count, 1 - 0.5 / count)
    return np.array([statistics.NormalDist().inv_cdf(share) for share in shares.tolist()])
