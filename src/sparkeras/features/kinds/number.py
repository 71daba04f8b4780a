"""Numbers: as they are, by their logarithm or by their place; a gap is filled, and flagged beside.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features.kinds.curve import Curve
from sparkeras.features.kinds.encoded import BecomesNumbers, Encoded, amount, share
from sparkeras.features.reading import as_numbers
from sparkeras.features.summaries import Numbers, Summary
from sparkeras.files.written_numbers import COMMA, POINT
from sparkeras.spark.names import listed

BINS = 64
_SHARES = np.array([0.001, 0.25, 0.5, 0.75, 0.999])
_SKEWED = 20.0  # of the outer quantiles' distance from the median, in quartile distances
_SAMPLE = np.linspace(0.0005, 0.9995, 1000)
_CURVE = 257  # points of the curve from a number to its place in a normal distribution
_SCALES = ("auto", "plain", "log", "quantile")
_MISSING = ("flag", "impute", "error")


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
        times ln(1 + |x| / m), m the median of |x|; ``"quantile"``: by the share of the rows below it, as the number of
        a normal distribution that has this share below (what scikit-learn's QuantileTransformer does).
    style : str, optional
        Of texts, ``"1,234.5"`` or ``"1.234,5"``; by default the one in which more of them are numbers.
    """

    missing: str = "flag"
    scale: str = "auto"
    style: str | None = None
    name = "number"

    def __post_init__(self) -> None:
        for name, known in (("missing", _MISSING), ("scale", _SCALES), ("style", (None, POINT, COMMA))):
            if getattr(self, name) not in known:
                raise InvalidParamError(f"{name!r} of a number is one of {listed(known)}; got {getattr(self, name)!r}.")

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedNumber:
        """Return the column with median, mean and variance of its numbers.

        Raises
        ------
        InvalidColumnError
            If it holds no number at all, or some in one unit and some in another.
        """
        style = self.style or max(summary.numbers, key=lambda style: summary.numbers[style].rows)
        numbers = summary.numbers[style]
        if not numbers.moments.count:
            raise InvalidColumnError(f"Column {column!r} holds no number: all its values are missing. Leave it out.")
        if len(numbers.units) > 1:
            raise InvalidColumnError(
                f"Column {column!r} holds numbers with the signs {listed(sorted(numbers.units))}. Convert them to one "
                "unit, or take the column as a category."
            )
        curve = self._curve(numbers)
        mean, variance = numbers.moments.mean, numbers.moments.variance
        if curve.is_bent:
            sample = curve.of(numbers.quantiles.read(_SAMPLE))
            mean, variance = float(sample.mean()), float(sample.var())
        edges = np.unique(curve.of(numbers.quantiles.read(np.linspace(0, 1, BINS + 1))).astype(np.float32))
        return LearnedNumber(
            column,
            self.missing,
            gaps=1 - numbers.moments.count / summary.rows,
            fill=float(numbers.quantiles.read(np.array([0.5]))[0]),
            mean=mean,
            variance=variance,
            unit=curve.unit,
            edges=tuple(edges.tolist()),
            points=curve.points,
            style=style,
            signs="".join(numbers.units),
            has_others=summary.missing + numbers.rows < summary.rows,
        )

    def _curve(self, numbers: Numbers) -> Curve:
        low, first, median, third, high = numbers.quantiles.read(_SHARES).tolist()
        if self.scale == "quantile":
            return Curve(points=tuple(numbers.quantiles.read(np.linspace(0, 1, _CURVE)).tolist()))
        spread = third - first or (high - low) / 2 or 1.0
        far = max(high - median, median - low) / spread
        if self.scale == "log" or (self.scale == "auto" and far > _SKEWED):
            sizes = np.abs(numbers.quantiles.read(_SAMPLE))
            return Curve(unit=float(np.median(sizes)) or float(sizes.mean()) or 1.0)
        return Curve()


@dataclass(frozen=True)
class LearnedNumber(BecomesNumbers):
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
    unit, points : float, tuple of float
        Of their Curve.
    edges : tuple of float
        Of bins of the encoded numbers, of about as many training rows each.
    style, signs : str
        In which texts are numbers, see ``written_numbers.read``.
    has_others : bool
        Whether training had texts that are not numbers: they are gaps. Where it had none, such a text is an error.
    """

    column: str
    missing: str
    gaps: float
    fill: float
    mean: float
    variance: float
    unit: float = 0.0
    edges: tuple[float, ...] = ()
    points: tuple[float, ...] = ()
    style: str = POINT
    signs: str = ""
    has_others: bool = False
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
        numbers, wrong = as_numbers(columns[self.column], self.style, self.signs)
        gap = ~np.isfinite(numbers)
        numbers = self._curve.of(np.where(gap, self.fill, numbers))
        parts = [numbers, gap] if self._flags else [numbers]
        refused = self.missing == "error" or (self.missing == "flag" and not self._flags)
        wrong &= not self.has_others
        return Encoded(np.stack(parts, axis=1).astype(np.float32), wrong | (gap & refused))

    def learned(self) -> str:
        """Say in a few words what was learned."""
        missing = f", {share(self.gaps)} missing" if self.gaps else ""
        return f"median {amount(self.fill)}{self.signs and ' '}{self.signs}{missing}"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        return f"{self._curve.becomes} and a flag for missing" if self._flags else self._curve.becomes

    @property
    def _curve(self) -> Curve:
        return Curve(self.unit, self.points)
