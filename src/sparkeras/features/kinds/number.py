"""Numbers: as they are, or skewed ones by their logarithm; a gap is filled, and flagged beside.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError
from sparkeras.features.kinds.encoded import Encoded, Ids, share
from sparkeras.features.reading import as_numbers
from sparkeras.features.summaries import Summary

BINS = 64
_SHARES = np.array([0.001, 0.25, 0.5, 0.75, 0.999])
_SKEWED = 20.0  # of the outer quantiles' distance from the median, in quartile distances


@dataclass(frozen=True)
class Number:
    """A number.

    Parameters
    ----------
    missing : str
        ``"flag"``: a gap gets the median, and a second number says so; ``"impute"``: the median alone; ``"error"``:
        a gap is an error.
    scale : str
        ``"auto"``: as it is, or by the logarithm where a few numbers lie far out; ``"plain"``; ``"log"``: the sign
        times ln(1 + |x| / m), m the median of |x|.
    """

    missing: str = "flag"
    scale: str = "auto"
    name = "number"

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedNumber:
        """Return the column with median, mean and variance of its numbers.

        Raises
        ------
        InvalidColumnError
            If it holds no number at all.
        """
        if not summary.moments.count:
            raise InvalidColumnError(f"Column {column!r} holds no number: all its values are missing. Leave it out.")
        low, first, median, third, high = summary.quantiles.read(_SHARES).tolist()
        spread = third - first or (high - low) / 2 or 1.0
        far = max(high - median, median - low) / spread
        logarithm = self.scale == "log" or (self.scale == "auto" and far > _SKEWED)
        mean, variance, unit = summary.moments.mean, summary.moments.variance, 0.0
        edges = summary.quantiles.read(np.linspace(0, 1, BINS + 1))
        if logarithm:
            sample = summary.quantiles.read(np.linspace(0.0005, 0.9995, 1000))
            unit = float(np.median(np.abs(sample))) or float(np.abs(sample).mean()) or 1.0
            sample = _logarithm(sample, unit)
            mean, variance = float(sample.mean()), float(sample.var())
            edges = _logarithm(edges, unit)
        gaps = (summary.missing + summary.infinite) / summary.rows
        edges = np.unique(edges.astype(np.float32)).tolist()
        return LearnedNumber(column, self.missing, gaps, median, mean, variance, unit, tuple(edges))


@dataclass(frozen=True)
class LearnedNumber:
    """A column of numbers.

    Attributes
    ----------
    column : str
    missing : str
    gaps : float
        Share of the rows without a number.
    fill : float
        The median, which stands for a gap.
    mean, variance : float
        Of the encoded numbers.
    unit : float
        Of the logarithm; 0: as it is.
    edges : tuple of float
        Of bins of the encoded numbers, of about as many training rows each.
    """

    column: str
    missing: str
    gaps: float
    fill: float
    mean: float
    variance: float
    unit: float = 0.0
    edges: tuple[float, ...] = ()
    kind = "number"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    @property
    def numbers(self) -> tuple[str, ...]:
        """The number, and the flag of a gap where there are any."""
        return (self.column, f"{self.column} missing") if self._flags else (self.column,)

    @property
    def ids(self) -> tuple[Ids, ...]:
        """None."""
        return ()

    @property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each of ``numbers`` over the training rows."""
        mean, variance = [self.mean], [self.variance]
        if self._flags:
            mean, variance = [*mean, self.gaps], [*variance, self.gaps * (1 - self.gaps)]
        return np.array(mean), np.array(variance)

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """The edges of the number's bins; none of the flag's."""
        return (self.edges, ()) if self._flags else (self.edges,)

    @property
    def _flags(self) -> bool:
        return self.missing == "flag" and self.gaps > 0

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, 1 or 2) float32 numbers; an infinite number is a gap."""
        numbers, wrong = as_numbers(columns[self.column])
        gap = ~np.isfinite(numbers)
        numbers = np.where(gap, self.fill, numbers)
        if self.unit:
            numbers = _logarithm(numbers, self.unit)
        parts = [numbers, gap] if self._flags else [numbers]
        refused = self.missing == "error" or (self.missing == "flag" and not self._flags)
        return Encoded(np.stack(parts, axis=1).astype(np.float32), wrong | (gap & refused))

    def learned(self) -> str:
        """Say in a few words what was learned."""
        missing = f", {share(self.gaps)} missing" if self.gaps else ""
        return f"median {self.fill:.4g}{missing}"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        number = "its logarithm" if self.unit else "a number"
        return f"{number} and a flag for missing" if self._flags else number


def _logarithm(numbers: np.ndarray, unit: float) -> np.ndarray:
    return np.sign(numbers) * np.log1p(np.abs(numbers) / unit)
