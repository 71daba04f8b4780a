"""Text files, local or at any address that Spark reads: their text, and the four of a data set.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.datasets import files, textpair
from sparkeras.datasets.contract import Arrays
from sparkeras.datasets.sessions import session_of
from sparkeras.errors import DataError, SparkerasError
from sparkeras.spark import remote_files
from sparkeras.spark.error_messages import reason

if TYPE_CHECKING:
    from sparkeras.datasets.sessions import Session


def text_of(path: str | Path, spark: Session) -> str:
    """Return the text of a file, or of the part files of a folder, local or at any address that Spark reads.

    ``spark`` is a session, or a function that gives it: not touched for local paths.
    """
    path = files.local(path)
    files.require(path)
    return _bytes_of(path, spark).decode("utf-8", "replace")


def load_text(paths: Sequence[str | Path], spark: Session | None = None) -> Arrays:
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
    local = [files.local(path) for path in paths]
    for path in local:
        files.require(path)
    arrays = textpair.read_classes(local, lambda path: _bytes_of(str(path), spark))
    return replace(arrays, name=files.name_of(local[0]), source=local[0])


def _bytes_of(path: str, spark: Session | None) -> bytes:
    if "://" not in path:
        return textpair.local_bytes(path)
    if spark is None:
        raise DataError(f"{path!r} is not a local path; Spark reads it: give the session, spark=...")
    try:
        content = remote_files.read(session_of(spark), path)
    except SparkerasError:
        raise
    except Exception as error:  # Java's, of as many kinds as there are file systems
        raise DataError(f"{path!r} cannot be read: {reason(error)}.") from error
    if content is None:
        raise DataError(f"There is no file {path!r}.")
    return content
