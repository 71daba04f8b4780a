"""Dates and times of a column as microseconds since 1970 in UTC; texts are read in one of a few formats.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.features.reading import texts

DAY = 86_400_000_000  # microseconds
ISO = "2024-12-31"
_CLOCK = r"(?:[T ](?P<H>\d{2}):(?P<M>\d{2})(?::(?P<S>\d{2})(?:\.(?P<f>\d{1,9}))?)?)?"
_ZONE = r"(?P<z>Z|[-+]\d{2}:?\d{2})?"
# By an example: a date, and where it has a clock, hours and minutes too.
FORMATS = {
    "2024-12-31": rf"^(?P<y>\d{{4}})-(?P<m>\d{{2}})-(?P<d>\d{{2}}){_CLOCK}{_ZONE}$",
    "2024/12/31": rf"^(?P<y>\d{{4}})/(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}}){_CLOCK}(?P<z>)$",
    "31.12.2024": rf"^(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>\d{{4}}){_CLOCK}(?P<z>)$",
    "31/12/2024": rf"^(?P<d>\d{{1,2}})/(?P<m>\d{{1,2}})/(?P<y>\d{{4}}){_CLOCK}(?P<z>)$",
    "12/31/2024": rf"^(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}){_CLOCK}(?P<z>)$",
}


def is_time(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type is that of dates or of timestamps."""
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def as_times(column: pa.Array, format: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (microseconds (rows,) int64, mask of rows without a time, mask of texts that are no such time).

    Parameters
    ----------
    column : pyarrow.Array
        Of dates, timestamps, or texts.
    format : str or None
        A key of FORMATS, for texts; None: the first, in which JSON has dates.
    """
    if is_time(column.type):
        # A timestamp with a zone is microseconds in UTC already; one without is taken as it stands.
        micros = column.cast(pa.timestamp("us", tz=getattr(column.type, "tz", None)), safe=False).cast(pa.int64())
        missing = micros.is_null().to_numpy(zero_copy_only=False)
        return micros.fill_null(0).to_numpy(zero_copy_only=False), missing, np.zeros(len(column), bool)
    column = texts(column)
    parts = pc.extract_regex(column, FORMATS[format or ISO])
    matched = pc.fill_null(pc.is_valid(parts), False).to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    micros, good = _micros(parts)
    good &= matched
    return np.where(good, micros, 0), missing | ~good, ~missing & ~good


def _micros(parts: pa.StructArray) -> tuple[np.ndarray, np.ndarray]:
    """Return microseconds of the parts of dates, and a mask of those that exist: no 31st of June."""

    def number(name: str) -> np.ndarray:
        text = pc.struct_field(parts, name)
        text = pc.if_else(pc.equal(pc.fill_null(text, ""), ""), "0", text)
        return text.cast(pa.int64()).to_numpy(zero_copy_only=False)

    year, month, day = number("y"), number("m"), number("d")
    hour, minute, second = number("H"), number("M"), number("S")
    good = (month >= 1) & (month <= 12) & (hour < 24) & (minute < 60) & (second < 61)
    first = ((np.where(good, year, 1970) - 1970) * 12 + np.where(good, month, 1) - 1).astype("M8[M]")
    length = ((first + np.timedelta64(1, "M")).astype("M8[D]") - first.astype("M8[D]")).astype(np.int64)
    good &= (day >= 1) & (day <= length)
    days = first.astype("M8[D]").astype(np.int64) + day - 1
    fraction = pc.utf8_rpad(pc.utf8_slice_codeunits(pc.fill_null(pc.struct_field(parts, "f"), ""), 0, 6), 6, "0")
    micro = fraction.cast(pa.int64()).to_numpy(zero_copy_only=False)
    seconds = days * 86_400 + hour * 3600 + minute * 60 + second - _offset(pc.struct_field(parts, "z"))
    return seconds * 1_000_000 + micro, good


def _offset(zones: pa.Array) -> np.ndarray:
    """Return the seconds by which each zone is before UTC: ``"+02:00"`` is 7,200."""
    zones = pc.replace_substring(pc.fill_null(zones, ""), ":", "")
    zones = pc.if_else(pc.equal(pc.binary_length(zones), 5), zones, "+0000")
    hours = pc.utf8_slice_codeunits(zones, 1, 3).cast(pa.int64()).to_numpy(zero_copy_only=False)
    minutes = pc.utf8_slice_codeunits(zones, 3, 5).cast(pa.int64()).to_numpy(zero_copy_only=False)
    sign = np.where(pc.starts_with(zones, "-").to_numpy(zero_copy_only=False), -1, 1)
    return sign * (hours * 3600 + minutes * 60)
