"""For ``check`` only: look at all values of a DataFrame: labels, weights, nulls, widths, validation marks.

Runs on: driver.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sparkeras import errors
from sparkeras.engine import columns
from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight import partition_check, probe
from sparkeras.engine.preflight.finding import Finding, attempt
from sparkeras.engine.shards import require_rows, validation_column
from sparkeras.engine.shards.inspection import Facts, Inspection, merged, require_right
from sparkeras.spark import tasks
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def findings(
    df: DataFrame, fields: list[Field], limits: dict[str, Limits], settings: Settings, seconds: int
) -> list[Finding]:
    """Return the findings about the values of all rows, looked at by one Spark job.

    Parameters
    ----------
    df : DataFrame
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
    settings : Settings
    seconds : int
        Longest wait for the job.
    """
    needed = df.select(*(quoted(name) for name in columns.column_names(fields)))
    task = tasks.portable("sparkeras.engine.preflight.partition_check", "look", (fields, limits))
    rows = columns.by_number(needed).mapInArrow(task, partition_check.SCHEMA)
    answers, problem = probe.ask("values", probe.collect, rows, seconds, "The values of all rows were not looked at")
    if answers is None:
        return problem
    parts = [json.loads(row.answer) for row in answers]
    facts, problem = attempt("values", _agreed, parts)
    if facts is None:
        return problem
    problem = attempt("values", _require_right, fields, limits, facts, settings)[1]
    if problem:
        return problem
    skipped = f", {facts['skipped']:,} of them left out for a null or NaN" if facts["skipped"] else ""
    looked = Finding("values", "ok", f"All rows were looked at{skipped}; the training takes their values.")
    return [looked, *_infinite(fields, parts)]


def _infinite(fields: list[Field], parts: list[dict[str, Any]]) -> list[Finding]:
    """Return a warning for each input with infinite numbers: a layer of the user may know what to do with them."""
    counts = {field.title(): sum(part["infinite"].get(field.key, 0) for part in parts) for field in fields}
    return [
        Finding(
            "values",
            "warning",
            f"{title}: infinite numbers in {count:,} row(s), of which most models make NaN.",
            "Replace them, or leave these rows out.",
        )
        for title, count in counts.items()
        if count
    ]


def _agreed(answers: list[dict[str, Any]]) -> Facts:
    """Return the facts of all partitions together.

    Raises
    ------
    SparkerasError
        The error of a partition that has one.
    """
    for each in answers:
        if "error" in each:
            raise (errors.named(each["error"]) or errors.SparkerasError)(each["message"])
    return merged(each["facts"] for each in answers)


def _require_right(fields: list[Field], limits: dict[str, Limits], facts: Facts, settings: Settings) -> None:
    limits = Inspection(fields, limits).limits
    require_right(fields, limits, facts, settings.skips_invalid)
    column = validation_column(fields)
    if column:
        require_rows(facts["rows"] - facts["marked"], facts["marked"], wanted=False, column=column)
