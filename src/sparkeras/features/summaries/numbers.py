"""The numbers of a column, as one way of writing has them.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparkeras.features.summaries.moments import Moments
from sparkeras.features.summaries.quantiles import Quantiles


@dataclass
class Numbers:
    """Numbers.

    Attributes
    ----------
    quantiles : Quantiles
    moments : Moments
        As the quantiles: of finite numbers.
    rows : int
        With a number, infinite ones too.
    odd : str
        The first text that is not a number.
    units : set of str
        Signs that stand beside numbers.
    """

    quantiles: Quantiles
    moments: Moments = field(default_factory=Moments)
    rows: int = 0
    odd: str = ""
    units: set[str] = field(default_factory=set)

    @property
    def infinite(self) -> int:
        """Rows with an infinite number."""
        return self.rows - self.moments.count

    def add(self, numbers: np.ndarray) -> None:
        """Take in numbers, (n,) float64 without NaN."""
        self.rows += len(numbers)
        finite = numbers[np.isfinite(numbers)]
        self.moments.add(finite)
        self.quantiles.add(finite)

    def merge(self, other: Numbers) -> None:
        """Take in what another has seen."""
        self.rows += other.rows
        self.odd = self.odd or other.odd
        self.units |= other.units
        self.moments.merge(other.moments)
        self.quantiles.merge(other.quantiles)
