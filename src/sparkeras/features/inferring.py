"""Infer the kind of a column from its type and its Summary, or the reason to leave it out.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sparkeras.features.kinds import Category, Date, Kind, Number, Text, Vector
from sparkeras.features.kinds.date import only_format
from sparkeras.features.mixed import MixedColumnError
from sparkeras.files.written_numbers import POINT

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

    from sparkeras.features.summaries import Summary

_DENSE_FROM, _MOST_GAPS = 100, 1.5  # rows, and numbers for each, of numbers of rows of which some were put aside
_IDS_FROM = 20  # rows from which a column without a repeated value is an id
_NEARLY_ALL = 0.9
_MANY, _ROWS_EACH = 1000, 3  # so many values with so few rows each are ids, too
_SENTENCE = 3.0  # words of a text, on average
_OPAQUE = ("array", "struct", "map", "binary", "variant", "daytimeinterval", "yearmonthinterval", "calendarinterval")


class LeftOut(NamedTuple):
    """Why a column is left out."""

    reason: str


def infer(column: str, type_: DataType, summary: Summary) -> Kind | LeftOut:
    """Return the kind of a column.

    Raises
    ------
    MixedColumnError
        For a column of texts most of which, but not all, are numbers, or are dates in several formats.
    """
    name = type_.typeName()
    present = summary.rows - summary.missing
    if not present:
        return LeftOut("all its values are missing")
    if summary.vector.widths:
        return _of_arrays(summary)
    if name in _OPAQUE or type(type_).__name__.endswith("UDT"):
        return LeftOut(_why_not(type_))
    if summary.values.distinct() == 1 and not summary.missing:
        return LeftOut("it is constant")
    if name in ("date", "timestamp", "timestamp_ntz"):
        return Date()
    if name in ("string", "char", "varchar", "time"):
        return _of_texts(column, summary, present)
    if name == "boolean":
        return Category()
    if name in ("byte", "short", "integer", "long") and _counts_rows(summary, is_whole=True):
        return LeftOut("it numbers the rows")
    return Number()


def _why_not(type_: DataType) -> str:
    """Return why a column of values in values, or of bytes, is left out, and what could be done."""
    fields = {field.name for field in getattr(type_, "fields", ())}
    if type_.typeName() == "binary" or {"nChannels", "data"} <= fields:
        return "it holds bytes; a model gets images alone, as its feature column"
    return f"it is {type_.simpleString()[:60]}; select what it holds into columns of their own"


def _of_arrays(summary: Summary) -> Kind | LeftOut:
    widths = sorted(summary.vector.widths)
    if len(widths) == 1 and widths[0]:
        return Vector()
    return LeftOut(f"its arrays have {' and '.join(map(str, widths)) or 'no'} numbers, not as many in each row")


def _of_texts(column: str, summary: Summary, present: int) -> Kind | LeftOut:
    text, distinct = summary.text, summary.values.distinct()
    style = max(summary.numbers, key=lambda style: summary.numbers[style].rows)
    numbers = summary.numbers[style]
    if numbers.rows == present:
        return LeftOut("it numbers the rows") if _counts_rows(summary) else Number()
    if numbers.rows >= _NEARLY_ALL * present:
        raise MixedColumnError(
            f"Column {column!r} holds numbers, but {present - numbers.rows:,} of {present:,} rows hold other texts, "
            f"such as {numbers.odd!r}",
            f"Mend them; or take it as a number (features.number(), --kind {column}=number), where these count as "
            "missing, or as a category.",
            column,
            numbers.odd,
        )
    if sum(dates.days.count for dates in text.dates.values()) >= _NEARLY_ALL * present:
        return Date(only_format(column, summary))
    if text.mean_words() >= _SENTENCE and distinct > present / 2:
        return Text()
    is_own = present >= _IDS_FROM and distinct > _NEARLY_ALL * present
    if is_own or (distinct > _MANY and present < _ROWS_EACH * distinct):
        return LeftOut(f"it is an id: {distinct:,} values in {present:,} rows")
    return Category()


def _counts_rows(summary: Summary, is_whole: bool = False) -> bool:
    """Tell whether numbers go from one to the next without a repetition: a number of the row.

    ``is_whole``: they are whole numbers. Then some may lack, as those of the rows that were put aside for the test.
    """
    moments = summary.numbers[POINT].moments
    span, count = moments.high - moments.low + 1, moments.count
    dense = span == count or (is_whole and count >= _DENSE_FROM and span <= _MOST_GAPS * count)
    return count >= _IDS_FROM and dense and summary.values.distinct() >= 0.9 * count
