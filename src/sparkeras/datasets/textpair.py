"""Read a pair of text files: one row of numbers per line in the first, its label in the same line of the second.

Runs on: driver. Imports: NumPy and ``errors`` only.
"""

import re

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.errors import DataError

_GAPS = re.compile(r"[,\s]+")


def read(paths, seed):
    """Read (images, labels), split here, or (train images, train labels, test images, test labels).

    Labels are one number per line, or one-hot. Numbers are separated by commas or blanks.

    Raises
    ------
    DataError
        If a line holds no numbers or another count than the first; names file and row.
    """
    parts = [
        Part(_narrow(_rows(images)), _rows(labels), f"'{images}'", f"'{labels}'")
        for images, labels in zip(paths[::2], paths[1::2], strict=True)
    ]
    return split_arrays(parts[0], seed) if len(parts) == 1 else join_arrays(*parts)


def _rows(path):
    try:
        with open(path) as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"'{path}' cannot be read as text: {getattr(error, 'strerror', None) or error}.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise DataError(f"'{path}' has no rows. Is the file empty?")
    rows, width = [], None
    for number, line in enumerate(lines, start=1):
        row = _numbers(line, number, path)
        width = len(row) if width is None else width
        if len(row) != width:
            raise DataError(
                f"'{path}', row {number}: {len(row)} numbers, but the first row has {width}; expected as many in each."
            )
        rows.append(row)
    return np.stack(rows)


def _numbers(line, number, path):
    cells = [cell for cell in _GAPS.split(line.strip()) if cell]
    if not cells:
        raise DataError(f"'{path}', row {number}: the line is empty; expected numbers. Delete it in both files.")
    try:
        return np.array(cells, np.float64)
    except ValueError:
        wrong = next(cell for cell in cells if not _is_number(cell))
        raise DataError(f"'{path}', row {number}: {wrong!r} is no number. Mend the cell or delete the row.") from None


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _narrow(x):
    """Pixels are whole numbers of 0 to 255, and stay that small."""
    small = np.isfinite(x).all() and x.min() >= 0 and x.max() <= 255 and (x == np.floor(x)).all()
    return x.astype(np.uint8) if small else x.astype(np.float32)
