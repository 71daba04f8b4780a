"""Read the tables of named sets: numbers whose columns the set itself names, with a header or without.

Runs on: driver.
"""

import io

import numpy as np

from sparkeras.datasets.cells import number_column, read_cells
from sparkeras.datasets.contract import Arrays
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError


def content_of(path):
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


def read_numbers(path, names, delimiter=",", header=False, content=None):
    """Return the numbers of a table as float32, (rows, columns).

    Parameters
    ----------
    path : Path
        What an error names, and what is read unless ``content`` (bytes) is given.
    names : tuple of str
        Of the columns, in their order.
    delimiter : str
    header : bool
        Whether the first line names the columns: then it must name these.

    Raises
    ------
    DataError
        If a cell is no number, or there are other columns than these; names file, row and column.
    """
    content = content_of(path) if content is None else content
    first = content.split(b"\n", 1)[0].decode("utf-8", "replace").strip()
    found = [name.strip().strip('"') for name in first.split(delimiter)]
    if header and found != list(names):
        raise DataError(f"'{path}' begins with the columns {', '.join(found[:15])}; expected {', '.join(names)}.")
    if not header and any(character.isalpha() and character not in "eE" for character in first):
        raise DataError(f"'{path}' begins with the words {first[:60]!r}; expected numbers at once. Delete the header.")
    if len(found) != len(names):
        raise DataError(f"'{path}' has {len(found)} columns; expected {len(names)}: {', '.join(names[:5])}, ...")
    table = read_cells(lambda: io.BytesIO(content), path, delimiter, list(names) if header else None)
    if not table.num_rows:
        raise DataError(f"'{path}' has no rows below its header. Get the file again.")
    columns = [number_column(column, path, name) for column, name in zip(table.columns, names, strict=True)]
    return np.stack([column.astype(np.float32) for column in columns], axis=1)


def amounts(x, y, seed, scaling, groups=None):
    """Split the rows of a regression and return their Arrays; rows of a group stay together."""
    train, test = split_rows(len(x), seed, groups=groups)
    return Arrays("", x[train], y[train], x[test], y[test], None, scaling, "")


def write_table(path, rows, delimiter=",", header=None):
    """Write numbers as text, for the samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = delimiter.join(f'"{name}"' for name in header) if header else ""
    np.savetxt(path, rows, fmt="%.7g", delimiter=delimiter, header=names, comments="")
