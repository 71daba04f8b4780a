"""Columns of a CSV file whose texts are numbers with separators, a decimal comma or the sign of a unit.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.files.written_numbers import COMMA, POINT, UNITS, read, units_of

_FIRST = 1000  # texts that say whether it is worth to read all of a column


def with_numbers(table: pa.Table, read_as_texts: Callable[[list[str]], pa.Table]) -> pa.Table:
    """Return a table whose texts are numbers where all of a column are, in one style and unit.

    A file in which a column can only be of numbers with decimal commas has no decimal points: there "1.234" is a
    thousand and more. ``read_as_texts`` reads such columns again.
    """
    columns = {name: table[name] for name in table.column_names}
    texts = [name for name, column in columns.items() if pa.types.is_string(column.type)]
    pointed = [name for name, column in columns.items() if pa.types.is_floating(column.type)]
    found = {name: numbers for name in texts if (numbers := _as_numbers(columns[name], (POINT, COMMA)))}
    if pointed and any(style == COMMA for _, style in found.values()):
        again = read_as_texts(pointed)
        found |= {name: numbers for name in pointed if (numbers := _as_numbers(again[name], (COMMA,)))}
    return pa.table(columns | {name: numbers for name, (numbers, _) in found.items()})


def _as_numbers(column: pa.ChunkedArray, styles: Sequence[str]) -> tuple[pa.Array, str] | None:
    """Return a column of texts as numbers, and their style; None where a text is not a number."""
    texts = pc.utf8_trim_whitespace(column.combine_chunks())
    for style in styles:
        if len(units_of(texts)) > 1 or texts.null_count == len(texts):
            return None
        if not read(texts[:_FIRST], style, UNITS)[1].any():
            numbers, wrong = read(texts, style, UNITS)
            if not wrong.any():
                return pa.array(numbers, from_pandas=True), style
    return None
