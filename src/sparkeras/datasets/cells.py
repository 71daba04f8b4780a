"""Cells of text files as arrays of numbers, each in the narrowest type that holds it.

Runs on: driver.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from sparkeras.datasets.labels import text_label_error
from sparkeras.errors import DataError

_CELLS_READ = 100  # to tell texts from numbers with a mistake among them
_BLOCK_BYTES = 8 << 20  # a row must fit in a block: this one holds a row of a million pixels


def read_cells(
    open_source: Callable[[], Any], path: str | Path, delimiter: str, names: list[str] | None = None
) -> pa.Table:
    """Read delimited text into a pyarrow Table.

    Parameters
    ----------
    open_source : function () -> path or file
        Called again after an error, for a slower read that counts rows.
    path : path
        For errors.
    delimiter : str
    names : list of str, optional
        The columns; the first line is then a header and skipped.

    Raises
    ------
    DataError
        If rows differ in their number of cells, or the file is damaged.
    """
    header = 0 if names is None else 1
    # Only a text may go on in the next line, and texts come in tables of two columns: text and label.
    parse = pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=names is not None and len(names) == 2)
    for use_threads in (True, False):  # only the serial reader says which row is wrong
        read = pa.csv.ReadOptions(
            column_names=names,
            skip_rows=header,
            autogenerate_column_names=names is None,
            use_threads=use_threads,
            block_size=_BLOCK_BYTES,
        )
        try:
            return pa.csv.read_csv(open_source(), read, parse)
        except pa.ArrowInvalid as error:
            reason = str(error)
        except OSError as error:
            reason = error.strerror or f"truncated or damaged: {error}"
            raise DataError(f"'{path}' cannot be read ({reason}). Get the file again.") from error
    raise DataError(f"'{path}'{explain_rows(reason, header)} Mend that row or write the file again.")


def number_column(column: pa.ChunkedArray, path: str | Path, name: str | int, is_label: bool = False) -> np.ndarray:
    """Return a pyarrow column as an array (rows,) of the narrowest type that holds it.

    Raises
    ------
    DataError
        For the first cell that is empty, NaN or text; names file, row (counted from 1 below a header) and column.
    """
    column = column.combine_chunks()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if column.null_count:
        row = int(column.is_null().to_numpy(zero_copy_only=False).argmax()) + 1
        raise DataError(
            f"'{path}', row {row}, column {name!r}: the cell is empty or NaN; expected a number. "
            "Fill it or delete the row."
        )
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        row, text = _first_text(column)
        where = f"'{path}', row {row}, column {name!r}"
        if is_label:
            raise text_label_error(where, text)
        raise DataError(f"{where}: {text!r} is not a number. Mend the cell, or leave the column out.")
    return narrow(column.to_numpy(zero_copy_only=False))


def is_text(column: pa.ChunkedArray) -> bool:
    """Tell whether a pyarrow column holds texts: most of its first cells are not numbers."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return False
    some = column[:_CELLS_READ].to_pylist()
    return sum(_is_number(cell or "") for cell in some) < len(some) / 2


def class_names(column: pa.ChunkedArray) -> np.ndarray | None:
    """Return a label column as texts (rows,) if it holds words, true and false, or dates; else None."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_temporal(kind):
        column = column.cast(pa.string())
    elif not is_text(column):
        return None
    return column.to_numpy()


def text_column(column: pa.ChunkedArray, path: str | Path, name: str) -> np.ndarray:
    """Return a pyarrow column of texts as an object array (rows,).

    Raises
    ------
    DataError
        For the first cell that is empty.
    """
    texts = column.to_numpy()
    for row, text in enumerate(texts, start=1):
        if text is None or not text.strip():
            raise DataError(f"'{path}', row {row}, column {name!r}: the text is empty. Fill it or delete the row.")
    return texts


def narrow(x: np.ndarray) -> np.ndarray:
    """Return ``x`` in the narrowest of uint8, int16, int32 and int64 if all of it is whole, else as it is."""
    low, high = x.min(), x.max()
    if x.dtype.kind == "f" and not (abs(low) < 2**53 and abs(high) < 2**53 and np.array_equal(x, np.floor(x))):
        return x
    fitting = (
        t for t in (np.uint8, np.int16, np.int32, np.int64) if np.iinfo(t).min <= low and high <= np.iinfo(t).max
    )
    return x.astype(next(fitting, x.dtype), copy=False)


def explain_rows(reason: str, header: int) -> str:
    """Turn pyarrow's message into the end of our sentence; it counts a header as row 1."""
    match = re.search(r"(?:Row #(\d+): )?Expected (\d+) columns, got (\d+)", reason)
    if match is None:
        return f" is not a complete CSV file: {reason.splitlines()[0][:200]}."
    row, expected, got = match.groups()
    place = f", row {int(row) - header}" if row else ""
    return f"{place}: {got} cells, but the first row has {expected}; expected as many in each."


def _first_text(column: pa.Array) -> tuple[int, str]:
    """Return the row (from 1) and the text of the first cell that is not a number."""
    for row, cell in enumerate(column, start=1):
        value = cell.as_py()
        text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
        if not _is_number(text):
            return row, text
    return 1, str(column[0].as_py())


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text  # Python reads 1_000 and other alphabets' digits; no data file means them
