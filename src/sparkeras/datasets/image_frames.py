"""Folders of images as DataFrames: the bytes of each file, which training decodes where it keeps its rows.

Runs on: driver. Imports: ``errors``; pyspark inside the functions.
"""

import re
from pathlib import Path

from sparkeras.datasets.assemble import IMAGE_RESCALE
from sparkeras.datasets.contract import Dataset
from sparkeras.datasets.image_folder import require_size, scan


def open_images(spark, folder, seed, size):
    """Return the Dataset of a folder of images (see ``image_folder.scan``); nothing is decoded yet.

    Columns: ``features`` (binary: the file's bytes), ``label`` (int) and ``path``.
    """
    require_size(size)
    found = scan(folder, seed)
    return Dataset(
        name="",
        train=_frame(spark, found.root, found.train),
        test=_frame(spark, found.root, found.test),
        input_shape=(size, size, 3),
        num_classes=len(found.classes),
        task="classification",
        scaling=IMAGE_RESCALE,
        source="",
        schema=found.schema,
    )


def _frame(spark, root, files):
    """Join the files that Spark reads below a folder with the labels of some of them."""
    import pyspark.sql.functions as F

    names = [(path.relative_to(root).as_posix(), label) for path, label in files]
    root = Path(root).resolve()
    labels = spark.createDataFrame(names, "name string, label int")
    # Spark takes a path as a pattern, and says afterwards which file it was, plainly: file:/folder/class/name.
    pattern = re.sub(r"([*?\[\]{}\\])", r"\\\1", str(root))
    read = spark.read.format("binaryFile").option("recursiveFileLookup", "true").load(f"file://{pattern}")
    name = F.substring("path", len(f"file:{root}/") + 1, 10_000)
    rows = read.withColumn("name", name).join(F.broadcast(labels), "name")
    rows = rows.selectExpr("content AS features", "label", "path")
    # Spark leaves empty files out without a word; here they are rows without an image, which training counts.
    empty = [(None, label, f"file:{path}") for path, label in files if not path.stat().st_size]
    return rows.unionByName(spark.createDataFrame(empty, rows.schema)) if empty else rows
