"""Learn the columns of a DataFrame in one Spark job.

Runs on: driver.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import InvalidColumnError
from sparkeras.features import label as labels
from sparkeras.features import scan
from sparkeras.features.inferring import LeftOut, infer
from sparkeras.features.kinds import Kind, Learned
from sparkeras.features.spec import Features
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def learn(
    df: DataFrame,
    label: str | None = None,
    *,
    columns: Sequence[str] | None = None,
    kinds: Mapping[str, Kind | None] | None = None,
    task: str | None = None,
) -> Features:
    """Learn the columns of a DataFrame: one Spark job, whatever their number.

    Parameters
    ----------
    df : DataFrame
    label : str, optional
        The label column.
    columns : list of str, optional
        The columns to use; all but the label by default.
    kinds : dict, optional
        The kind of a column, e.g. ``{"zip": features.category(), "age": features.number(missing="impute")}``; None
        leaves a column out. Kinds of other columns are found by type and values.
    task : str, optional
        ``"classification"`` or ``"regression"``; found by the label's values where it is not given.

    Returns
    -------
    Features

    Raises
    ------
    InvalidColumnError
        For a column that is missing, two that differ in case alone, or one that cannot be what it is said to be.

    Examples
    --------
    >>> from sparkeras import features
    >>> spec = features.learn(df, label="species")
    >>> print(spec)
    """
    kinds = dict(kinds or {})
    require_columns(df, [*(columns or ()), *kinds, *([label] if label else [])])
    names = [name for name in dict.fromkeys([*(columns or df.columns), *kinds]) if name != label]
    wanted = [name for name in names if kinds.get(name, ...) is not None]
    pairs = [other for kind in kinds.values() if (other := getattr(kind, "together_with", None))]
    read = list(dict.fromkeys([*wanted, *pairs, *([label] if label else [])]))
    if not wanted:
        raise InvalidColumnError(f"No column is left to learn from; the DataFrame has {listed(df.columns)}.")
    found = scan.run(df, read)
    if not found:
        raise InvalidColumnError("The DataFrame has no rows to learn from. Check its filters.")
    left_out = {name: "left out by request" for name in names if kinds.get(name, ...) is None}
    types = {field.name: field.dataType for field in df.schema.fields}
    learned: list[Learned] = []
    for name in wanted:
        kind = kinds.get(name) or infer(name, types[name], found[name])
        if isinstance(kind, LeftOut):
            left_out[name] = kind.reason
        else:
            learned.append(kind.learn(name, found[name]))
    if not learned:
        raise InvalidColumnError(f"No column can be used: {'; '.join(f'{k!r}: {why}' for k, why in left_out.items())}.")
    known = None
    if label:
        is_text = types[label].typeName() in ("string", "char", "varchar", "boolean")
        known = labels.learn(found[label], is_text, task)
    return Features(tuple(learned), left_out, known, next(iter(found.values())).rows)


def require_columns(df: DataFrame, names: Sequence[str]) -> None:
    """Raise InvalidColumnError where a DataFrame lacks a column, or has two that differ in case alone."""
    known = dict.fromkeys(df.columns)
    missing = next((name for name in names if name not in known), None)
    if missing is not None:
        raise InvalidColumnError(f"Column {missing!r} is not in the DataFrame; it has {listed(known)}.")
    counts = collections.Counter(map(str.lower, df.columns))
    alike = [name for name in df.columns if counts[name.lower()] > 1]
    if alike:
        same = [name for name in alike if name.lower() == alike[0].lower()]
        raise InvalidColumnError(
            f"The DataFrame has the columns {listed(same)}, which Spark does not tell apart. Rename or drop all but "
            "one."
        )
