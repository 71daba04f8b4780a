"""Read a pair of text files: one row of numbers per line in the first, its label in the same line of the second.

Runs on: driver.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.cells import number_column, read_cells
from sparkeras.datasets.contract import Arrays
from sparkeras.errors import DataError

BytesOf = Callable[[str | Path], bytes]  # the content of the file at a path


def local_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file on this machine, or of all part files of a folder as Spark writes them."""
    place = Path(path).expanduser()
    files = sorted(place.glob("part-*")) if place.is_dir() else [place]
    if not files:
        raise DataError(
            f"'{place}' is a folder without part files; expected a text file, or a folder as Spark writes it."
        )
    try:
        return b"".join(file.read_bytes() for file in files)
    except OSError as error:
        raise DataError(f"'{place}' cannot be read: {error.strerror or error}.") from error


def read(paths: Sequence[str | Path], seed: int, bytes_of: BytesOf = local_bytes) -> Arrays:
    """Read (images, labels), split here, or (train images, train labels, test images, test labels).

    Labels are one number per line, or one-hot. Numbers are separated by commas or blanks.

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


def read_classes(paths: Sequence[str | Path], bytes_of: BytesOf = local_bytes) -> Arrays:
    """Read (train images, train labels, test images, test labels), whose labels must be classes; see ``read``."""
    arrays = read(paths, 0, bytes_of)
    labels = [_rows(path, bytes_of, is_label=True) for path in paths[1::2]]
    if arrays.num_classes is None:
        for path, y in zip(paths[1::2], labels, strict=True):
            _require_one_hot(path, y)
    train, test = (y.shape[1] for y in labels)
    if train != test:
        raise DataError(
            f"'{paths[1]}' has {train} numbers in a line and '{paths[3]}' has {test}; expected as many classes in both."
        )
    return arrays


def _require_one_hot(path: str | Path, y: np.ndarray) -> None:
    good = ((y == 0) | (y == 1)).all(axis=1) & (y.sum(axis=1) == 1) if y.shape[1] > 1 else y[:, 0] == np.floor(y[:, 0])
    if not good.all():
        row = int(good.argmin())
        raise DataError(
            f"'{path}', row {row + 1}: {', '.join(f'{value:g}' for value in y[row][:12])} is not a class. Expected one "
            "1 among zeros, or a whole number."
        )


def _unzipped(content: bytes, path: str | Path) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"'{path}' is a damaged .gz file ({error}). Get the file again.") from error


def _rows(path: str | Path, bytes_of: BytesOf, is_label: bool = False) -> np.ndarray:
    """Return the numbers of a file, (rows, numbers per line)."""
    content = bytes_of(path)
    if content[:2] == b"\x1f\x8b":
        content = _unzipped(content, path)
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
