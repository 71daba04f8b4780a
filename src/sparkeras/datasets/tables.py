"""Read a data set from CSV: a header, a label column, numbers in all other columns.

Runs on: driver. Imports: NumPy, pyarrow and ``errors`` only.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.csv

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.labels import text_label_error
from sparkeras.errors import DataError


def read(paths, seed, label=None):
    """Read one CSV file, split here, or two (training, test).

    Raises
    ------
    DataError
        If a file is damaged, has no label column, or holds text, empty cells or NaN; names row and column.
    """
    parts = [_part(path, label) for path in paths]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def _part(path, label):
    table = _table(path)
    label = label_column(table.column_names, label, f"'{path}'")
    names = [name for name in table.column_names if name != label]
    if not names:
        raise DataError(f"'{path}' has the label column {label!r} alone; expected columns of features beside it.")
    columns = [_numbers(table[name], name, path) for name in names]
    dtype = np.result_type(*columns)
    x = np.stack([column.astype(dtype, copy=False) for column in columns], axis=1)
    kind = table[label].type
    if pa.types.is_string(kind):
        raise text_label_error(f"'{path}', column {label!r}", table[label][0].as_py())
    return Part(x, _numbers(table[label], label, path), f"'{path}'", f"'{path}', column {label!r}", names)


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


def _table(path):
    try:
        table = pa.csv.read_csv(path)
    except pa.ArrowInvalid as error:
        raise DataError(f"'{path}' is no whole CSV file: {_plain(error)}. Mend that row or write it again.") from error
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    if table.num_rows == 0:
        raise DataError(f"'{path}' has no rows below its header. Is the file empty?")
    if any(re.fullmatch(r"-?\d+(\.\d+)?", name) for name in table.column_names):
        raise DataError(f"'{path}' starts with numbers; expected a header with the columns' names. Add a first line.")
    return table


def _numbers(column, name, path):
    """Return a column as an array, or raise a DataError that names the first cell that is no number."""
    column = column.combine_chunks()
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or column.null_count == len(column)):
        row, value = _first_text(column)
        raise DataError(
            f"'{path}', row {row + 1}, column {name!r}: {value!r} is no number. Mend the cell, or leave the column out."
        )
    if column.null_count:
        row = int(column.is_null().to_numpy(zero_copy_only=False).argmax())
        raise DataError(f"'{path}', row {row + 1}, column {name!r}: the cell is empty. Fill it or delete the row.")
    return column.to_numpy(zero_copy_only=False)


def _first_text(column):
    for row, value in enumerate(column):
        text = str(value.as_py())
        try:
            float(text)
        except ValueError:
            return row, text
    return 0, str(column[0].as_py())


def _plain(error):
    """pyarrow's words without its prefix: ``Row #3: Expected 3 columns, got 2: 1,2`` counts the header as row 1."""
    return str(error).removeprefix("CSV parse error: ").replace("#", "").split("\n")[0][:200]
