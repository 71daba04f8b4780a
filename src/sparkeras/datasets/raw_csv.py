"""A CSV file as it is: columns of any kind, with gaps.

Runs on: driver.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from sparkeras.datasets import csv_records
from sparkeras.datasets.cells import explain_rows
from sparkeras.datasets.csv_layout import Layout, layout
from sparkeras.datasets.csv_numbers import with_numbers
from sparkeras.errors import DataError
from sparkeras.files.empty_cells import EMPTY_CELLS

_BLOCK_BYTES = 8 << 20
_WRONG_CELL = re.compile(r"In CSV column #(\d+)")
_MOST_READS = 4  # each finds a column that is of texts after all; then all columns are read as texts


def read_table(path: Path, content: bytes | None = None) -> pa.Table:
    """Return the rows of a CSV file; between cells a comma, a semicolon, a tab or a bar.

    A column is of numbers, booleans, dates or timestamps where all its cells are, else of texts. Numbers may have
    separators of thousands, a decimal comma, or the sign of one unit (``"1.234,50 €"``). What says that a cell is empty
    (NA, N/A, null, ?, ...) is null. ``content`` is read instead of the file, where it is given.

    Raises
    ------
    DataError
        If the file is damaged, has no header, or rows with more or fewer cells than it.
    """
    known = layout(path, content)
    table, known = _read_somehow(path, content, known)
    if not table.num_rows:
        raise DataError(f"'{path}' has no rows below its header. Is the file empty?")
    _require_closed_quotes(path, content, known, table)
    table = with_numbers(table, lambda names: _read(_source(path, content), known, _all_text(names), names))
    return pa.table({name: _for_spark(table[name]) for name in known.names})


def line_of(path: Path, column: str, value: str) -> int | None:
    """Return the first line of a file in which a column holds a value; None where there is none."""
    return csv_records.line_of(path, layout(path), column, value)


def _read_somehow(path: Path, content: bytes | None, known: Layout) -> tuple[pa.Table, Layout]:
    """Return all columns, and the layout with the encoding that all bytes have."""
    texts: dict[str, pa.DataType] = {}
    while True:
        try:
            table = _read(_source(path, content), known, texts)
        except (pa.ArrowInvalid, UnicodeDecodeError) as error:
            column = _WRONG_CELL.search(str(error))
            if isinstance(error, UnicodeDecodeError) or "UTF8" in str(error):
                known = _with_other_encoding(path, known)
            elif column and len(texts) < len(known.names):
                texts[known.names[int(column[1])]] = pa.string()
                texts = texts if len(texts) < _MOST_READS else _all_text(known.names)
            else:
                fault = csv_records.ragged(path, known, content) or explain_rows(str(error), 1)
                raise DataError(f"'{path}'{fault} Mend that row or write the file again.") from error
        except (OSError, EOFError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DataError(f"'{path}' cannot be read ({reason}). Get the file again.") from error
        else:
            if not any(pa.types.is_binary(column.type) for column in table.columns):
                return table, known
            known = _with_other_encoding(path, known)  # cells that are not UTF-8


def _require_closed_quotes(path: Path, content: bytes | None, known: Layout, table: pa.Table) -> None:
    """Raise DataError where the last cell holds the rest of the file, because its quote is not closed."""
    last = table.slice(table.num_rows - 1).to_pylist()[0].values()
    if any(isinstance(cell, str) and "\n" in cell for cell in last):
        line = csv_records.open_quote(path, known, content)
        if line:
            raise DataError(f"'{path}', line {line}: a quote is not closed until the end of the file. Close it.")


def _with_other_encoding(path: Path, known: Layout) -> Layout:
    """Return the layout with the encoding to try next: Windows' Western one, then the one in which all bytes are."""
    following = {"utf-8": "cp1252", "utf-8-sig": "cp1252", "cp1252": "latin-1"}
    if known.encoding not in following:
        raise DataError(f"'{path}' cannot be read as {known.encoding}, with which it begins. Save it as UTF-8.")
    return known._replace(encoding=following[known.encoding])


def _source(path: Path, content: bytes | None) -> Path | io.BytesIO:
    return path if content is None else io.BytesIO(content)


def _all_text(names: list[str]) -> dict[str, pa.DataType]:
    return dict.fromkeys(names, pa.string())


def _read(
    source: Path | io.BytesIO, known: Layout, texts: dict[str, pa.DataType], columns: list[str] | None = None
) -> pa.Table:
    encoding = "utf-8" if known.encoding == "utf-8-sig" else known.encoding  # pyarrow skips the mark itself
    return pa.csv.read_csv(
        source,
        pa.csv.ReadOptions(
            block_size=_BLOCK_BYTES,
            skip_rows=known.blank,
            skip_rows_after_names=1,
            column_names=known.names,
            encoding=encoding,
        ),
        pa.csv.ParseOptions(delimiter=known.delimiter, newlines_in_values=True),
        pa.csv.ConvertOptions(
            column_types=texts, null_values=list(EMPTY_CELLS), strings_can_be_null=True, include_columns=columns
        ),
    )


def _for_spark(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of a type that Spark has: others as texts."""
    kind = column.type
    known = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    known = known or pa.types.is_date32(kind) or pa.types.is_timestamp(kind) or pa.types.is_string(kind)
    return column if known else column.cast(pa.string())
