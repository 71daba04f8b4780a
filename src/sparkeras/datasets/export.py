"""Write a data set as Parquet, CSV or .npz, whole or not at all; what is written, ``load`` reads back.

Runs on: driver. Imports: NumPy, pyarrow and ``errors`` only.
"""

import os
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sparkeras.datasets.frames import table_from_arrays
from sparkeras.errors import DataError

FORMATS = ("parquet", "csv", "npz")


def check(folder, format, name, overwrite):
    """Return the files to write, or raise DataError for an unknown format or files in the way."""
    if format not in FORMATS:
        raise DataError(f"Unknown format {format!r}; expected one of {', '.join(FORMATS)}.")
    folder = Path(folder).expanduser()
    files = [folder / f"{name}.npz"] if format == "npz" else [folder / f"{part}.{format}" for part in ("train", "test")]
    there = [str(file) for file in files if file.exists()]
    if there and not overwrite:
        raise DataError(f"{', '.join(there)} exists already. Choose another folder, or --overwrite.")
    return files


def write(arrays, files, format):
    """Write Arrays to ``files`` (of ``check``)."""
    if format == "csv" and arrays.y_train.ndim > 1:
        raise DataError(f"CSV holds one label per row; this data has {arrays.y_train.shape[1]}. Take parquet or npz.")
    files[0].parent.mkdir(parents=True, exist_ok=True)
    if format == "npz":
        parts = {part: getattr(arrays, part) for part in ("x_train", "y_train", "x_test", "y_test")}
        with _whole(files[0]) as partial, open(partial, "wb") as file:
            np.savez_compressed(file, **parts)
        return
    for file, x, y in zip(files, (arrays.x_train, arrays.x_test), (arrays.y_train, arrays.y_test), strict=True):
        with _whole(file) as partial:
            if format == "csv":
                pa.csv.write_csv(_wide(x, y), partial)
            else:
                pa.parquet.write_table(table_from_arrays(x.reshape(len(x), -1), y), partial)


class _whole:
    """A context that gives a path beside ``file`` and renames it there when all went well."""

    def __init__(self, file):
        self.file, self.partial = file, file.with_name(f".{file.name}.partial")

    def __enter__(self):
        return self.partial

    def __exit__(self, kind, *_):
        if kind is None:
            if self.file.is_dir():
                shutil.rmtree(self.file)
            os.replace(self.partial, self.file)
        else:
            self.partial.unlink(missing_ok=True)


def _wide(x, y):
    """Return columns f0..fN-1 and label; float32 as the double it equals, so that its digits come back exactly."""
    flat = x.reshape(len(x), -1)
    flat = flat.astype(np.float64) if flat.dtype.kind == "f" else flat
    y = y.astype(np.float64) if y.dtype.kind == "f" else y
    return pa.table({**{f"f{i}": flat[:, i] for i in range(flat.shape[1])}, "label": y})
