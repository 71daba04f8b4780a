"""Large payloads of Spark tasks, e.g. blueprints, as artifacts of the session.

Runs on: driver, Spark task, training process.

An artifact is sent once to each executor, which keeps it until the session ends; a payload inside a task's function is
read by every task. Spark Connect refuses a plan of 128 MB, so there all large payloads are artifacts. On classic Spark
those of scoring are, which many tasks and micro-batches use; a training's, used once by each worker, travels inside the
function, where Spark broadcasts it and drops it again.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from sparkeras.errors import SparkerasError
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_INSIDE_BYTES = 2**20
# Names of each session's artifacts: Spark refuses a file twice.
_shipped: weakref.WeakKeyDictionary[SparkSession, set[str]] = weakref.WeakKeyDictionary()


def ship(spark: SparkSession, payload: bytes, digest: str | None = None) -> bytes | str:
    """Return ``payload`` for a task's function: the bytes themselves, or the name of their file.

    Parameters
    ----------
    spark : SparkSession
    payload : bytes
    digest : str or None
        Of its contents (hex), for a payload that many tasks use.

    Raises
    ------
    SparkerasError
        If Spark does not take the file.
    """
    connect = session.is_connect(spark)
    if len(payload) <= _INSIDE_BYTES or not (connect or digest):
        return payload
    name = f"sparkeras-{(digest or hashlib.sha256(payload).hexdigest())[:32]}"
    known = _shipped.setdefault(spark, set())
    if name not in known:
        try:
            _send(spark, name, payload, connect)
        except Exception as error:  # each Spark has an error of its own
            raise SparkerasError(f"Spark did not take the model's file: {error}.") from error
        known.add(name)
    return name


def opened(shipped: bytes | str) -> bytes:
    """Return the payload of ``ship``."""
    if isinstance(shipped, bytes):
        return shipped
    from pyspark import SparkFiles

    return Path(SparkFiles.get(shipped)).read_bytes()


def _send(spark: SparkSession, name: str, payload: bytes, connect: bool) -> None:
    if connect:
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
            _add(spark, os.path.join(folder, name), payload)
        return
    from pyspark import SparkFiles

    # Executors fetch the driver's own file whenever they start, so it stays in Spark's folder, which goes with Spark.
    folder = os.path.join(SparkFiles.getRootDirectory(), "sparkeras-sent")
    os.makedirs(folder, exist_ok=True)
    _add(spark, os.path.join(folder, name), payload)


def _add(spark: SparkSession, path: str, payload: bytes) -> None:
    with open(path, "wb") as file:
        file.write(payload)
    spark.addArtifacts(path, file=True)
