"""Numbers as people write them: separators of thousands, a decimal point or comma, the sign of a unit.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import functools

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

POINT, COMMA = "1,234.5", "1.234,5"  # how a column writes its numbers, by an example
UNITS = "%$€£¥"  # one before or after a number leaves it as it is: "12 %" is 12
_BLANKS = r"[ \x{a0}\x{202f}'’]"  # between thousands: blanks that do not break, Swiss apostrophes
_MINUS = "\N{MINUS SIGN}"
_DIGIT = r"\d"
# Thousands, the mark between whole and fraction.
_MARKS = {POINT: (",", "."), COMMA: (".", ",")}


def read(column: pa.Array, style: str = POINT, units: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return texts as float64 numbers (rows,), NaN where there is none, and a mask of texts that are not such numbers.

    Parameters
    ----------
    column : pyarrow.Array
        Of texts without blanks around them; null where there is no value.
    style : str
        POINT or COMMA. ``"1,234"`` is 1234 in the one and 1.234 in the other.
    units : str
        Signs that may stand before or after a number.
    """
    good = pc.and_(pc.match_substring_regex(column, _pattern(style, units)), pc.match_substring_regex(column, _DIGIT))
    wrong = pc.fill_null(pc.invert(good), False).to_numpy(zero_copy_only=False)
    plain = pc.if_else(good, column, pa.scalar(None, pa.string()))
    thousands, mark = _MARKS[style]
    plain = pc.replace_substring(plain, thousands, "")
    if style == COMMA:
        plain = pc.replace_substring(plain, mark, ".")
    plain = pc.replace_substring(pc.replace_substring_regex(plain, _ornaments(), ""), _MINUS, "-")
    numbers = pc.cast(pc.replace_substring_regex(plain, r"\.($|[eE])", r"\1"), pa.float64())
    return numbers.to_numpy(zero_copy_only=False).astype(np.float64), wrong


def units_of(column: pa.Array) -> set[str]:
    """Return the signs of units that stand in texts of numbers."""
    found = pc.struct_field(pc.extract_regex(column, f"(?P<unit>[{UNITS}])"), "unit")
    return {unit for unit in found.unique().to_pylist() if unit}


@functools.cache
def _pattern(style: str, units: str) -> str:
    thousands, mark = _MARKS[style]
    unit = f"(?:[{units}] ?)?" if units else ""
    after = f"(?: ?[{units}])?" if units else ""
    groups = rf"\d{{1,3}}(?:[{thousands}]\d{{3}})+|\d{{1,3}}(?:{_BLANKS}\d{{3}})+|\d+"
    return rf"^{unit}[-+{_MINUS}]?{unit}(?:{groups})?(?:[{mark}]\d*)?(?:[eE][-+]?\d+)?{after}$"


def _ornaments() -> str:
    return rf"{_BLANKS}|[{UNITS}]"
