"""Large payloads of Spark tasks, e.g. blueprints: beside the task's code where they may not travel inside it.

Runs on: driver, Spark task, training process.

As an artifact of the session a payload is sent once to each executor, which keeps it until the session ends; what
travels inside a function is read by every task. Spark Connect refuses a plan of 128 MB, so there all large payloads
are artifacts. On classic Spark those of scoring are, which many tasks and micro-batches use; a training's, used once by
each worker, travels inside, where Spark broadcasts it and drops it again.
"""

import hashlib
import os
import tempfile
import weakref
from pathlib import Path

from sparkeras.errors import SparkerasError
from sparkeras.spark import session

_INSIDE_BYTES = 2**20
# Names that a session has already been given: Spark refuses a file twice.
_shipped: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def ship(spark, payload, digest=None):
    """Return what a task's function is to hold for ``payload``: the bytes themselves, or the name of their file.

    Parameters
    ----------
    spark : SparkSession
    payload : bytes
    digest : str or None
        Of what it holds (hex), for a payload that many tasks will use, over and over.

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
        except Exception as error:  # each Spark refuses in words of its own
            raise SparkerasError(f"Spark did not take the model's file: {error}.") from error
        known.add(name)
    return name


def opened(parcel):
    """Return the payload of what ``ship`` returned."""
    if isinstance(parcel, bytes):
        return parcel
    from pyspark import SparkFiles

    return Path(SparkFiles.get(parcel)).read_bytes()


def _send(spark, name, payload, connect):
    if connect:
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
            _add(spark, os.path.join(folder, name), payload)
        return
    from pyspark import SparkFiles

    # Executors fetch the driver's own file whenever they start, so it stays in Spark's folder, which goes with Spark.
    folder = os.path.join(SparkFiles.getRootDirectory(), "sparkeras-sent")
    os.makedirs(folder, exist_ok=True)
    _add(spark, os.path.join(folder, name), payload)


def _add(spark, path, payload):
    with open(path, "wb") as file:
        file.write(payload)
    spark.addArtifacts(path, file=True)
