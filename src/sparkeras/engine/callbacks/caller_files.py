"""The caller's side of callbacks' files: those at their paths go to the training, those that they write come back.

Runs on: driver.

A relative path means the caller's folder. An address (``s3://``, ``hdfs://``, ...) becomes a relative path while the
training lasts; Spark's own file systems carry the files there and back. ``file:`` is an absolute path.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.engine.callbacks import travelling
from sparkeras.engine.callbacks.callback_paths import Place, places_of, require_places
from sparkeras.engine.spark_job import files
from sparkeras.spark import folders

if TYPE_CHECKING:
    import keras
    from pyspark.sql import SparkSession

_MOST_BYTES = 512 * 2**20  # a zip of them is held in memory by driver and workers


class CallbackFiles:
    """The files that the callbacks of one training read and write.

    Parameters
    ----------
    spark : SparkSession
    callbacks : list of keras.callbacks.Callback, or None

    Raises
    ------
    InvalidParamError
        If a callback cannot write to its path, or the files there are too large to be sent.
    """

    def __init__(self, spark: SparkSession, callbacks: Iterable[keras.callbacks.Callback] | None) -> None:
        self.spark, self.callbacks = spark, list(callbacks or [])
        self.places = places_of(self.callbacks)
        require_places(spark, self.places)
        upwards = max((_levels_up(each.path) for each in self.places if each.is_relative), default=0)
        here = Path.cwd()
        self.root = here.parents[upwards - 1] if upwards else here
        self.folder = here.relative_to(self.root).parts  # where relative paths begin, within root
        self.remote: dict[str, str] = {}  # by the folder below root that stands for an address: the address
        self.instead = [self._instead(number, callback) for number, callback in enumerate(self.callbacks)]

    def packed_callbacks(self, model: keras.Model) -> bytes:
        """Return the callbacks as bytes, to train ``model`` with."""
        return travelling.pack(self.callbacks, self.instead, model)

    def packed(self) -> bytes:
        """Return the files at the callbacks' paths as bytes."""
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as copies:
            paths: dict[str, str] = {}  # by the name below root; a folder's ends with a slash
            for place in self.places:
                if place.is_relative:
                    path = os.path.normpath(os.path.join(*self.folder, place.path))
                    paths |= _files_at(self.root, path, place.reads)
                elif place.local is None:
                    path = os.path.normpath(os.path.join(*self.folder, self._staged(place)))
                    if place.reads:
                        folders.fetch(self.spark, place.path, Path(copies, path))
                    Path(copies, path).parent.mkdir(parents=True, exist_ok=True)
                    paths |= _files_at(copies, path, place.reads)
            self._require_size(paths)
            return files.pack(paths)

    def take(self, data: bytes) -> None:
        """Write the files that ``files.changed`` packed to the caller's folder, and to the addresses.

        Files that cannot be written cost a warning, with a path where they are: a training is worth more than its logs.
        """
        try:
            files.put_back(data, self.root, self._carried)
        except OSError as error:
            descriptor, path = tempfile.mkstemp(prefix="sparkeras-files-", suffix=".zip")
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            warnings.warn(f"Callbacks' files were not all written ({error}). All are kept in {path}.", stacklevel=2)

    def give_back(self, attributes: bytes, model: keras.Model) -> None:
        """Set the attributes of the caller's callbacks to those after the training of ``model``."""
        travelling.give_back(self.callbacks, attributes, self.instead, model)

    def _instead(self, number: int, callback: keras.callbacks.Callback) -> dict[str, str]:
        """Return the attributes of a callback that name an address, with the path that stands for it."""
        attributes: dict[str, str] = {}
        for place in self.places:
            if place.number == number and place.is_address:
                path = place.local or self._staged(place)
                texts = {name: os.fspath(v) for name, v in vars(callback).items() if isinstance(v, str | os.PathLike)}
                attributes |= {n: path + v[len(place.path) :] for n, v in texts.items() if v.startswith(place.path)}
        return attributes

    def _staged(self, place: Place) -> str:
        """Return the relative path that stands for an address, and note it in ``remote``."""
        system, path = place.address
        name = f".sparkeras-remote-{place.number}"
        self.remote["/".join((*self.folder, name, ""))] = f"{system}/"
        return f"{name}/{path}"

    def _carried(self, name: str, content: bytes | None) -> bool:
        """Write a file to its address, or remove it there, if it has one; tell whether that is done."""
        for folder, system in self.remote.items():
            if name.startswith(folder):
                address = system + name.removeprefix(folder)
                try:
                    if content is None and address != system:
                        folders.remove(self.spark, address)
                    elif content is not None:
                        _write(self.spark, address, content)
                except Exception as error:  # py4j's, for any error of a file system
                    reason = str(getattr(error, "java_exception", None) or error).splitlines()[0]
                    where = f" The file is kept at {self.root / name}." if content is not None else ""
                    warnings.warn(f"A callback's file {address} was not written ({reason}).{where}", stacklevel=2)
                    return content is None
                return True
        return False

    def _require_size(self, paths: Mapping[str, str]) -> None:
        size = sum(os.path.getsize(path) for name, path in paths.items() if not name.endswith("/"))
        if size > _MOST_BYTES:
            place = max((each for each in self.places if each.reads), key=lambda each: _size(each.path))
            raise place.refusal(
                f"the files at the callbacks' paths go to the training, at most {_MOST_BYTES // 2**20} MiB of them; "
                f"there are {size // 2**20} MiB. Give an absolute path that the workers see, or an empty folder."
            )


def _levels_up(path: str) -> int:
    return Path(os.path.relpath(path)).parts.count("..")


def _files_at(root: str | Path, path: str, reads: bool) -> dict[str, str]:
    """Return by name a path's folder below ``root``, where there is one, and the files at the path if it is read."""
    paths: dict[str, str] = {}
    whole, folder = os.path.join(root, path), os.path.dirname(path)
    if folder and os.path.isdir(os.path.join(root, folder)):
        paths[f"{folder}/"] = os.path.join(root, folder)
    if reads and os.path.isfile(whole):
        paths[path] = whole
    if reads and os.path.isdir(whole):
        for where, _, names in os.walk(whole):
            below = os.path.relpath(where, root)
            paths[f"{below}/"] = where
            paths |= {f"{below}/{name}": os.path.join(where, name) for name in names if _is_file(where, name)}
    return paths


def _is_file(where: str, name: str) -> bool:
    return os.path.isfile(os.path.join(where, name))


def _size(path: str) -> int:
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(where, n)) for where, _, names in os.walk(path) for n in names)


def _write(spark: SparkSession, address: str, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix="sparkeras-") as file:
        file.write(content)
        file.flush()
        folders.put_file(spark, file.name, address)
