"""Write a data set as Parquet, CSV, .npz or plain text, whole or not at all; what is written, we read back.

Runs on: driver.
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

FORMATS = ("parquet", "csv", "npz", "text")


def check(folder, format, name, overwrite):
    """Return the files to write, or raise DataError for an unknown format or files in the way."""
    if format not in FORMATS:
        raise DataError(f"Unknown format {format!r}; expected one of {', '.join(FORMATS)}.")
    folder = Path(folder).expanduser()
    names = [f"train.{format}", f"test.{format}"]
    if format == "npz":
        names = [f"{name}.npz"]
    elif format == "text":
        names = [f"{name}_{kind}_{part}.csv" for part in ("train", "test") for kind in ("images", "labels")]
    files = [folder / file for file in names]
    there = [str(file) for file in files if file.exists()]
    if there and not overwrite:
        raise DataError(f"{', '.join(there)} exists already. Choose another folder, or --overwrite.")
    return files


def write(arrays, files, format, own_names=False):
    """Write Arrays to ``files`` (of ``check``).

    ``own_names`` keeps what the user's file called things: columns of features, and classes as texts.
    """
    if format == "csv" and arrays.y_train.ndim > 1:
        raise DataError(f"CSV holds one label per row; this data has {arrays.y_train.shape[1]}. Take parquet or npz.")
    if arrays.x_train.dtype == object and format in ("npz", "text"):
        raise DataError(f"Rows of this data are texts, which {format} does not hold. Take parquet or csv.")
    try:
        files[0].parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The folder '{files[0].parent}' cannot be made: {error.strerror or error}.") from error
    schema = arrays.schema if own_names else None
    labels = _labels(arrays, schema.classes if schema and format != "text" else ())
    if format == "npz":
        parts = {"x_train": arrays.x_train, "y_train": labels[0], "x_test": arrays.x_test, "y_test": labels[1]}
        with _whole(files[0]) as partial, open(partial, "wb") as file:
            np.savez_compressed(file, **parts)
        return
    if format == "text":
        _write_text(arrays, files)
        return
    for file, x, y in zip(files, (arrays.x_train, arrays.x_test), labels, strict=True):
        with _whole(file) as partial:
            if format == "csv":
                pa.csv.write_csv(_wide(x, y, schema.features if schema else ()), partial)
            else:
                pa.parquet.write_table(table_from_arrays(_flat(x), y), partial)


def _write_text(arrays, files):
    """Write numbers, images from 0 to 1, and classes one-hot, a row per line and no header."""
    if arrays.num_classes is None:
        raise DataError("Text holds one class per row, and the labels of this data are amounts. Take parquet or npz.")
    kind, factor = arrays.scaling
    scale = np.float32(factor if kind == "rescale" else 1)
    one_hot = np.eye(arrays.num_classes, dtype=np.uint8)
    train, test = arrays.x_train * scale, arrays.x_test * scale
    plain = pa.csv.WriteOptions(include_header=False)
    for file, rows in zip(files, (train, one_hot[arrays.y_train], test, one_hot[arrays.y_test]), strict=True):
        columns = {str(i): column for i, column in enumerate(rows.reshape(len(rows), -1).T)}
        with _whole(file) as partial:
            pa.csv.write_csv(pa.table(columns), partial, plain)


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


def _flat(x):
    return x if x.dtype == object else x.reshape(len(x), -1)


def _labels(arrays, classes):
    """Return the labels of both parts, as the names of classes where there are any."""
    both = (arrays.y_train, arrays.y_test)
    return tuple(np.array(classes)[y] for y in both) if classes else both


def _wide(x, y, names=()):
    """Return columns called ``names``, else f0..fN-1, or text; and label.

    float32 is written as the double that it equals, so that its digits come back.
    """
    if x.dtype == object:
        return pa.table({"text": pa.array(x, pa.string()), "label": y})
    flat = _flat(x)
    flat = flat.astype(np.float64) if flat.dtype.kind == "f" else flat
    y = y.astype(np.float64) if y.dtype.kind == "f" else y
    if len(names) != flat.shape[1] or "label" in names:
        names = [f"f{i}" for i in range(flat.shape[1])]
    return pa.table({**{name: flat[:, i] for i, name in enumerate(names)}, "label": y})
