"""Whether a training would refuse values of a DataFrame's rows: labels, weights, holes, widths, validation marks.

Runs on: driver.
"""

import json

from sparkeras import errors
from sparkeras.engine import columns
from sparkeras.engine.preflight import looking, probe
from sparkeras.engine.preflight.requirements import Finding, attempt
from sparkeras.engine.shards import require_rows, validation_column
from sparkeras.engine.shards.inspection import Inspection, merged, require_right
from sparkeras.spark import tasks
from sparkeras.spark.names import quoted


def findings(df, fields, limits, settings, seconds):
    """Return the findings about the values of all rows, looked at by one Spark job.

    Parameters
    ----------
    df : DataFrame
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
    settings : params.Settings
    seconds : int
        Longest wait for the job.
    """
    needed = df.select(*(quoted(name) for name in columns.column_names(fields)))
    task = tasks.portable("sparkeras.engine.preflight.looking", "look", (fields, limits))
    rows = columns.by_number(needed).mapInArrow(task, looking.SCHEMA)
    found, problem = probe.ask("values", probe.collect, rows, seconds, "The values of all rows were not looked at")
    if problem:
        return problem
    facts, problem = attempt("values", _agreed, [json.loads(row.said) for row in found])
    problem = problem or attempt("values", _require_right, fields, limits, facts, settings)[1]
    if problem:
        return problem
    skipped = f", {facts['skipped']:,} of them left out for a null or NaN" if facts["skipped"] else ""
    return [Finding("values", "ok", f"All rows were looked at{skipped}; the training takes their values.")]


def _agreed(said):
    """Return the facts of all partitions together.

    Raises
    ------
    SparkerasError
        What ended the look at one of them.
    """
    for each in said:
        if "error" in each:
            raise (errors.named(each["error"]) or errors.SparkerasError)(each["words"])
    return merged(each["facts"] for each in said)


def _require_right(fields, limits, facts, settings):
    limits = Inspection(fields, limits).limits
    require_right(fields, limits, facts, settings.handle_invalid == "skip")
    column = validation_column(fields)
    if column:
        require_rows(facts["rows"] - facts["marked"], facts["marked"], wanted=False, column=column)
