"""A CSV file as it is: columns of any kind, with gaps.

Runs on: driver.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv

from sparkeras.datasets.cells import explain_rows
from sparkeras.datasets.tables import header
from sparkeras.errors import DataError
from sparkeras.files.empty_cells import EMPTY_CELLS

_BLOCK_BYTES = 8 << 20
_WRONG_CELL = re.compile(r"In CSV column #(\d+)")


def read_table(path: Path, content: bytes | None = None) -> pa.Table:
    """Return the rows of a CSV file; between cells a comma, a semicolon, a tab or a bar.

    A column is of numbers, booleans, dates or timestamps where all its cells are, else of texts. What says that a cell
    is empty (NA, N/A, null, ?, ...) is null. ``content`` is read instead of the file, where it is given.

    Raises
    ------
    DataError
        If the file is damaged, has no header, or rows with more or fewer cells than it.
    """
    names, delimiter = header(path, content)
    texts: dict[str, pa.DataType] = {}
    encoding = "utf-8"
    while True:
        try:
            table = _read(io.BytesIO(content) if content is not None else path, names, delimiter, texts, encoding)
        except pa.ArrowInvalid as error:
            column = _WRONG_CELL.search(str(error))
            if "UTF8" in str(error) and encoding == "utf-8":
                encoding = "cp1252"
            elif column and names[int(column[1])] not in texts:
                texts[names[int(column[1])]] = pa.string()
            else:
                raise DataError(
                    f"'{path}'{explain_rows(str(error), 1)} Mend that row or write the file again."
                ) from error
        except OSError as error:
            raise DataError(f"'{path}' cannot be read ({error.strerror or error}). Get the file again.") from error
        else:
            if encoding == "utf-8" and any(pa.types.is_binary(column.type) for column in table.columns):
                encoding = "cp1252"  # cells that are no UTF-8
                continue
            if not table.num_rows:
                raise DataError(f"'{path}' has no rows below its header. Is the file empty?")
            return pa.table({name: _for_spark(table[name]) for name in names})


def _read(
    source: Path | io.BytesIO, names: list[str], delimiter: str, texts: dict[str, pa.DataType], encoding: str
) -> pa.Table:
    return pa.csv.read_csv(
        source,
        pa.csv.ReadOptions(block_size=_BLOCK_BYTES, skip_rows=1, column_names=names, encoding=encoding),
        pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        pa.csv.ConvertOptions(column_types=texts, null_values=list(EMPTY_CELLS), strings_can_be_null=True),
    )


def _for_spark(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column of a type that Spark has: others as texts."""
    kind = column.type
    known = pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    known = known or pa.types.is_date32(kind) or pa.types.is_timestamp(kind) or pa.types.is_string(kind)
    return column if known else column.cast(pa.string())
