"""Dates and times of a column as microseconds since 1970 by a clock; texts are read in one of a few formats.

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


def as_times(
    column: pa.Array, format: str | None, zone: str | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (microseconds (rows,) int64, mask of rows without a time, mask of texts that are not such time).

    A time with a zone (Spark's timestamps, texts with an offset) is an instant, told by the clock of ``zone``. One
    without is what that clock shows: it is taken as it stands. Spark's session time zone plays no part.

    Parameters
    ----------
    column : pyarrow.Array
        Of dates, timestamps, or texts.
    format : str or None
        A key of FORMATS, for texts; None: the first, in which JSON has dates.
    zone : str or None
        Such as ``"Europe/Oslo"``; None: UTC.
    """
    if is_time(column.type):
        has_zone = getattr(column.type, "tz", None) is not None
        times = column.cast(pa.timestamp("us", tz="UTC" if has_zone else None), safe=False)
        micros = _shown(times, zone) if has_zone and zone else times.cast(pa.int64())
        missing = micros.is_null().to_numpy(zero_copy_only=False)
        return micros.fill_null(0).to_numpy(zero_copy_only=False), missing, np.zeros(len(column), bool)
    column = texts(column)
    parts = pc.extract_regex(column, FORMATS[format or ISO])
    matched = pc.fill_null(pc.is_valid(parts), False).to_numpy(zero_copy_only=False)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    micros, good = _micros(parts)
    good &= matched
    micros = np.where(good, micros, 0)
    if zone:
        has_zone = pc.not_equal(pc.fill_null(pc.struct_field(parts, "z"), ""), "").to_numpy(zero_copy_only=False)
        shown = _shown(pa.array(micros).cast(pa.timestamp("us", tz="UTC")), zone).to_numpy(zero_copy_only=False)
        micros = np.where(has_zone, shown, micros)
    return micros, missing | ~good, ~missing & ~good


def _shown(instants: pa.Array, zone: str) -> pa.Array:
    """Return instants as microseconds that a clock of a zone shows."""
    return pc.local_timestamp(instants.cast(pa.timestamp("us", tz=zone))).cast(pa.int64())


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
