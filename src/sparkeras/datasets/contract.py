"""What a data set is: its arrays, its DataFrames, its facts, and the entry that each named set puts in the registry.

Runs on: driver. Imports: NumPy's types only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Scaling = tuple[str, float | None]
STANDARDIZE: Scaling = ("standardize", None)


@dataclass(frozen=True, eq=False)
class Arrays:
    """A data set in this process' memory.

    Attributes
    ----------
    name : str
        The data set's name, or the stem of the file it was read from.
    x_train, x_test : arrays of numbers (rows, ...)
        Narrow types: images stay uint8.
    y_train, y_test : arrays (rows,), or (rows, targets) for a regression with several targets
        int32 for a classification, float for a regression.
    num_classes : int or None
        One more than the largest label; None for a regression.
    scaling : ("rescale", factor) or ("standardize", None)
        What a model's first layer should do to the features.
    source : str
        Where it was found, for a report.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    num_classes: int | None
    scaling: Scaling
    source: str

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of one row's features, e.g. (28, 28)."""
        return self.x_train.shape[1:]

    @property
    def task(self) -> str:
        """Return "classification" or "regression"."""
        return "regression" if self.num_classes is None else "classification"

    def fitted_scaling(self):
        """Return ``scaling`` with its numbers: ("rescale", factor), or ("standardize", (mean, variance)) of x_train."""
        kind, factor = self.scaling
        return kind, factor if kind == "rescale" else (self.x_train.mean(axis=0), self.x_train.var(axis=0))

    def scaled(self, x: np.ndarray) -> np.ndarray:
        """Return rows of these features as a network without a scaling layer wants them: flat, float32, scaled."""
        flat = x.reshape(len(x), -1).astype(np.float32)
        kind, value = self.fitted_scaling()
        if kind == "rescale":
            return flat * np.float32(value)
        mean, variance = (each.reshape(-1).astype(np.float32) for each in value)
        return (flat - mean) / np.sqrt(np.maximum(variance, 1e-7))


@dataclass(frozen=True)
class Dataset:
    """A data set as Spark DataFrames with the columns ``features`` (a flat array of numbers per row) and ``label``.

    Attributes are those of ``Arrays``, except that ``train`` and ``test`` hold the rows and ``input_shape`` says which
    shape a flat row had, e.g. (28, 28) for 784 numbers.
    """

    name: str
    train: "DataFrame"
    test: "DataFrame"
    input_shape: tuple[int, ...]
    num_classes: int | None
    task: str
    scaling: Scaling
    source: str


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its name under a mirror, its size in bytes and its SHA-256 in hex."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Entry:
    """A named data set. A new one is a file with an ``ENTRY``, listed in ``registry.py``.

    Attributes
    ----------
    read : function (folder, seed) -> Arrays
        Reads the set; ``folder`` is None for an embedded one.
    files : tuple of RemoteFile
        What a download brings; empty for an embedded set.
    mirrors : tuple of str
        Addresses that hold ``files``, tried in order.
    complete : function (folder) -> bool
        Does a folder of the user hold all that ``read`` needs?
    """

    name: str
    title: str
    rows_train: int
    rows_test: int
    licence: str
    source_url: str
    read: Callable[[Path | None, int], Arrays]
    files: tuple[RemoteFile, ...] = ()
    mirrors: tuple[str, ...] = ()
    complete: Callable[[Path], bool] = lambda folder: False


@dataclass(frozen=True)
class Facts:
    """What ``sparkeras data list`` shows of a named data set; ``where`` says where it is found now."""

    name: str
    title: str
    rows_train: int
    rows_test: int
    download_bytes: int
    licence: str
    source_url: str
    where: str
