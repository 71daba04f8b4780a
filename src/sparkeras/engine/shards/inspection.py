"""Rows as arrays, and their faults, counted: nulls, labels outside the limits of their loss, negative weights.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from sparkeras.engine.columns import Field, column_names, decode, invalid_rows
from sparkeras.engine.columns.label_limits import FINITE, WEIGHT, Limits
from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    import pyarrow as pa

    from sparkeras.engine.shards.rowfile import Layout

VALIDATION = Field("validation", "validation", ()).key


class Facts(TypedDict):
    """The faults of inspected rows; plain values, as they travel.

    Attributes
    ----------
    rows, skipped, marked : int
        Rows without a null, rows with one, rows marked for validation.
    layout : list of (field key, dtype, shape of one row) or None
        None without any row.
    holes : dict
        ``{field key: rows with a null or NaN}``.
    why : dict
        ``{field key: sentence}``, of fields whose encoder knows more of it.
    wrong : dict
        ``{field key: (rows outside the limits, example)}``.
    """

    rows: int
    skipped: int
    marked: int
    layout: Layout | None
    holes: dict[str, int]
    why: dict[str, str]
    wrong: dict[str, tuple[int, str]]


class Inspection:
    """Decode Arrow batches and count their faults.

    Parameters
    ----------
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
        Of labels, and of inputs with an Embedding, by field key; other labels must be finite.
    """

    def __init__(self, fields: Sequence[Field], limits: Mapping[str, Limits]) -> None:
        self.fields = fields
        by_role = {"label": FINITE, "weight": WEIGHT}
        self.limits = {field.key: by_role[field.role] for field in fields if field.role in by_role}
        self.limits |= {field.key: Limits(*limits[field.key]) for field in fields if field.key in limits}
        self.facts: Facts = {"rows": 0, "skipped": 0, "marked": 0, "layout": None, "holes": {}, "why": {}, "wrong": {}}

    def read(self, record_batch: pa.RecordBatch) -> dict[str, np.ndarray]:
        """Return the arrays (rows, ...) of all fields, by field key, for the rows without a null or NaN.

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
            if field.encoder and bad.any():
                self.facts["why"].setdefault(field.key, field.encoder.explain(columns))
            _count(self.facts["holes"], field.key, int(bad.sum()))
            invalid |= bad
        if invalid.any():
            self.facts["skipped"] += int(invalid.sum())
            arrays = {key: array[~invalid] for key, array in arrays.items()}
        if not invalid.all():
            self.look(arrays, int((~invalid).sum()))
        return arrays

    def look(self, arrays: dict[str, np.ndarray], rows: int) -> None:
        """Count the faults in arrays of ``rows`` rows without nulls, by field key."""
        self.facts["rows"] += rows
        if VALIDATION in arrays:
            self.facts["marked"] += int(np.count_nonzero(arrays[VALIDATION]))
        for key, limits in self.limits.items():
            count, example = limits.find(arrays[key])
            if count:
                before, first = self.facts["wrong"].get(key, (0, example))
                self.facts["wrong"][key] = (before + count, first)
        layout = [(name, array.dtype.str, array.shape[1:]) for name, array in arrays.items()]
        first_layout = self.facts["layout"]
        if first_layout is None:
            self.facts["layout"] = layout
        else:
            require_same(first_layout, layout)

    def require_right(self, skip_invalid: bool) -> None:
        """Raise InvalidColumnError for the faults of this inspection; see the function of this name."""
        require_right(self.fields, self.limits, self.facts, skip_invalid)


def require_same(first: Layout, then: Layout) -> None:
    """Raise InvalidColumnError if rows have two layouts, each a list of (field key, dtype, shape of one row)."""
    if then != first:
        raise InvalidColumnError(
            f"Rows are not all of one width: first {first}, then {then}. Pad or cut them to one length first."
        )


def require_right(fields: Iterable[Field], limits: Mapping[str, Limits], facts: Facts, skip_invalid: bool) -> None:
    """Raise InvalidColumnError for faults in rows, with a count and an example.

    Parameters
    ----------
    fields : list of columns.Field
    limits : dict of str to label_limits.Limits
        By field key.
    facts : Facts
        Of one Inspection, or of several together.
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else they are an error.
    """
    by_key = {field.key: field for field in fields}
    if facts["why"] and not skip_invalid:
        raise InvalidColumnError(next(iter(facts["why"].values())))
    if facts["holes"] and not skip_invalid:
        raise invalid_rows("; ".join(f"{by_key[key].description()}: {n} row(s)" for key, n in facts["holes"].items()))
    for key, (count, example) in facts["wrong"].items():
        raise InvalidColumnError(limits[key].message(by_key[key].title(), example, count, facts["rows"]))


def merged(everything: Iterable[Facts]) -> Facts:
    """Return the facts of several Inspections as those of one.

    Raises
    ------
    InvalidColumnError
        If their rows are not all of one width.
    """
    total = Inspection([], {}).facts
    for facts in everything:
        total["rows"] += facts["rows"]
        total["skipped"] += facts["skipped"]
        total["marked"] += facts["marked"]
        for key, count in facts["holes"].items():
            _count(total["holes"], key, count)
        total["why"] = facts["why"] | total["why"]
        for key, (count, example) in facts["wrong"].items():
            before, first = total["wrong"].get(key, (0, example))
            total["wrong"][key] = (before + count, first)
        total["layout"] = total["layout"] or facts["layout"]
        if total["layout"] and facts["layout"]:
            require_same(total["layout"], facts["layout"])
    return total


def _count(counts: dict[str, int], key: str, more: int) -> None:
    if more:
        counts[key] = counts.get(key, 0) + more
