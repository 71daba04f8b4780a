"""Data sets by name and the user's own files, as Spark DataFrames or arrays.

Runs on: driver.
"""

from dataclasses import replace

from sparkeras.datasets import cache, files, image_folder, registry, textpair
from sparkeras.datasets import export as _export
from sparkeras.datasets.contract import Arrays, Dataset, Facts
from sparkeras.datasets.frames import frame_from_arrays
from sparkeras.errors import DataError, SparkerasError
from sparkeras.files.cache_folder import cache_folder
from sparkeras.spark import remote_files
from sparkeras.spark.error_messages import reason

__all__ = [
    "Arrays",
    "Dataset",
    "Facts",
    "ImageBatches",
    "cache_folder",
    "clean",
    "describe",
    "export",
    "fetch",
    "frame_from_arrays",
    "load",
    "load_arrays",
    "load_text",
    "names",
    "open_dataset",
    "write_sample",
]


IMAGE_SIZE = image_folder.SIZE


def __getattr__(name):
    if name != "ImageBatches":  # a door to Keras, which is opened when somebody asks for it
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sparkeras.datasets.image_batches import ImageBatches

    return ImageBatches


def local(path):
    """Return ``path`` without the ``file:`` of a local address; others stay as they are."""
    return files.local(str(path))


def names():
    """Return the names of the data sets."""
    return list(registry.ENTRIES)


def describe(name):
    """Return the Facts of a named data set: rows, size, licence, source, and where it is found now."""
    return registry.describe(name)


def fetch(name, progress=True):
    """Download a named data set into the cache, verify it by SHA-256, and return its folder."""
    return registry.fetch(name, progress)


def write_sample(name, folder, seed=0):
    """Write a few made-up rows in the files and format of a named data set; return the folder that holds them.

    With ``$SPARKERAS_DATA`` set to ``folder`` they stand in for the set, and wherever that shows it is called
    synthetic. For tests, and to see the format.
    """
    return registry.write_sample(name, folder, seed)


def clean():
    """Empty the cache of downloads and return the bytes that this freed."""
    return cache.clean()


def load(name_or_path, spark, *, label=None, seed=0, image_size=IMAGE_SIZE):
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


def open_dataset(name_or_path, spark, *, label=None, seed=0, image_size=IMAGE_SIZE):
    """Return the Dataset: the DataFrames of ``load`` with shape, classes, task and scaling.

    ``spark`` may be a function that gives the session: it is called once the data is known to be there, or read.
    """
    text = files.local(str(name_or_path))
    if "://" in text and not text.endswith(".parquet") and label is None:
        from sparkeras.datasets.image_frames import open_remote_images

        opened = open_remote_images(_session_of(spark), text, seed, image_size)
        if opened:
            return replace(opened, name=files.name_of(text), source=text)
    parquet = files.parquet_paths(text) if text not in registry.ENTRIES and files.is_path(text) else None
    if parquet:
        from sparkeras.datasets.parquet import open_parquet

        opened = open_parquet(_session_of(spark), parquet, label, seed)
        return replace(opened, name=files.name_of(text), source=text)
    found = _images(text, label)
    if found:
        from sparkeras.datasets.image_frames import open_images

        folder, name, where = found
        return replace(open_images(_session_of(spark), folder, seed, image_size), name=name, source=where)
    arrays = load_arrays(text, label=label, seed=seed)
    spark = _session_of(spark)
    return Dataset(
        name=arrays.name,
        train=frame_from_arrays(spark, arrays.x_train, arrays.y_train),
        test=_few_parts(frame_from_arrays(spark, arrays.x_test, arrays.y_test), len(arrays.x_test)),
        input_shape=arrays.input_shape,
        num_classes=arrays.num_classes,
        task=arrays.task,
        scaling=arrays.scaling,
        source=arrays.source,
        schema=arrays.schema,
        targets=arrays.targets,
    )


def _few_parts(frame, rows):
    """Return test rows with a partition for each 5,000 of them, not for each core.

    Each partition that predicts starts a Python of its own, which opens Keras and compiles the model: seconds.
    """
    return frame.coalesce(-(-rows // 5_000) or 1)


def image_rows(spark, path):
    """Return the images at a path, a file or a folder, as rows of ``features`` (bytes) and ``path``.

    None where no image lies at a local path, or its files are of another kind; an address elsewhere must end as an
    image's name does, or in a slash.
    """
    from sparkeras.datasets import image_frames

    return image_frames.rows_of(spark, local(path))


def _session_of(spark):
    return spark() if callable(spark) else spark


def load_arrays(name_or_path, *, label=None, seed=0, image_size=IMAGE_SIZE, invalid="error"):
    """Return the Arrays of a data set, without Spark; not for Parquet.

    ``image_size`` and ``invalid`` ("error" or "skip", for broken files) are for folders of images.
    """
    text = files.local(str(name_or_path))
    found = _images(text, label)
    if found:
        folder, name, where = found
        return replace(image_folder.read(folder, seed, image_size, invalid), name=name, source=where)
    if _is_name(text):
        return registry.read(text, seed)
    if files.parquet_paths(text):
        raise DataError(f"{text!r} is Parquet, which Spark reads: take datasets.load(path, spark).")
    return files.read(text, label, seed)


def _is_name(text):
    return text in registry.ENTRIES or not files.is_path(text)


def _images(text, label):
    """Return (folder, name, where) if ``text`` means a folder of images, by name or path; None if not."""
    named = _is_name(text)
    if label not in (None, "label") and (named or not files.is_table(text)):
        raise DataError(f"{text!r} is no table, so no column {label!r} can be its label. Leave the label out.")
    if named:
        return registry.images(text)
    return (text, files.name_of(text), text) if files.is_images(text) else None


def text_of(path, spark):
    """Return the text of a file, or of the part files of a folder, local or at any address that Spark reads.

    ``spark`` is a session, or a function that gives it: not touched for local paths.
    """
    path = files.local(str(path))
    files.require(path)
    return _bytes_of(path, spark).decode("utf-8", "replace")


def _bytes_of(path, spark):
    if "://" not in path:
        return textpair.local_bytes(path)
    try:
        found = remote_files.read(_session_of(spark), path)
    except SparkerasError:
        raise
    except Exception as error:  # Java's, of as many kinds as there are file systems
        raise DataError(f"{path!r} cannot be read: {reason(error)}.") from error
    if found is None:
        raise DataError(f"There is no file {path!r}.")
    return found


def load_text(paths, spark=None):
    """Return the Arrays of four text files: training images and labels, test images and labels.

    A line of the first file holds the numbers of a row, the same line of the second its class, one-hot or as a number.

    Parameters
    ----------
    paths : list of str
        Local, or any that Spark reads: ``hdfs://``, ``s3a://``, ...
    spark : SparkSession, or a function that gives it
        For the latter; not touched for local paths.

    Raises
    ------
    DataError
        One sentence with file and row.
    """

    paths = [files.local(str(path)) for path in paths]
    for path in paths:
        files.require(path)
    return replace(
        textpair.read_classes(paths, lambda path: _bytes_of(path, spark)), name=files.name_of(paths[0]), source=paths[0]
    )


def export(name_or_path, spark, folder, format, *, label=None, seed=0, image_size=IMAGE_SIZE, overwrite=False):
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
    text = files.local(str(name_or_path))
    targets = _export.check(folder, format, files.name_of(text), overwrite)
    if not _is_name(text) and files.parquet_paths(text):
        from sparkeras.datasets.parquet import to_arrays

        arrays = to_arrays(open_dataset(text, spark, label=label, seed=seed))
    else:
        arrays = load_arrays(text, label=label, seed=seed, image_size=image_size)
    _export.write(arrays, targets, format, own_names=not _is_name(text))
    return targets[0] if format == "npz" else targets[0].parent
