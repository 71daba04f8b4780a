"""The arrays of an HDF5 file of Keras 1 or 2: groups named after layers, arrays in the order of attributes.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from sparkeras.errors import DataError
from sparkeras.legacy import foreign


class StoredLayer:
    """The arrays of one layer: their names and shapes, and by ``read`` their numbers."""

    def __init__(self, name: str, datasets: dict[str, h5py.Dataset], path: Path) -> None:
        self.name, self.path = name, path
        self.names, self.datasets = list(datasets), list(datasets.values())

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [dataset.shape for dataset in self.datasets]

    def read(self) -> list[np.ndarray]:
        """Return the arrays; DataError where the file is damaged."""
        try:
            return [dataset[()] for dataset in self.datasets]
        except (OSError, RuntimeError, ValueError) as error:
            raise DataError(f"'{self.path}' is damaged: the arrays of layer {self.name!r} cannot be read.") from error


@contextlib.contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading.

    Raises
    ------
    DataError
        If there is none, or it is not HDF5, or cut short.
    """
    if not path.is_file() or foreign.refusal(path):
        raise DataError(foreign.refusal(path) or f"There is no file '{path}'.")
    if not h5py.is_hdf5(path):
        raise DataError(f"'{path}' is not an HDF5 file; expected weights as save_weights('weights.h5') wrote them.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise DataError(f"'{path}' is damaged or cut short: {str(error)[:200]}. Copy it again.") from error
    with file:
        yield file


def attribute(group: h5py.Group, name: str) -> list[str]:
    """Return a list of names in an attribute; long lists lie in parts ``name0``, ``name1``, ..."""
    if name in group.attrs:
        values = list(group.attrs[name])
    else:
        values, i = [], 0
        while f"{name}{i}" in group.attrs:
            values += list(group.attrs[f"{name}{i}"])
            i += 1
    return [text(value) for value in values]


def text(value: Any) -> Any:
    """Return an attribute of text, which is bytes or str by version; None stays None."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def stored_layers(file: h5py.File, path: Path) -> list[StoredLayer]:
    """Return the StoredLayers with at least one array, in the file's order.

    Raises
    ------
    DataError
        If the file has another layout.
    """
    group = file["model_weights"] if "layer_names" not in file.attrs and "model_weights" in file else file
    if "nb_layers" in group.attrs:
        raise DataError(f"'{path}' was written by Keras 0.x, whose models are not translated.")
    names = attribute(group, "layer_names")
    if not names:
        reason = (
            "its layout is that of Keras 3"
            if {"layers", "_layer_checkpoint_dependencies"} & set(group)
            else "it names no layers"
        )
        raise DataError(
            f"'{path}' holds no weights of Keras 1 or 2: {reason}. Save them with save_weights('weights.h5')."
        )
    layers = []
    for name in names:
        if name not in group:
            raise DataError(f"'{path}' is damaged: it names the layer {name!r} and does not hold it.")
        arrays = {each: dataset(group[name], each, path) for each in attribute(group[name], "weight_names")}
        layers.append(StoredLayer(name, arrays, path))
    return [layer for layer in layers if layer.names]


def written_by(file: h5py.File) -> tuple[str | None, str | None]:
    """Return (version, backend) recorded in an HDF5 file, None for what is not."""
    group = file.get("model_weights", file)
    version, backend = (text(file.attrs.get(key, group.attrs.get(key))) for key in ("keras_version", "backend"))
    return version, backend


def dataset(group: h5py.Group, name: str, path: Path) -> h5py.Dataset:
    """Return an array of a group, unread; DataError where there is none, or it lies in another file."""
    array = group.get(name)
    if not isinstance(array, h5py.Dataset):
        raise DataError(f"'{path}' is damaged: it names the array {name!r} and does not hold it.")
    if array.external or array.is_virtual or array.file.filename != group.file.filename:
        raise DataError(f"'{path}' has the array {name!r} in another file, which is not opened.")
    return array
