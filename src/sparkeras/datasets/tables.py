"""Read a data set from CSV: a header, a label column, and numbers in all other columns, or one column of texts.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.cells import class_names, is_text, number_column, read_cells, text_column
from sparkeras.datasets.contract import Arrays
from sparkeras.datasets.csv_layout import layout
from sparkeras.errors import DataError


def read(paths: Sequence[Path], seed: int, label: str | None = None) -> Arrays:
    """Read one CSV file, split here, or two (training, test); between cells a comma, a semicolon or a tab.

    Raises
    ------
    DataError
        If a file is damaged, has no label column, or holds empty cells, NaN, or text in a column of numbers; names row
        and column. A label column of texts holds the names of classes.
    """
    parts = [_part(path, label) for path in paths]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def label_column(columns: Sequence[str], label: str | None, where: str) -> str:
    """Return the name of the label column: ``label``, by default "label".

    Raises
    ------
    DataError
        If it is not there; lists the columns.
    """
    name = label or "label"
    if name not in columns:
        listed = ", ".join(repr(column) for column in columns[:20])
        how = "Name one of them as the label (--label, label=)." if label is None else "Is it spelt right?"
        raise DataError(f"{where} has no column {name!r}; it has {listed}. {how}")
    return name


def _part(path: Path, label: str | None) -> Part:
    columns, delimiter, *_ = layout(path)
    label = label_column(columns, label, f"'{path}'")
    names = [name for name in columns if name != label]
    if not names:
        raise DataError(f"'{path}' has the label column {label!r} alone; expected columns of features beside it.")
    table = read_cells(lambda: path, path, delimiter, columns)
    if table.num_rows == 0:
        raise DataError(f"'{path}' has no rows below its header. Is the file empty?")
    texts = class_names(table[label])  # numbered when those of all parts are known
    y = number_column(table[label], path, label, is_label=True) if texts is None else texts
    if len(names) == 1 and is_text(table[names[0]]):
        x = text_column(table[names[0]], path, names[0])
    else:
        x = np.stack([number_column(table[name], path, name) for name in names], axis=1)
    return Part(x, y, f"'{path}'", f"'{path}', column {label!r}", names, label)
