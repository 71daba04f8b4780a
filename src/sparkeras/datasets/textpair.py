"""Read a pair of text files: one row of numbers per line in the first, its label in the same line of the second.

Runs on: driver. Imports: NumPy and ``errors`` only.
"""

import io
from pathlib import Path

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.cells import number_column, read_cells
from sparkeras.errors import DataError


def local_bytes(path):
    """Return the bytes of a file on this machine."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error


def read(paths, seed, bytes_of=local_bytes):
    """Read (images, labels), split here, or (train images, train labels, test images, test labels).

    Labels are one number per line, or one-hot. Numbers are separated by commas or blanks. ``bytes_of`` gives what the
    file at a path holds.

    Raises
    ------
    DataError
        If a line holds no numbers or another count than the first; names file and row.
    """
    parts = [
        Part(_rows(images, bytes_of), _rows(labels, bytes_of, is_label=True), f"'{images}'", f"'{labels}'")
        for images, labels in zip(paths[::2], paths[1::2], strict=True)
    ]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def read_classes(paths, bytes_of=local_bytes):
    """Read (train images, train labels, test images, test labels), whose labels must be classes; see ``read``."""
    arrays = read(paths, 0, bytes_of)
    if arrays.num_classes is None:
        for path in paths[1::2]:
            _require_one_hot(path, _rows(path, bytes_of, is_label=True))
    return arrays


def _require_one_hot(path, y):
    good = ((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1) if y.shape[1] > 1 else y[:, 0] == np.floor(y[:, 0])
    if not good.all():
        row = int(good.argmin())
        raise DataError(
            f"'{path}', row {row + 1}: {', '.join(f'{value:g}' for value in y[row][:12])} is no class. Expected one 1 "
            "among zeros, or a whole number."
        )


def _rows(path, bytes_of, is_label=False):
    """Return the numbers of a file, (rows, numbers per line)."""
    content = bytes_of(path)
    if not content.strip():
        raise DataError(f"'{path}' has no rows. Is the file empty?")
    lines = content.rstrip().splitlines()
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            raise DataError(f"'{path}', row {row}: the line is empty; expected numbers. Delete it in both files.")
    if b"," not in lines[0]:
        lines = [b",".join(line.split()) for line in lines]
    content = b"\n".join(lines) + b"\n"
    table = read_cells(lambda: io.BytesIO(content), path, ",")
    columns = [number_column(column, path, i, is_label) for i, column in enumerate(table.columns, start=1)]
    return np.stack(columns, axis=1)
