"""Dates and times: days since the first one, and their places in the year, the week and the day.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features.kinds.encoded import BecomesNumbers, Encoded, share
from sparkeras.features.kinds.number import BINS
from sparkeras.features.mixed import MixedColumnError
from sparkeras.features.summaries import Summary
from sparkeras.features.summaries.dates import DateSummary
from sparkeras.features.times import DAY, FORMATS, ISO, as_times

_PERIODS = {"year": 365.2425, "week": 7.0, "day": 1.0}  # in days


@dataclass(frozen=True)
class Date:
    """A date or a point in time.

    Parameters
    ----------
    format : str, optional
        Of texts: ``"2024-12-31"``, ``"31.12.2024"``, ``"31/12/2024"``, ``"12/31/2024"`` or ``"2024/12/31"``, each with
        or without hours and minutes; by default the one in which all rows are dates.
    zone : str, optional
        Whose clock tells the hour and the day of times with a zone (Spark's timestamps, texts with an offset), such as
        ``"Europe/Oslo"``; by default UTC. Times without a zone are taken as they stand.
    """

    format: str | None = None
    zone: str | None = None
    name = "date"

    def __post_init__(self) -> None:
        if self.format is not None and self.format not in FORMATS:
            raise InvalidColumnError(f"A date's format is one of {', '.join(FORMATS)}; got {self.format!r}.")
        if self.zone is not None:
            try:
                zoneinfo.ZoneInfo(self.zone)
            except (ValueError, zoneinfo.ZoneInfoNotFoundError) as error:
                raise InvalidParamError(
                    f"'zone' of a date is a time zone such as 'Europe/Oslo'; got {self.zone!r}."
                ) from error

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedDate:
        """Return the column with its format and range.

        Raises
        ------
        InvalidColumnError
            If it holds no dates, texts that are none, or dates in several formats.
        """
        format, dates = None, summary.dates
        if not dates.days.count:
            format = self.format or only_format(column, summary)
            dates = summary.text.dates.get(format, DateSummary())
        wrong = summary.rows - summary.missing - dates.days.count
        if wrong or not dates.days.count:
            raise InvalidColumnError(
                f"Column {column!r}: {wrong:,} of {summary.rows:,} rows hold no date like {format or ISO}"
                f"{_example(summary, format or ISO)}. Mend them, or take the column as another kind."
            )
        gaps = summary.missing / summary.rows
        return LearnedDate(column, format, dates.days.low, dates.days.high, dates.has_clock, gaps, self.zone)


def _example(summary: Summary, format: str) -> str:
    """Return the end of a sentence with a value that is not a date of a format; nothing where none is held."""
    values = pa.array(summary.values.counts, pa.string())
    wrong = as_times(values, format)[2]
    return f", such as {values[int(wrong.argmax())].as_py()!r}" if wrong.any() else ""


def only_format(column: str, summary: Summary) -> str:
    """Return the format in which all texts of a column are dates.

    Raises
    ------
    MixedColumnError
        If there is none: names the formats that some of the rows have, with an example of each.
    """
    counts = {name: dates.days.count for name, dates in summary.text.dates.items()}
    best = max(counts, key=lambda name: counts[name], default=ISO)
    if counts and counts[best] < sum(counts.values()) and counts[best] < summary.rows - summary.missing:
        shown = ", ".join(f"{dates.example!r} ({counts[name]:,})" for name, dates in summary.text.dates.items())
        rarest = min(counts, key=lambda name: counts[name])
        raise MixedColumnError(
            f"Column {column!r} holds dates in {len(counts)} formats: {shown}",
            "Write all of them in one, or take the column as a category.",
            column,
            summary.text.dates[rarest].example,
        )
    return best


@dataclass(frozen=True)
class LearnedDate(BecomesNumbers):
    """A column of dates.

    Attributes
    ----------
    column : str
    format : str or None
        Of texts.
    first, last : float
        Days since 1970.
    has_clock : bool
        Whether hours count.
    gaps : float
        Share of the rows without a date.
    zone : str or None
        See ``Date``.
    """

    column: str
    format: str | None
    first: float
    last: float
    has_clock: bool
    gaps: float
    zone: str | None = None
    kind = "date"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Days since the first date, sine and cosine of the place in each period, a flag of a gap."""
        waves = [f"{self.column} {wave} of {period}" for period in self._periods for wave in ("sine", "cosine")]
        return (f"{self.column} days", *waves, *([f"{self.column} missing"] if self.gaps else []))

    @property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance as if all days of the range were as frequent."""
        range_ = max(self.last - self.first, 1.0)
        waves = 2 * len(self._periods)
        mean = [range_ / 2, *[0.0] * waves, *([self.gaps] if self.gaps else [])]
        variance = [range_**2 / 12, *[0.5] * waves, *([self.gaps * (1 - self.gaps)] if self.gaps else [])]
        return np.array(mean), np.array(variance)

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """Edges at equal distances: of the range for the days, of -1 to 1 for the waves."""
        days = np.linspace(0, max(self.last - self.first, 1.0), BINS + 1).astype(np.float32).tolist()
        waves = np.linspace(-1, 1, BINS // 4 + 1).astype(np.float32).tolist()
        return (tuple(days), *[tuple(waves)] * (2 * len(self._periods)), *([()] if self.gaps else []))

    @property
    def _periods(self) -> tuple[str, ...]:
        """The periods that the range covers at least half of."""
        range_ = self.last - self.first
        periods = [name for name, days in _PERIODS.items() if range_ > days / 2]
        return tuple(name for name in periods if name != "day" or self.has_clock)

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, numbers) float32; a gap is in the middle of the range and of each period."""
        micros, missing, wrong = as_times(columns[self.column], self.format, self.zone)
        days = micros / DAY
        parts = [np.where(missing, (self.last - self.first) / 2, days - self.first)]
        for period in self._periods:
            # The 1st of January 1970 was a Thursday; which day is zero does not matter.
            angle = 2 * np.pi * (days % _PERIODS[period]) / _PERIODS[period]
            parts += [np.where(missing, 0, np.sin(angle)), np.where(missing, 0, np.cos(angle))]
        if self.gaps:
            parts.append(missing)
        invalid = wrong | (missing & (not self.gaps))
        return Encoded(np.stack(parts, axis=1).astype(np.float32), invalid)

    def learned(self) -> str:
        """Say in a few words what was learned."""
        first, last = (np.datetime64(int(day), "D") for day in (self.first, self.last))
        missing = f", {share(self.gaps)} missing" if self.gaps else ""
        return f"{first} to {last}{missing}"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        periods = ", ".join(self._periods)
        clock = f" by the clock of {self.zone}" if self.zone else ""
        return "days since the first" + (f", place in {periods}" if periods else "") + clock
