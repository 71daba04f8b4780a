"""Read a data set from CSV: a header, a label column, and numbers in all other columns, or one column of texts.

Runs on: driver.
"""

import csv
import gzip
import re
import zlib

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.cells import class_names, is_text, number_column, read_cells, text_column
from sparkeras.errors import DataError


def read(paths, seed, label=None):
    """Read one CSV file, split here, or two (training, test); between cells a comma, a semicolon or a tab.

    Raises
    ------
    DataError
        If a file is damaged, has no label column, or holds empty cells, NaN, or text in a column of numbers; names row
        and column. A label column of texts holds the names of classes.
    """
    parts = [_part(path, label) for path in paths]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def label_column(columns, label, where):
    """Return the name of the label column: the one asked for, else ``label``.

    Raises
    ------
    DataError
        If it is not there; lists the columns.
    """
    wanted = label or "label"
    if wanted not in columns:
        listed = ", ".join(repr(name) for name in columns[:20])
        how = "Name one of them as the label (--label, label=)." if label is None else "Is it spelt right?"
        raise DataError(f"{where} has no column {wanted!r}; it has {listed}. {how}")
    return wanted


def _part(path, label):
    columns, delimiter = _header(path)
    label = label_column(columns, label, f"'{path}'")
    names = [name for name in columns if name != label]
    if not names:
        raise DataError(f"'{path}' has the label column {label!r} alone; expected columns of features beside it.")
    table = read_cells(lambda: path, path, delimiter, columns)
    if table.num_rows == 0:
        raise DataError(f"'{path}' has no rows below its header. Is the file empty?")
    names_of_classes = class_names(table[label])  # looked at when those of all parts are known
    y = number_column(table[label], path, label, is_label=True) if names_of_classes is None else names_of_classes
    if len(names) == 1 and is_text(table[names[0]]):
        x = text_column(table[names[0]], path, names[0])
    else:
        x = np.stack([number_column(table[name], path, name) for name in names], axis=1)
    return Part(x, y, f"'{path}'", f"'{path}', column {label!r}", names, label)


def _header(path):
    """Return the names of the columns, and the delimiter: the candidate that the first line has most of."""
    try:
        with (gzip.open if str(path).endswith(".gz") else open)(
            path, "rt", encoding="utf-8-sig", errors="replace"
        ) as file:
            line = file.readline()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read (truncated or damaged: {error}). Get the file again.") from error
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    if not line.strip():
        raise DataError(f"'{path}' is empty; expected a header with the columns' names, then rows.")
    delimiter = max(",;\t", key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
    if all(re.fullmatch(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", name, re.IGNORECASE) for name in names):
        raise DataError(f"'{path}' starts with numbers; expected a header with the columns' names. Add a first line.")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f"'{path}' has {names.count(twice)} columns named {twice!r}. Give each its own name.")
    return names, delimiter
