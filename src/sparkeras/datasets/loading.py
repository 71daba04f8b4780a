"""A data set, by its name or the path of its files, as DataFrames or arrays.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.datasets import files, image_folder, image_frames, parquet, registry
from sparkeras.datasets.contract import Arrays, Dataset
from sparkeras.datasets.frames import frame_from_arrays
from sparkeras.datasets.sessions import session_of
from sparkeras.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkeras.datasets.sessions import Session

ROWS_PER_PARTITION = 5_000  # of test rows


def load(
    name_or_path: str | Path,
    spark: Session,
    *,
    label: str | None = None,
    seed: int = 0,
    image_size: int = image_folder.SIZE,
) -> tuple[DataFrame, DataFrame]:
    """Return (train, test), two DataFrames with the columns ``features`` and ``label``.

    Parameters
    ----------
    name_or_path : str
        A name of ``names()``; or a path: .npz, IDX, CSV, a folder that holds ``train`` and ``test``, two text files as
        ``"IMAGES,LABELS"``; Parquet or a folder of images with a folder for each class, local or at any address that
        Spark reads.
    spark : SparkSession
    label : str, optional
        The label column of a table; ``"label"`` by default.
    seed : int
        Of the split into 80 % training and 20 % test rows, where the data brings none.
    image_size : int
        Of a folder of images: pixels of a side that a model is to get.

    Returns
    -------
    (DataFrame, DataFrame)
        ``features`` is a flat array of numbers per row, a text, or the bytes of an image file.

    Raises
    ------
    DataError
        One sentence with file, row and fix.
    """
    dataset = open_dataset(name_or_path, spark, label=label, seed=seed, image_size=image_size)
    return dataset.train, dataset.test


def open_dataset(
    name_or_path: str | Path,
    spark: Session,
    *,
    label: str | None = None,
    seed: int = 0,
    image_size: int = image_folder.SIZE,
) -> Dataset:
    """Return the Dataset: the DataFrames of ``load`` with shape, classes, task and scaling.

    ``spark`` may be a function that gives the session: it is called once the data is known to be there, or read.
    """
    text = files.local(name_or_path)
    if "://" in text and not text.endswith(".parquet") and label is None:
        dataset = image_frames.open_remote_images(session_of(spark), text, seed, image_size)
        if dataset:
            return replace(dataset, name=files.name_of(text), source=text)
    paths = None if is_name(text) else files.parquet_paths(text)
    if paths:
        dataset = parquet.open_parquet(session_of(spark), paths, label, seed)
        return replace(dataset, name=files.name_of(text), source=text)
    images = _images(text, label)
    if images:
        dataset = image_frames.open_images(session_of(spark), images.folder, seed, image_size)
        return replace(dataset, name=images.name, source=images.source)
    return _as_dataset(load_arrays(text, label=label, seed=seed), session_of(spark))


def load_arrays(
    name_or_path: str | Path,
    *,
    label: str | None = None,
    seed: int = 0,
    image_size: int = image_folder.SIZE,
    invalid: str = "error",
) -> Arrays:
    """Return the Arrays of a data set, without Spark; not for Parquet.

    ``image_size`` and ``invalid`` ("error" or "skip", for broken files) are for folders of images.
    """
    text = files.local(name_or_path)
    images = _images(text, label)
    if images:
        arrays = image_folder.read(images.folder, seed, image_size, invalid)
        return replace(arrays, name=images.name, source=images.source)
    if is_name(text):
        return registry.read(text, seed)
    if files.parquet_paths(text):
        raise DataError(f"{text!r} is Parquet, which Spark reads: take datasets.load(path, spark).")
    return files.read(text, label, seed)


def image_rows(spark: SparkSession, path: str | Path) -> DataFrame | None:
    """Return the images at a path, a file or a folder, as rows of ``features`` (bytes) and ``path``.

    None where no image lies at a local path, or its files are of another kind; an address elsewhere must end as an
    image's name does, or in a slash.
    """
    return image_frames.rows_of(spark, files.local(path))


def _as_dataset(arrays: Arrays, spark: SparkSession) -> Dataset:
    test = frame_from_arrays(spark, arrays.x_test, arrays.y_test)
    # Each partition that predicts starts a Python of its own, which opens Keras and compiles the model: seconds.
    # So test rows get a partition per 5,000, not one per core.
    partitions = -(-len(arrays.x_test) // ROWS_PER_PARTITION) or 1
    return Dataset(
        name=arrays.name,
        train=frame_from_arrays(spark, arrays.x_train, arrays.y_train),
        test=test.coalesce(partitions),
        input_shape=arrays.input_shape,
        num_classes=arrays.num_classes,
        task=arrays.task,
        scaling=arrays.scaling,
        source=arrays.source,
        schema=arrays.schema,
        targets=arrays.targets,
    )


def is_name(text: str) -> bool:
    """Tell whether ``text`` is meant as the name of a data set and not as a path."""
    return text in registry.ENTRIES or not files.is_path(text)


def _images(text: str, label: str | None) -> registry.Images | None:
    """Return the folder of images that ``text`` means, by name or path; None if it means something else."""
    named = is_name(text)
    if label not in (None, "label") and (named or not files.is_table(text)):
        raise DataError(f"{text!r} is not a table, so no column {label!r} can be its label. Leave the label out.")
    if named:
        return registry.images(text)
    return registry.Images(text, files.name_of(text), text) if files.is_images(text) else None
