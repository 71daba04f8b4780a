"""Where callbacks read and write: the caller's folder, the workers' own disks, or a file system that Spark knows.

Runs on: driver.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from sparkeras.errors import InvalidParamError
from sparkeras.spark import folders, session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_ADDRESS = re.compile(r"([a-zA-Z][\w+.-]+):(//[^/]*)?/*(.*)")  # a scheme of one letter is a disk of Windows
_NAME_OF_A_PATH = re.compile(r"path|file|dir|folder", re.IGNORECASE)
_OF_KERAS = {
    "ModelCheckpoint": "filepath",
    "CSVLogger": "filename",
    "TensorBoard": "log_dir",
    "BackupAndRestore": "backup_dir",
    "OrbaxCheckpoint": "directory",
}


@dataclass(frozen=True)
class Place:
    """A path that a callback holds.

    Attributes
    ----------
    number : int
        Of the callback, in the caller's list.
    callback : keras.callbacks.Callback
    path : str
    reads : bool
        Whether the files there are read.
    """

    number: int
    callback: keras.callbacks.Callback
    path: str
    reads: bool

    @property
    def is_address(self) -> bool:
        """Whether it begins with a file system's name: ``s3://``, ``dbfs:/``, ``file:``."""
        return _ADDRESS.match(self.path) is not None

    @property
    def address(self) -> tuple[str, str]:
        """The file system, e.g. ``s3://bucket``, and the path in it without a slash at its front."""
        match = _ADDRESS.match(self.path)
        if not match:
            raise ValueError(f"{self.path!r} is not an address")
        scheme, host, path = match.groups()
        return f"{scheme}:{host or ''}", path

    @property
    def local(self) -> str | None:
        """The path on a machine's own disks, relative or absolute; None for another file system's."""
        if not self.is_address:
            return self.path
        system, path = self.address
        return f"/{path}" if system.startswith("file:") else None

    @property
    def is_relative(self) -> bool:
        """Whether the path begins at the caller's folder."""
        return self.local is not None and not os.path.isabs(self.local)

    def refusal(self, reason: str) -> InvalidParamError:
        """Return the error that names callback and path."""
        return InvalidParamError(f"The callback {type(self.callback).__name__} has the path {self.path!r}: {reason}")


def places_of(callbacks: Iterable[keras.callbacks.Callback]) -> list[Place]:
    """Return the Places of callbacks: of Keras' own by their arguments, of the user's by the names of attributes."""
    places = []
    for number, callback in enumerate(callbacks):
        own = _of_keras(number, callback)
        places += own
        if not type(callback).__module__.startswith("keras."):
            places += [
                each for each in _of_the_user(number, callback) if not (own and each.path.startswith(own[0].path))
            ]
    return places


def _of_keras(number: int, callback: keras.callbacks.Callback) -> list[Place]:
    for name, attribute in _OF_KERAS.items():
        path = getattr(callback, attribute, None)
        if isinstance(callback, getattr(keras.callbacks, name, ())) and isinstance(path, str | os.PathLike):
            reads = name in ("BackupAndRestore", "OrbaxCheckpoint") or bool(getattr(callback, "append", False))
            return [Place(number, callback, os.fspath(path), reads)]
    return []


def _of_the_user(number: int, callback: keras.callbacks.Callback) -> list[Place]:
    """Return the relative paths among the attributes; other paths of a user's callback are not looked at."""
    places = []
    for name, value in vars(callback).items():
        if isinstance(value, os.PathLike) or (isinstance(value, str) and value and _NAME_OF_A_PATH.search(name)):
            place = Place(number, callback, str(os.fspath(value)), reads=True)
            if not place.is_address and place.is_relative and not _is_around_here(place.path):
                places.append(place)
    return places


def _is_around_here(path: str) -> bool:
    """Tell whether a relative path is the current folder or one that contains it."""
    return set(os.path.relpath(path).split(os.sep)) <= {os.curdir, os.pardir}


def require_places(spark: SparkSession, places: Iterable[Place]) -> None:
    """Check, before a training starts, that callbacks can write to their paths.

    Parameters
    ----------
    spark : SparkSession
    places : list of Place

    Raises
    ------
    InvalidParamError
        If a folder does not exist that Keras does not make, or Spark cannot write to the file system.
    """
    for place in places:
        if place.is_address and ":/" not in place.path:
            raise place.refusal("an address has a slash after its colon, e.g. file:/tmp/logs. Add it.")
        if place.local is None:
            _require_writable(spark, place)
        elif place.is_relative and place.reads and _is_around_here(place.path):
            raise place.refusal("all that lies there would be sent. Name a folder below this one.")
        elif _is_csv(place) and (place.is_relative or session.runs_here(spark)):
            _require_folder(place)


def _is_csv(place: Place) -> bool:
    return isinstance(place.callback, keras.callbacks.CSVLogger) and bool(place.path == place.callback.filename)


def _require_folder(place: Place) -> None:
    path = place.local or ""
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise place.refusal(f"there is no folder {folder!r}, and CSVLogger makes none. Make it first.")
    if os.path.isdir(path):
        raise place.refusal("that is a folder. Give the path of a file in it.")


def _require_writable(spark: SparkSession, place: Place) -> None:
    if session.is_connect(spark):
        raise place.refusal(
            "a client of Spark Connect cannot write there for a callback. Give a relative path, whose files come to "
            "this folder, and copy them."
        )
    try:
        folders.make(spark, place.path.split("{", 1)[0].rpartition("/")[0] + "/")
    except Exception as error:  # py4j's, for any error of a file system
        reason = str(getattr(error, "java_exception", None) or error).splitlines()[0]
        raise place.refusal(
            f"Spark cannot write to that file system ({reason}). Give one that Spark knows here, or a relative path, "
            "whose files come to this folder."
        ) from error
