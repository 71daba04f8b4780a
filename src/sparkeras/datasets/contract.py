"""Types of a data set: arrays, DataFrames, facts, and the entry that each named set puts in the registry.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

Scaling = tuple[str, float | None]
FittedScaling = tuple[str, float | tuple[np.ndarray, np.ndarray]]
STANDARDIZE: Scaling = ("standardize", None)
AS_IT_IS: Scaling = ("rescale", 1.0)
# Ends the name of a data set whose rows are made up, wherever it is shown.
SYNTHETIC_SUFFIX = " (synthetic)"


@dataclass(frozen=True)
class Schema:
    """The names and units of a data set's numbers.

    Attributes
    ----------
    features : tuple of str
        A name for each number of a row, with its unit; one name for an image or a text.
    labels : tuple of str
        A name for each label, with its unit.
    classes : tuple of str
        Of a classification: the name of class 0, of class 1, and so on.
    """

    features: tuple[str, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Arrays:
    """A data set in the memory of this process.

    Attributes
    ----------
    name : str
        The data set's name, or the stem of the file it was read from.
    x_train, x_test : arrays of numbers (rows, ...), or of texts (rows,) with dtype object
        Narrow types: images stay uint8.
    y_train, y_test : arrays (rows,), or (rows, targets) for a regression with several targets
        int32 for a classification, float for a regression.
    num_classes : int or None
        One more than the largest label; None for a regression.
    scaling : ("rescale", factor) or ("standardize", None)
        What a model's first layer should do to the features.
    source : str
        Where it comes from, for a report.
    schema : Schema or None
        Of a named set.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    num_classes: int | None
    scaling: Scaling
    source: str
    schema: Schema | None = None

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one row's features, e.g. (28, 28)."""
        return self.x_train.shape[1:]

    @property
    def task(self) -> str:
        """Return "classification" or "regression"."""
        return "regression" if self.num_classes is None else "classification"

    @property
    def is_synthetic(self) -> bool:
        """Whether the rows are a made-up sample of the named set (``datasets.write_sample``)."""
        return self.name.endswith(SYNTHETIC_SUFFIX)

    @property
    def targets(self) -> int:
        """Return how many numbers a regression predicts for each row."""
        return 1 if self.y_train.ndim == 1 else self.y_train.shape[1]

    def fitted_scaling(self) -> FittedScaling:
        """Return ``scaling`` with its numbers: ("rescale", factor), or ("standardize", (mean, variance)) of x_train."""
        kind, factor = self.scaling
        return kind, (self.x_train.mean(axis=0), self.x_train.var(axis=0)) if factor is None else factor

    def scaled(self, x: np.ndarray) -> np.ndarray:
        """Return rows of these features for a network without a scaling layer: flat, float32, scaled."""
        flat = x.reshape(len(x), math.prod(x.shape[1:])).astype(np.float32)  # -1 would not do for no rows
        _, value = self.fitted_scaling()
        if not isinstance(value, tuple):
            return flat * np.float32(value)
        mean, variance = (each.reshape(-1).astype(np.float32) for each in value)
        return (flat - mean) / np.sqrt(np.maximum(variance, 1e-7))


@dataclass(frozen=True)
class Dataset:
    """A data set as Spark DataFrames with the columns ``features`` and ``label``.

    Attributes are those of ``Arrays``, except that ``train`` and ``test`` hold the rows. ``features`` is a flat array
    of numbers per row, and ``input_shape`` is the shape that it had, e.g. (28, 28) for 784 numbers; or it is the bytes
    of an image file, which is decoded to ``input_shape``; or a text, and ``input_shape`` is ().
    """

    name: str
    train: DataFrame
    test: DataFrame
    input_shape: tuple[int, ...]
    num_classes: int | None
    task: str
    scaling: Scaling
    source: str
    schema: Schema | None = None
    targets: int = 1


class TableParts(NamedTuple):
    """A table with columns of several kinds: its training and test rows, and the name of its label column.

    ``task`` is ``"classification"`` or ``"regression"``; None: what the label's values say.
    """

    train: pa.Table
    test: pa.Table
    label: str
    task: str | None = None


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name, its size in bytes (None: unknown), its SHA-256, and where it lies under a mirror.

    ``path`` is the name by default, or another path, or a whole address for a file of no mirror.
    """

    name: str
    bytes: int | None
    sha256: str
    path: str = ""


@dataclass(frozen=True)
class Entry:
    """A named data set. A new one is a file in ``sets/`` with an ``ENTRY``, listed in ``registry.py``.

    Attributes
    ----------
    read : function (folder, seed) -> Arrays
        Reads the set; one without files ignores ``folder``.
    schema : Schema
    sample : function (folder, rng) or None
        Writes a few made-up rows into a folder, in the files and the format that ``read`` takes; for tests.
    folder : str
        Its folder's name below ``$SPARKERAS_DATA`` and the cache, if it differs from the set's name.
    files : tuple of RemoteFile
        What a download brings; empty for a set that needs none.
    mirrors : tuple of str
        Addresses that hold ``files``, tried in order.
    complete : function (folder) -> bool
        Does a folder of the user hold all that ``read`` needs? By default: each of ``files``.
    table : function (folder, seed) -> TableParts, or None
        Of a table with columns of several kinds, which ``read`` cannot give as numbers: it says so.
    measured : bool
        Whether the rows of ``read`` are named measurements and one label, so that they are a table too.
    images : function (folder) -> path, or None
        Of a set of images, whose download is an archive of them: the folder of class folders; see ``image_folder``.
    """

    name: str
    title: str
    rows_train: int
    rows_test: int
    licence: str
    source_url: str
    read: Callable[[Path, int], Arrays]
    schema: Schema
    sample: Callable[[Path, np.random.Generator], None] | None = None
    folder: str = ""
    files: tuple[RemoteFile, ...] = ()
    mirrors: tuple[str, ...] = ()
    complete: Callable[[Path], bool] | None = None
    table: Callable[[Path, int], TableParts] | None = None
    measured: bool = False
    images: Callable[[Path], Path | None] | None = None

    @property
    def is_table(self) -> bool:
        """Tell whether each of its columns can be learned by itself."""
        return self.measured or self.table is not None

    @property
    def place(self) -> str:
        """Return the name of its folder below ``$SPARKERAS_DATA`` and the cache."""
        return self.folder or self.name

    def is_in(self, folder: Path) -> bool:
        """Tell whether a folder of the user holds all that ``read`` needs."""
        if self.complete:
            return self.complete(folder)
        return bool(self.files) and all((folder / file.name).is_file() for file in self.files)


@dataclass(frozen=True)
class Facts:
    """A named data set in ``sparkeras data list`` and ``data show``; ``where`` is its place on this machine, if any."""

    name: str
    title: str
    rows_train: int
    rows_test: int
    download_bytes: int | None
    licence: str
    source_url: str
    where: str
    schema: Schema
