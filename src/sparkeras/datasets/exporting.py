"""Write a data set as Parquet, CSV, .npz or plain text, whole or not at all, so that ``load`` reads it back.

Runs on: driver.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from sparkeras.datasets import files as own_files
from sparkeras.datasets import parquet
from sparkeras.datasets.contract import Arrays
from sparkeras.datasets.frames import table_from_arrays
from sparkeras.datasets.image_folder import SIZE
from sparkeras.datasets.loading import is_name, load_arrays, open_dataset
from sparkeras.errors import DataError

if TYPE_CHECKING:
    from sparkeras.datasets.sessions import Session

FORMATS = ("parquet", "csv", "npz", "text")


def export(
    name_or_path: str | Path,
    spark: Session | None,
    folder: str | Path,
    format: str,
    *,
    label: str | None = None,
    seed: int = 0,
    image_size: int = SIZE,
    overwrite: bool = False,
) -> Path:
    """Write the training and test rows of a data set; return the path that ``load`` reads them back from.

    Parameters
    ----------
    name_or_path, spark, label, seed, image_size
        As in ``load``; ``spark``, or a function that gives it, is needed for Parquet input only.
    folder : path
    format : str
        ``"parquet"`` or ``"csv"`` (train and test), ``"npz"`` (one file with x_train, y_train, x_test, y_test), or
        ``"text"`` (``NAME_images_train.csv``, ``NAME_labels_train.csv`` and so on, for ``load_text``). Texts go into
        the first two; images keep their shape in npz.
    overwrite : bool

    Raises
    ------
    DataError
        For files in the way, an unknown format, or data that cannot be read.
    """
    text = own_files.local(name_or_path)
    targets = check(folder, format, own_files.name_of(text), overwrite)
    if not is_name(text) and own_files.parquet_paths(text):
        if spark is None:
            raise DataError(f"{text!r} is Parquet, which Spark reads: give the session, spark=...")
        arrays = parquet.to_arrays(open_dataset(text, spark, label=label, seed=seed))
    else:
        arrays = load_arrays(text, label=label, seed=seed, image_size=image_size)
    write(arrays, targets, format, own_names=not is_name(text))
    return targets[0] if format == "npz" else targets[0].parent


def check(folder: str | Path, format: str, name: str, overwrite: bool) -> list[Path]:
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
    in_the_way = [str(file) for file in files if file.exists()]
    if in_the_way and not overwrite:
        raise DataError(f"{', '.join(in_the_way)} exists already. Choose another folder, or --overwrite.")
    return files


def write(arrays: Arrays, files: list[Path], format: str, own_names: bool = False) -> None:
    """Write Arrays to ``files`` (of ``check``).

    ``own_names`` keeps the names of the user's file: columns of features, and classes as texts.
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
        with _Whole(files[0]) as partial, open(partial, "wb") as content:
            np.savez_compressed(
                content, x_train=arrays.x_train, y_train=labels[0], x_test=arrays.x_test, y_test=labels[1]
            )
        return
    if format == "text":
        _write_text(arrays, files)
        return
    for file, x, y in zip(files, (arrays.x_train, arrays.x_test), labels, strict=True):
        with _Whole(file) as partial:
            if format == "csv":
                pa.csv.write_csv(_wide(x, y, schema.features if schema else ()), partial)
            else:
                pa.parquet.write_table(table_from_arrays(_flat(x), y), partial)


def _write_text(arrays: Arrays, files: list[Path]) -> None:
    """Write numbers, images from 0 to 1, and classes one-hot, a row per line and no header."""
    if arrays.num_classes is None:
        raise DataError("Text holds one class per row, and the labels of this data are amounts. Take parquet or npz.")
    _, factor = arrays.scaling
    scale = np.float32(1 if factor is None else factor)
    one_hot = np.eye(arrays.num_classes, dtype=np.uint8)
    train, test = arrays.x_train * scale, arrays.x_test * scale
    plain = pa.csv.WriteOptions(include_header=False)
    for file, rows in zip(files, (train, one_hot[arrays.y_train], test, one_hot[arrays.y_test]), strict=True):
        columns = {str(i): column for i, column in enumerate(rows.reshape(len(rows), -1).T)}
        with _Whole(file) as partial:
            pa.csv.write_csv(pa.table(columns), partial, plain)


class _Whole:
    """A context that gives a path beside ``file`` and renames it there when all went well."""

    def __init__(self, file: Path) -> None:
        self.file, self.partial = file, file.with_name(f".{file.name}.partial")

    def __enter__(self) -> Path:
        return self.partial

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            if self.file.is_dir():
                shutil.rmtree(self.file)
            os.replace(self.partial, self.file)
        else:
            self.partial.unlink(missing_ok=True)


def _flat(x: np.ndarray) -> np.ndarray:
    return x if x.dtype == object else x.reshape(len(x), -1)


def _labels(arrays: Arrays, classes: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of both parts, as the names of classes where there are any."""
    if not classes:
        return arrays.y_train, arrays.y_test
    return np.array(classes)[arrays.y_train], np.array(classes)[arrays.y_test]


def _wide(x: np.ndarray, y: np.ndarray, names: tuple[str, ...] = ()) -> pa.Table:
    """Return columns called ``names``, else f0..fN-1, or text; and label.

    float32 is written as the double that it equals, so that its digits come back.
    """
    if x.dtype == object:
        return pa.table({"text": pa.array(x, pa.string()), "label": y})
    flat = _flat(x)
    flat = flat.astype(np.float64) if flat.dtype.kind == "f" else flat
    y = y.astype(np.float64) if y.dtype.kind == "f" else y
    if len(names) != flat.shape[1] or "label" in names:
        names = tuple(f"f{i}" for i in range(flat.shape[1]))
    return pa.table({**{name: flat[:, i] for i, name in enumerate(names)}, "label": y})
