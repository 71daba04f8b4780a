"""Rows of a table in a request: objects {column: value}, encoded as the rows of the training were.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkeras.errors import InvalidColumnError
from sparkeras.features.reading import of_values
from sparkeras.serving.http import requests
from sparkeras.serving.http.responses import Refusal

if TYPE_CHECKING:
    from sparkeras.serving.model import ServedModel


def arrays_of(given: object, by_row: bool, model: ServedModel) -> list[np.ndarray]:
    """Return one array per input of the model.

    Parameters
    ----------
    given : list of dict, or dict of lists
        Rows, or columns. A value is a number, a text, true or false, null, or a list of numbers.
    by_row : bool
        Whether there are rows.
    model : ServedModel
        With a ``spec``.

    Raises
    ------
    Refusal
        400, with the column and its fault.
    """
    assert model.spec
    names = model.spec.sources
    columns = _of_rows(given, names) if by_row else _of_columns(given, names)
    counts = {len(column) for column in columns.values()}
    if len(counts) > 1:
        raise Refusal(400, f"The columns have different numbers of rows: {sorted(counts)}.")
    requests.require_few(counts.pop())
    try:
        encoded = model.spec.encode({name: _array(values, name) for name, values in columns.items()})
    except InvalidColumnError as error:
        raise Refusal(400, str(error).split(" Mend ")[0].split(" Fill ")[0]) from error
    return [encoded[each.name] for each in model.inputs]


def _of_rows(rows: object, names: tuple[str, ...]) -> dict[str, list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Refusal(400, f"'instances' must be a list of objects with the columns {_listed(names)}.")
    for number, row in enumerate(rows):
        unknown = next((key for key in row if key not in names), None)
        if unknown is not None:
            raise Refusal(400, f"Instance {number} has a column {unknown!r}; the model knows {_listed(names)}.")
    # A column that a row lacks is missing there, as an empty cell of a file is.
    return {name: [row.get(name) for row in rows] for name in names}


def _of_columns(columns: object, names: tuple[str, ...]) -> dict[str, list[Any]]:
    if not isinstance(columns, dict) or not all(isinstance(values, list) for values in columns.values()):
        raise Refusal(400, f"'inputs' must be an object with a list for each of {_listed(names)}.")
    unknown = next((key for key in columns if key not in names), None)
    if unknown is not None:
        raise Refusal(400, f"Unknown column {unknown!r}; the model knows {_listed(names)}.")
    rows = max((len(values) for values in columns.values()), default=0)
    return {name: columns.get(name, [None] * rows) for name in names}


def _array(values: list[Any], name: str) -> pa.Array:
    """Return the values of a column as Arrow has them."""
    try:
        return of_values(values)
    except InvalidColumnError:
        raise Refusal(400, f"Column {name!r} must hold plain values, or lists of numbers of one length.") from None


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(map(repr, names))
