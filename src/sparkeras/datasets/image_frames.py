"""Folders of images as DataFrames: the bytes of each file, which training decodes where it keeps its rows.

Runs on: driver.
"""

import re
from pathlib import Path

from sparkeras.datasets import image_folder
from sparkeras.datasets.assemble import IMAGE_RESCALE
from sparkeras.datasets.contract import Dataset

_SCHEME = "^[^/]*:(//[^/]*)?"  # and the host


def open_images(spark, folder, seed, size):
    """Return the Dataset of a local folder of images (see ``image_folder.sort``); nothing is decoded yet.

    Columns: ``features`` (binary: the file's bytes), ``label`` (int) and ``path``.
    """
    image_folder.require_size(size)
    found = image_folder.scan(folder, seed)
    root = found.root.resolve()
    # Spark leaves empty files out without a word; here they are rows without an image, which training counts.
    empty = {name for name, _ in (*found.train, *found.test) if not (root / name).stat().st_size}
    return _dataset(spark, found, f"file://{root}", size, empty)


def open_remote_images(spark, address, seed, size):
    """Return the Dataset of a folder of images at any address that Spark reads, None if no image lies there.

    One Spark job lists the files. Empty ones are left out: Spark does not tell of them.
    """
    try:
        listed = _files(spark, address, image_folder.ENDINGS).select("path").toArrow()["path"].to_pylist()
    except Exception:  # of as many kinds as there are file systems; whoever reads the address as Parquet says which
        return None
    if not listed:
        return None
    image_folder.require_size(size)
    address = address.rstrip("/")
    start = len(_place(address))
    found = image_folder.sort(address, (re.sub(_SCHEME, "", path)[start:] for path in listed), seed)
    return _dataset(spark, found, address, size, ())


def rows_of(spark, path):
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


def _dataset(spark, found, address, size, empty):
    return Dataset(
        name="",
        train=_frame(spark, address, found.train, empty),
        test=_frame(spark, address, found.test, empty),
        input_shape=(size, size, 3),
        num_classes=len(found.classes),
        task="classification",
        scaling=IMAGE_RESCALE,
        source="",
        schema=found.schema,
    )


def _place(address):
    """Return how the paths of files below an address begin, once scheme and host are left out."""
    return re.sub(_SCHEME, "", address) + "/"


def _files(spark, address, endings=()):
    """Return what Spark's ``binaryFile`` tells of the files below an address."""
    # Spark takes a path as a pattern.
    pattern = re.sub(r"([*?\[\]{}\\])", r"\\\1", address)
    reader = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    if endings:
        letters = ("".join(f"[{c}{c.upper()}]" if c.isalpha() else c for c in ending) for ending in endings)
        reader = reader.option("pathGlobFilter", f"*{{{','.join(letters)}}}")
    return reader.load(pattern)


def _frame(spark, address, files, empty):
    """Join the files below a folder with the labels of some of them."""
    import pyspark.sql.functions as F

    labels = spark.createDataFrame(files, "name string, label int")
    # The path says afterwards which file it was, plainly: file:/folder/class/name, hdfs://host/folder/class/name.
    name = F.substring(F.regexp_replace("path", _SCHEME, ""), len(_place(address)) + 1, 10_000)
    rows = _files(spark, address).withColumn("name", name)
    rows = rows.join(F.broadcast(labels), "name").selectExpr("content AS features", "label", "path")
    holes = [(None, label, f"{address}/{name}") for name, label in files if name in empty]
    return rows.unionByName(spark.createDataFrame(holes, rows.schema)) if holes else rows
