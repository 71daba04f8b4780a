"""Folders of images as DataFrames: the bytes of each file, which are decoded in the Spark task.

Runs on: driver.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.datasets import image_folder
from sparkeras.datasets.assemble import IMAGE_RESCALE
from sparkeras.datasets.contract import Dataset

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_SCHEME = "^[^/]*:(//[^/]*)?"  # and the host


def open_images(spark: SparkSession, folder: str | Path, seed: int, size: int) -> Dataset:
    """Return the Dataset of a local folder of images (see ``image_folder.sort``); nothing is decoded yet.

    Columns: ``features`` (binary: the file's bytes), ``label`` (int) and ``path``.
    """
    image_folder.require_size(size)
    images = image_folder.scan(folder, seed)
    root = Path(images.root).resolve()
    # Spark leaves empty files out silently; here they are rows without an image, which training counts.
    empty = {name for name, _ in (*images.train, *images.test) if not (root / name).stat().st_size}
    return _dataset(spark, images, f"file://{root}", size, empty)


def open_remote_images(spark: SparkSession, address: str, seed: int, size: int) -> Dataset | None:
    """Return the Dataset of a folder of images at any address that Spark reads, None if no image lies there.

    One Spark job lists the files. Spark leaves empty ones out.
    """
    try:
        listed = _files(spark, address, image_folder.ENDINGS).select("path").toArrow()["path"].to_pylist()
    except (
        Exception
    ):  # of as many kinds as there are file systems; the address is read as Parquet next, which gives the message
        return None
    if not listed:
        return None
    image_folder.require_size(size)
    address = address.rstrip("/")
    start = len(_place(address))
    images = image_folder.sort(address, (re.sub(_SCHEME, "", path)[start:] for path in listed), seed)
    return _dataset(spark, images, address, size, ())


def rows_of(spark: SparkSession, path: str) -> DataFrame | None:
    """Return the images of a file or a folder, without labels, as ``features`` (bytes) and ``path``; see image_rows."""
    if "://" not in path:
        place = Path(path).expanduser().resolve()
        some = [place] if place.is_file() else (file for file in place.rglob("*") if file.is_file())
        if not any(map(image_folder.is_image, some)) or any(place.glob("*.parquet")):
            return None
        path = f"file://{place}"
    elif not path.lower().endswith((*image_folder.ENDINGS, "/")):
        return None
    return _files(spark, path, image_folder.ENDINGS).selectExpr("content AS features", "path")


def _dataset(
    spark: SparkSession, images: image_folder.ImageFolder, address: str, size: int, empty: Collection[str]
) -> Dataset:
    return Dataset(
        name="",
        train=_frame(spark, address, images.train, empty),
        test=_frame(spark, address, images.test, empty),
        input_shape=(size, size, 3),
        num_classes=len(images.classes),
        task="classification",
        scaling=IMAGE_RESCALE,
        source="",
        schema=images.schema,
    )


def _place(address: str) -> str:
    """Return the common beginning of the paths of files below an address, without scheme and host."""
    return re.sub(_SCHEME, "", address) + "/"


def _files(spark: SparkSession, address: str, endings: tuple[str, ...] = ()) -> DataFrame:
    """Return the rows that Spark's ``binaryFile`` has for the files below an address."""
    # Spark reads a path as a pattern.
    pattern = re.sub(r"([*?\[\]{}\\])", r"\\\1", address)
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    if endings:
        letters = ("".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in ending) for ending in endings)
        reader = reader.option("pathGlobFilter", f"*{{{','.join(letters)}}}")
    return reader.load(pattern)


def _frame(spark: SparkSession, address: str, files: image_folder.Labelled, empty: Collection[str]) -> DataFrame:
    """Join the files below a folder with the labels of some of them."""
    import pyspark.sql.functions as F

    labels = spark.createDataFrame(files, "name string, label int")
    # Spark's paths: file:/folder/class/name, hdfs://host/folder/class/name.
    name = F.substring(F.regexp_replace("path", _SCHEME, ""), len(_place(address)) + 1, 10_000)
    rows = _files(spark, address).withColumn("name", name)
    rows = rows.join(F.broadcast(labels), "name").selectExpr("content AS features", "label", "path")
    holes = [(None, label, f"{address}/{name}") for name, label in files if name in empty]
    return rows.unionByName(spark.createDataFrame(holes, rows.schema)) if holes else rows
