"""Rows as a model gets them, and what is wrong in them, counted: holes, labels that their loss does not take, weights.

Runs on: driver, Spark task.
"""

import numpy as np

from sparkeras.engine.columns import Field, column_names, decode, invalid_rows
from sparkeras.engine.columns.label_limits import FINITE, WEIGHT, Limits
from sparkeras.errors import InvalidColumnError

VALIDATION = Field("validation", "validation", ()).key


class Inspection:
    """Decode Arrow batches and count what is wrong in them.

    Parameters
    ----------
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
        What labels, and inputs where it matters, must be, by field key; other labels must be finite.
    """

    def __init__(self, fields, limits):
        self.fields = fields
        limits = {key: Limits(*each) for key, each in limits.items()}
        general = {"label": FINITE, "weight": WEIGHT}
        general = {field.key: general[field.role] for field in fields if field.role in general}
        self.limits = general | {field.key: limits[field.key] for field in fields if field.key in limits}
        self.facts = {"rows": 0, "skipped": 0, "marked": 0, "layout": None, "holes": {}, "wrong": {}}

    def read(self, record_batch):
        """Return the arrays (rows, ...) of all fields, by field key, for the rows that hold no null or NaN.

        Parameters
        ----------
        record_batch : pyarrow.RecordBatch
            Its columns are those of ``columns.column_names``.

        Raises
        ------
        InvalidColumnError
            If rows change their width, or are not as wide as the model's input.
        """
        columns = dict(zip(column_names(self.fields), record_batch.columns, strict=True))
        arrays, invalid = {}, np.zeros(record_batch.num_rows, bool)
        for field in self.fields:
            arrays[field.key], bad = decode(field, columns)
            _count(self.facts["holes"], field.key, int(bad.sum()))
            invalid |= bad
        if invalid.any():
            self.facts["skipped"] += int(invalid.sum())
            arrays = {key: array[~invalid] for key, array in arrays.items()}
        if not invalid.all():
            self.look(arrays, int((~invalid).sum()))
        return arrays

    def look(self, arrays, rows):
        """Count what is wrong in arrays of ``rows`` rows without holes, by field key."""
        self.facts["rows"] += rows
        if VALIDATION in arrays:
            self.facts["marked"] += int(np.count_nonzero(arrays[VALIDATION]))
        for key, limits in self.limits.items():
            count, example = limits.find(arrays[key])
            if count:
                before, first = self.facts["wrong"].get(key, (0, example))
                self.facts["wrong"][key] = (before + count, first)
        layout = [(name, array.dtype.str, array.shape[1:]) for name, array in arrays.items()]
        if self.facts["layout"] is None:
            self.facts["layout"] = layout
        require_same(self.facts["layout"], layout)

    def require_right(self, skip_invalid):
        """Do as the function of this name, with what this inspection has seen."""
        require_right(self.fields, self.limits, self.facts, skip_invalid)


def require_same(first, then):
    """Raise InvalidColumnError if rows have two layouts, each a list of (field key, dtype, shape of a row)."""
    if then != first:
        raise InvalidColumnError(
            f"Rows are not all of one width: first {first}, then {then}. Pad or cut them to one length first."
        )


def require_right(fields, limits, facts, skip_invalid):
    """Raise InvalidColumnError for what is wrong in rows, with a count and an example.

    Parameters
    ----------
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
        By field key.
    facts : dict
        Of one Inspection, or of several together.
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else they are an error.
    """
    by_key = {field.key: field for field in fields}
    if facts["holes"] and not skip_invalid:
        raise invalid_rows("; ".join(f"{by_key[key].words()}: {n} row(s)" for key, n in facts["holes"].items()))
    for key, (count, example) in facts["wrong"].items():
        raise InvalidColumnError(limits[key].words(by_key[key].title(), example, count, facts["rows"]))


def merged(everything):
    """Return the facts of several Inspections as those of one.

    Raises
    ------
    InvalidColumnError
        If their rows are not all of one width.
    """
    total = Inspection([], {}).facts
    for facts in everything:
        for name in ("rows", "skipped", "marked"):
            total[name] += facts[name]
        for key, count in facts["holes"].items():
            _count(total["holes"], key, count)
        for key, (count, example) in facts["wrong"].items():
            before, first = total["wrong"].get(key, (0, example))
            total["wrong"][key] = (before + count, first)
        total["layout"] = total["layout"] or facts["layout"]
        if facts["layout"]:
            require_same(total["layout"], facts["layout"])
    return total


def _count(counts, key, more):
    if more:
        counts[key] = counts.get(key, 0) + more
