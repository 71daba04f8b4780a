"""The range of dates that are written in one format.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from sparkeras.features.summaries.moments import Moments
from sparkeras.features.summaries.quantiles import Quantiles
from sparkeras.features.times import DAY

_SIZE = 256  # numbers of a level: for a picture of the dates


@dataclass
class DateSummary:
    """Dates of one format.

    Attributes
    ----------
    days, quantiles : Moments, Quantiles
        Of days since 1970.
    has_clock : bool
        Whether one of them is not at midnight.
    example : str
        As it is written; empty for a column of Spark's own dates.
    """

    days: Moments = field(default_factory=Moments)
    quantiles: Quantiles = field(default_factory=lambda: Quantiles(_SIZE))
    has_clock: bool = False
    example: str = ""

    def add(self, micros: np.ndarray) -> None:
        """Take in points in time, (n,) microseconds since 1970."""
        self.days.add(micros / DAY)
        self.quantiles.add(micros / DAY)
        self.has_clock = self.has_clock or bool((micros % DAY).any())

    def merge(self, other: DateSummary) -> None:
        """Take in what another has seen."""
        self.days.merge(other.days)
        self.quantiles.merge(other.quantiles)
        self.has_clock = self.has_clock or other.has_clock
        self.example = self.example or other.example
