"""Read a data set from a NumPy .npz archive.

Runs on: driver.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparkeras.datasets.assemble import Part, join_arrays, split_arrays
from sparkeras.datasets.contract import Arrays
from sparkeras.errors import DataError

GIVEN_SPLIT = ("x_train", "y_train", "x_test", "y_test")
ALL_ROWS = (("x", "y"), ("features", "label"))


def read(paths: Sequence[Path], seed: int) -> Arrays:
    """Read x_train, y_train, x_test, y_test; or x and y, or features and label, which are split here.

    Raises
    ------
    DataError
        If the file is damaged, has other names, pickled objects, NaN, or lengths that differ.
    """
    (path,) = paths
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as archive:
            names = _names(archive.files, path)
            arrays = [_member(archive, name, path) for name in names]
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"'{path}' is not a complete .npz file ({error}). Write it again with numpy.savez.") from error
    places = [f"'{path}' ({name})" for name in names]
    train = Part(arrays[0], arrays[1], places[0], places[1])
    if len(names) == 2:
        return split_arrays(train, seed)
    return join_arrays(train, Part(arrays[2], arrays[3], places[2], places[3]))


def _names(members: Sequence[str], path: Path) -> tuple[str, ...]:
    for names in (GIVEN_SPLIT, *ALL_ROWS):
        if set(names) <= set(members):
            return names
    raise DataError(
        f"'{path}' holds the arrays {', '.join(members) or '(none)'}; expected x_train, y_train, x_test and y_test, "
        "or x and y, or features and label."
    )


def _member(archive: np.lib.npyio.NpzFile, name: str, path: Path) -> np.ndarray:
    try:
        array = archive[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"'{path}' ({name}) holds Python objects, not numbers. Save it as an array of one shape and a number type."
        ) from error
    if array.ndim == 0:
        raise DataError(f"'{path}' ({name}) is a single value; expected one entry per row.")
    return array
