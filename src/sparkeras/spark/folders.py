"""Folders at any path of Spark's file systems: written beside their place and renamed when they are whole.

Runs on: driver.

Classic Spark writes through Hadoop's own file systems. A client of Spark Connect has none: it copies files to the
server (``copyFromLocalToFs``), which can neither move nor remove them, so the last file that it writes makes the folder
valid. Reading is one small Spark job in both.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from sparkeras.errors import SavedStageError, SparkerasError
from sparkeras.spark import internals, remote_files, session
from sparkeras.spark.error_messages import is_missing_path

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATTERN = "*?[]{}\\"  # the special characters of Hadoop's globs
_SERVER_DISK = "spark.sql.artifact.copyFromLocalToFs.allowDestLocal"


class Target(Protocol):
    """A folder that is being written."""

    def put(self, name: str, local: str | Path) -> None:
        """Copy the file at a local path into the folder, as ``name``."""


def write(
    spark: SparkSession,
    path: str,
    fill: Callable[[Target], object],
    put_last: Callable[[str], object],
    overwrite: bool = False,
) -> None:
    """Make the folder ``path``.

    Parameters
    ----------
    spark : SparkSession
    path : str
        A local path, ``hdfs://...``, ``s3a://...``.
    fill : callable
        Called with a ``Target``, into which it puts local files.
    put_last : callable
        Called with the path to write to: writes the part without which the folder is not valid.
    overwrite : bool
        Whether an existing folder is replaced; it stays until the new one is whole.

    Raises
    ------
    SavedStageError
        If there is a folder already, or the file system fails.
    """
    _require_path(path)
    with _refusals(path):
        if session.is_connect(spark):
            _write_by_connect(spark, path, fill, put_last, overwrite)
        else:
            _write_by_hadoop(_Hadoop(spark, path), path, fill, put_last, overwrite)


def _write_by_connect(
    spark: SparkSession, path: str, fill: Callable[[Target], object], put_last: Callable[[str], object], overwrite: bool
) -> None:
    if not overwrite and _is_there(spark, path):
        raise _there_already(path)
    fill(_ConnectTarget(spark, path))
    put_last(path)


def _write_by_hadoop(
    disk: _Hadoop, path: str, fill: Callable[[Target], object], put_last: Callable[[str], object], overwrite: bool
) -> None:
    if disk.exists(path) and not overwrite:
        raise _there_already(path)
    partial, old = (f"{path.rstrip('/')}.{kind}-{secrets.token_hex(4)}" for kind in ("partial", "old"))
    try:
        fill(_HadoopTarget(disk, partial))
        put_last(partial)
        replaces = disk.exists(path)
        if replaces:
            disk.rename(path, old)
        try:
            disk.rename(partial, path)
        except Exception:
            if replaces:
                disk.rename(old, path)
            raise
        disk.remove(old)
    finally:
        disk.remove(partial)


@contextlib.contextmanager
def _refusals(path: str) -> Iterator[None]:
    """Raise a file system's error as a SavedStageError of one sentence; Java's has many lines."""
    try:
        yield
    except SparkerasError:
        raise
    except Exception as error:  # py4j's, or pyspark's own for the same
        message = str(getattr(error, "java_exception", None) or error)
        raise SavedStageError(f"{path} cannot be written to: {message.splitlines()[0]}") from error


def _require_path(path: str) -> None:
    if not isinstance(path, str) or not path.strip():
        raise SavedStageError(f"A stage is saved to a path, e.g. 'models/digits'; got {path!r}.")
    odd = sorted(set(path) & set(_PATTERN))
    if odd:
        raise SavedStageError(f"{path} holds {odd[0]!r}, which Spark reads as a pattern. Choose another path.")


def read(spark: SparkSession, path: str, name: str) -> bytes | None:
    """Return the bytes of the file ``name`` in the folder ``path``, None if there is none."""
    return remote_files.read(spark, f"{path.rstrip('/')}/{name}")


def exists(spark: SparkSession, path: str) -> bool:
    """Tell whether a path of classic Spark exists."""
    return _Hadoop(spark, path).exists(path)


def put(spark: SparkSession, local: str | Path, path: str) -> None:
    """Copy a local folder to a path of classic Spark: first beside it, then renamed."""
    disk, partial = _Hadoop(spark, path), f"{path.rstrip('/')}.partial-{secrets.token_hex(4)}"
    try:
        disk.copy(local, partial)
        disk.rename(partial, path)
    finally:
        disk.remove(partial)


def make(spark: SparkSession, path: str) -> None:
    """Make the folder at a path of classic Spark, unless it exists."""
    _Hadoop(spark, path).make(path)


def fetch(spark: SparkSession, path: str, local: str | Path) -> None:
    """Copy a file or a whole folder at a path of classic Spark to a local path; nothing if there is none."""
    disk = _Hadoop(spark, path)
    if disk.exists(path):
        Path(local).parent.mkdir(parents=True, exist_ok=True)
        disk.fetch(path, local)


def put_file(spark: SparkSession, local: str | Path, path: str) -> None:
    """Copy a local file to a path of classic Spark; an existing one is replaced."""
    with _refusals(path):
        _Hadoop(spark, path).copy(local, path)


def remove(spark: SparkSession, path: str) -> None:
    """Remove a file or a folder at a path of classic Spark."""
    _Hadoop(spark, path).remove(path)


class _HadoopTarget:
    def __init__(self, disk: _Hadoop, path: str) -> None:
        self.disk, self.path = disk, path

    def put(self, name: str, local: str | Path) -> None:
        """Copy a local file into the folder."""
        self.disk.copy(local, f"{self.path}/{name}")


class _ConnectTarget:
    def __init__(self, spark: SparkSession, path: str) -> None:
        self.spark, self.path = spark, path

    def put(self, name: str, local: str | Path) -> None:
        """Copy a local file to the server."""
        try:
            self.spark.copyFromLocalToFs(str(local), f"{self.path.rstrip('/')}/{name}")
        except Exception as error:  # the server's own
            if "LOCAL" not in str(error).upper():
                raise
            raise SavedStageError(
                f"The Spark Connect server does not write to its own disk ({self.path}). Save to a file system that "
                f"it shares (hdfs://, s3a://, ...), or start the server with --conf {_SERVER_DISK}=true."
            ) from error


class _Hadoop:
    """The file system of one path, in Spark's own JVM."""

    def __init__(self, spark: SparkSession, path: str) -> None:
        self._path = internals.jvm_of(spark).org.apache.hadoop.fs.Path
        self._system = self._path(path).getFileSystem(internals.hadoop_settings(spark))

    def exists(self, path: str) -> bool:
        return bool(self._system.exists(self._path(path)))

    def copy(self, local: str | Path, path: str) -> None:
        self._system.copyFromLocalFile(False, True, self._path(f"file://{Path(local).absolute()}"), self._path(path))

    def make(self, path: str) -> None:
        if not self._system.mkdirs(self._path(path)):
            raise SavedStageError(f"{path} could not be made; is it writable?")

    def fetch(self, path: str, local: str | Path) -> None:
        self._system.copyToLocalFile(False, self._path(path), self._path(f"file://{Path(local).absolute()}"), True)

    def rename(self, path: str, new: str) -> None:
        if not self._system.rename(self._path(path), self._path(new)):
            raise SavedStageError(f"{path} could not be renamed to {new}; is it writable?")

    def remove(self, path: str) -> None:
        self._system.delete(self._path(path), True)


def _is_there(spark: SparkSession, path: str) -> bool:
    try:
        return spark.read.text(f"{path.rstrip('/')}/metadata").first() is not None
    except Exception as error:
        if is_missing_path(error):
            return False
        raise


def _there_already(path: str) -> SavedStageError:
    return SavedStageError(f"{path} exists already. Save with write().overwrite().save(path), or to another path.")
