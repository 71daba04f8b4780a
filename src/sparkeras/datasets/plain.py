"""Read the tables of named sets: numbers in known columns, with a header or without.

Runs on: driver.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sparkeras.datasets.cells import number_column, read_cells
from sparkeras.datasets.contract import Arrays, Scaling, Schema, TableParts
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError


def content_of(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    DataError
        If it cannot be read, or is empty.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    if not content.strip():
        raise DataError(f"'{path}' is empty. Get the file again.")
    return content


def read_numbers(
    path: Path, names: Sequence[str], delimiter: str = ",", header: bool = False, content: bytes | None = None
) -> np.ndarray:
    """Return the numbers of a table as float32, (rows, columns).

    Parameters
    ----------
    path : Path
        For errors, and to read unless there is ``content`` (bytes).
    names : tuple of str
        Of the columns, in their order.
    delimiter : str
    header : bool
        Whether the first line names the columns: then it must name these.

    Raises
    ------
    DataError
        If a cell is not a number, or there are other columns than these; names file, row and column.
    """
    content = content_of(path) if content is None else content
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    cells = [name.strip().strip('"') for name in first.split(delimiter)]
    if header and cells != list(names):
        raise DataError(f"'{path}' begins with the columns {', '.join(cells[:15])}; expected {', '.join(names)}.")
    if not header and any(character.isalpha() and character not in "eE" for character in first):
        raise DataError(f"'{path}' begins with the words {first[:60]!r}; expected numbers at once. Delete the header.")
    if len(cells) != len(names):
        raise DataError(f"'{path}' has {len(cells)} columns; expected {len(names)}: {', '.join(names[:5])}, ...")
    table = read_cells(lambda: io.BytesIO(content), path, delimiter, list(names) if header else None)
    if not table.num_rows:
        raise DataError(f"'{path}' has no rows below its header. Get the file again.")
    columns = [number_column(column, path, name) for column, name in zip(table.columns, names, strict=True)]
    return np.stack([column.astype(np.float32) for column in columns], axis=1)


def amounts(x: np.ndarray, y: np.ndarray, seed: int, scaling: Scaling, groups: np.ndarray | None = None) -> Arrays:
    """Split the rows of a regression and return their Arrays; rows of a group stay together."""
    train, test = split_rows(len(x), seed, groups=groups)
    return Arrays("", x[train], y[train], x[test], y[test], None, scaling, "")


def as_table(arrays: Arrays, schema: Schema) -> TableParts:
    """Return rows of measurements and one label as a table with a column for each."""
    (label,) = schema.labels

    def part(x: np.ndarray, y: np.ndarray) -> pa.Table:
        columns = dict(zip(schema.features, x.T, strict=True))
        return pa.table(columns | {label: np.array(schema.classes)[y] if schema.classes else y})

    train, test = part(arrays.x_train, arrays.y_train), part(arrays.x_test, arrays.y_test)
    return TableParts(train, test, label, arrays.task)


def write_table(path: Path, rows: np.ndarray, delimiter: str = ",", header: Sequence[str] | None = None) -> None:
    """Write numbers as text, for the samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = delimiter.join(f'"{name}"' for name in header) if header else ""
    np.savetxt(path, rows, fmt="%.7g", delimiter=delimiter, header=names, comments="")
