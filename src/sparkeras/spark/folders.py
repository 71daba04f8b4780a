"""Folders at any path that Spark reads: written beside their place and moved there when they are whole.

Runs on: driver.

Classic Spark writes through Hadoop's own file systems. A client of Spark Connect has none: it hands files over to the
server (``copyFromLocalToFs``), which can neither move nor remove them, so the last file that it writes makes the folder
valid. Reading is one small Spark job in both.
"""

import contextlib
import secrets
from pathlib import Path

from sparkeras.errors import SavedStageError, SparkerasError
from sparkeras.spark import remote_files, session

_PATTERN = "*?[]{}\\"  # what Hadoop's globs are made of
_SERVER_DISK = "spark.sql.artifact.copyFromLocalToFs.allowDestLocal"


def write(spark, path, fill, put_last, overwrite=False):
    """Make the folder ``path``.

    Parameters
    ----------
    spark : SparkSession
    path : str
        As Spark takes it: a local path, ``hdfs://...``, ``s3a://...``.
    fill : callable
        Called with a ``Target``, to which it gives local files.
    put_last : callable
        Called with the path to write to: makes the part without which the folder is not valid.
    overwrite : bool
        Whether a folder that is there is replaced; it stays until the new one is whole.

    Raises
    ------
    SavedStageError
        If there is a folder already, or the file system refuses.
    """
    _require_path(path)
    with _refusals(path):
        if session.is_connect(spark):
            _write_by_connect(spark, path, fill, put_last, overwrite)
        else:
            _write_by_hadoop(_Hadoop(spark, path), path, fill, put_last, overwrite)


def _write_by_connect(spark, path, fill, put_last, overwrite):
    if not overwrite and _is_there(spark, path):
        raise _there_already(path)
    fill(_ConnectTarget(spark, path))
    put_last(path)


def _write_by_hadoop(disk, path, fill, put_last, overwrite):
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
def _refusals(path):
    """Say in one sentence what a file system refuses; Java says it in many lines."""
    try:
        yield
    except SparkerasError:
        raise
    except Exception as error:  # py4j's, or pyspark's own for the same
        words = getattr(error, "java_exception", None) or error
        raise SavedStageError(f"{path} cannot be written to: {str(words).splitlines()[0]}") from error


def _require_path(path):
    if not isinstance(path, str) or not path.strip():
        raise SavedStageError(f"A stage is saved to a path, e.g. 'models/digits'; got {path!r}.")
    odd = sorted(set(path) & set(_PATTERN))
    if odd:
        raise SavedStageError(f"{path} holds {odd[0]!r}, which Spark reads as a pattern. Choose another path.")


def read(spark, path, name):
    """Return the bytes of the file ``name`` in the folder ``path``, None if there is none."""
    return remote_files.read(spark, f"{path.rstrip('/')}/{name}")


def exists(spark, path):
    """Tell whether there is a folder or file at a path of classic Spark."""
    return _Hadoop(spark, path).exists(path)


def put(spark, local, path):
    """Copy a local folder to a path of classic Spark: beside its place, then there, whole."""
    disk, partial = _Hadoop(spark, path), f"{path.rstrip('/')}.partial-{secrets.token_hex(4)}"
    try:
        disk.copy(local, partial)
        disk.rename(partial, path)
    finally:
        disk.remove(partial)


def make(spark, path):
    """Make the folder at a path of classic Spark, where there is none yet."""
    _Hadoop(spark, path).make(path)


def fetch(spark, path, local):
    """Copy a file or a whole folder at a path of classic Spark to a local path; nothing if there is none."""
    disk = _Hadoop(spark, path)
    if disk.exists(path):
        Path(local).parent.mkdir(parents=True, exist_ok=True)
        disk.fetch(path, local)


def put_file(spark, local, path):
    """Copy a local file to a path of classic Spark; what lies there is replaced."""
    with _refusals(path):
        _Hadoop(spark, path).copy(local, path)


def remove(spark, path):
    """Remove a file or a folder at a path of classic Spark."""
    _Hadoop(spark, path).remove(path)


class _HadoopTarget:
    def __init__(self, disk, path):
        self.disk, self.path = disk, path

    def put(self, name, local):
        """Copy a local file into the folder."""
        self.disk.copy(local, f"{self.path}/{name}")


class _ConnectTarget:
    def __init__(self, spark, path):
        self.spark, self.path = spark, path

    def put(self, name, local):
        """Hand a local file over to the server."""
        try:
            self.spark.copyFromLocalToFs(str(local), f"{self.path.rstrip('/')}/{name}")
        except Exception as error:  # the server's words
            if "LOCAL" not in str(error).upper():
                raise
            raise SavedStageError(
                f"The Spark Connect server does not write to its own disk ({self.path}). Save to a file system that "
                f"it shares (hdfs://, s3a://, ...), or start the server with --conf {_SERVER_DISK}=true."
            ) from error


class _Hadoop:
    """The file system of one path, in Spark's own JVM."""

    def __init__(self, spark, path):
        self._path = spark._jvm.org.apache.hadoop.fs.Path
        self._system = self._path(path).getFileSystem(spark._jsparkSession.sessionState().newHadoopConf())

    def exists(self, path):
        return self._system.exists(self._path(path))

    def copy(self, local, path):
        self._system.copyFromLocalFile(False, True, self._path(f"file://{Path(local).absolute()}"), self._path(path))

    def make(self, path):
        if not self._system.mkdirs(self._path(path)):
            raise SavedStageError(f"{path} could not be made; is it writable?")

    def fetch(self, path, local):
        self._system.copyToLocalFile(False, self._path(path), self._path(f"file://{Path(local).absolute()}"), True)

    def rename(self, path, new):
        if not self._system.rename(self._path(path), self._path(new)):
            raise SavedStageError(f"{path} could not be renamed to {new}; is it writable?")

    def remove(self, path):
        self._system.delete(self._path(path), True)


def _is_there(spark, path):
    try:
        return spark.read.text(f"{path.rstrip('/')}/metadata").first() is not None
    except Exception as error:  # Spark's own kinds differ between classic and Connect
        if "PATH_NOT_FOUND" in str(error):
            return False
        raise


def _there_already(path):
    return SavedStageError(f"{path} exists already. Save with write().overwrite().save(path), or to another path.")
