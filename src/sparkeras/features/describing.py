"""A table for people who look before they train: each column with its distribution, from one scan.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras.errors import InvalidColumnError
from sparkeras.features import scan
from sparkeras.features.inferring import LeftOut, infer
from sparkeras.features.learning import require_columns
from sparkeras.features.times import DAY

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

    from sparkeras.features.kinds import Kind
    from sparkeras.features.summaries import Summary
    from sparkeras.plots.canvas import Target

_SHARES = np.linspace(0, 1, 65)
_FREQUENT = 40
_SCHEMA = (
    "column string, type string, kind string, missing double, distinct long, lowest string, median string, "
    "highest string, learned string, becomes string, frequent array<struct<value: string, rows: long>>, "
    "quantiles array<double>, rows long"
)


def describe(
    df: DataFrame, *, columns: Sequence[str] | None = None, kinds: Mapping[str, Kind] | None = None
) -> DataFrame:
    """Return what ``learn`` would make of each column of a DataFrame, and how its values are distributed.

    One Spark job over the rows; the result is small and lies on the driver.

    Parameters
    ----------
    df : DataFrame
    columns : list of str, optional
        All by default.
    kinds : dict, optional
        As in ``learn``.

    Returns
    -------
    DataFrame
        A row for each column: ``column``, its Spark ``type``, ``kind`` (``"left out"`` or ``"refused"`` where ``learn``
        would do so), share ``missing``, number of ``distinct`` values (about 3 % off where there are many; null for
        arrays), ``lowest``, ``median`` and ``highest`` of numbers and dates, what was ``learned`` or why it was not,
        what the column ``becomes``, the up to 40 most ``frequent`` values with their rows, 65 ``quantiles`` (of dates
        in days since 1970), and ``rows`` of the table.

    Raises
    ------
    InvalidColumnError
        For a column that is missing, two that differ in case alone, and a DataFrame without rows.

    Examples
    --------
    >>> from sparkeras import features
    >>> columns = features.describe(df)
    >>> columns.select("column", "kind", "missing", "learned").show(truncate=False)
    >>> features.draw("columns.png", columns)
    """
    names, kinds = list(columns or df.columns), kinds or {}
    require_columns(df, [*names, *kinds])
    found = scan.run(df, names)
    if not found:
        raise InvalidColumnError("The DataFrame has no rows to describe. Check its filters.")
    types = {field.name: field.dataType for field in df.schema.fields}
    rows = [_row(name, types[name], found[name], kinds.get(name)) for name in names]
    return df.sparkSession.createDataFrame(rows, _SCHEMA).coalesce(1)


def draw(path: Target, described: DataFrame, dark: bool = False) -> None:
    """Draw the distribution of each column, and how much of it is missing, as a PNG.

    Parameters
    ----------
    path : path or binary file
    described : DataFrame
        Of ``describe``.
    dark : bool
    """
    from sparkeras import plots

    plots.draw_columns(path, [row.asDict(recursive=True) for row in described.collect()], dark=dark)


def _row(name: str, type_: DataType, summary: Summary, kind: Kind | None) -> dict[str, Any]:
    found, learned, becomes = _taken(name, type_, summary, kind)
    points, is_dates = _points(summary)
    lowest, median, highest = (_written(points[place], is_dates) for place in (0, 32, 64)) if points else (None,) * 3
    values = [] if summary.vector.widths else summary.values.most_frequent(_FREQUENT)
    return {
        "column": name,
        "type": type_.simpleString(),
        "kind": found,
        "missing": summary.missing / summary.rows,
        "distinct": None if summary.vector.widths else summary.values.distinct(),
        "lowest": lowest,
        "median": median,
        "highest": highest,
        "learned": learned,
        "becomes": becomes,
        "frequent": [{"value": value, "rows": count + summary.values.missed} for value, count in values],
        "quantiles": points,
        "rows": summary.rows,
    }


def _taken(name: str, type_: DataType, summary: Summary, kind: Kind | None) -> tuple[str, str, str]:
    """Return the kind that ``learn`` would take, what it learns or why it does not, and what the column becomes."""
    try:
        taken = kind or infer(name, type_, summary)
        if isinstance(taken, LeftOut):
            return "left out", taken.reason, ""
        learned = taken.learn(name, summary)
    except InvalidColumnError as error:
        return "refused", str(error), ""
    return learned.kind, learned.learned(), learned.becomes()


def _points(summary: Summary) -> tuple[list[float], bool]:
    """Return the quantiles of a column of numbers or dates, none for others, and whether they are of dates."""
    present = summary.rows - summary.missing
    numbers = max(summary.numbers.values(), key=lambda numbers: numbers.rows)
    dates = max([summary.dates, *summary.text.dates.values()], key=lambda dates: dates.days.count)
    is_dates = dates.days.count > present / 2
    moments, quantiles = (dates.days, dates.quantiles) if is_dates else (numbers.moments, numbers.quantiles)
    if moments.count <= present / 2:
        return [], False
    return [moments.low, *quantiles.read(_SHARES).tolist()[1:-1], moments.high], is_dates


def _written(number: float, is_date: bool) -> str:
    if not is_date:
        return f"{number:.6g}"
    text = str(np.datetime64(round(number * DAY), "us").astype("M8[m]")).replace("T", " ")
    return text.removesuffix(" 00:00")
