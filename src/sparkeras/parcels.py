"""Large payloads of Spark tasks, e.g. blueprints: beside the task's code where they may not travel inside it.

Runs on: driver (``ship``) and workers (``opened``). Imports: ``session``, ``errors``; pyspark when it is first needed.

Spark Connect refuses a plan of 128 MB, so there large payloads go as files of the session's artifacts. Classic Spark
broadcasts a large function by itself, once per executor, and drops it when it is done, which artifacts never are.
"""

import hashlib
import os
import tempfile
import weakref

from sparkeras import session
from sparkeras.errors import SparkerasError

_INSIDE_BYTES = 2**20
# Names that a session has already been given: the server refuses a file twice.
_shipped: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def ship(spark, payload):
    """Return what a task's function is to hold for ``payload``: the bytes themselves, or the name of their file.

    Raises
    ------
    SparkerasError
        If the Connect server does not take the file.
    """
    if not session.is_connect(spark) or len(payload) <= _INSIDE_BYTES:
        return payload
    name = f"sparkeras-{hashlib.sha256(payload).hexdigest()[:32]}"
    known = _shipped.setdefault(spark, set())
    if name not in known:
        with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder:
            path = os.path.join(folder, name)
            with open(path, "wb") as file:
                file.write(payload)
            try:
                spark.addArtifacts(path, file=True)
            except Exception as error:  # each server refuses in words of its own
                raise SparkerasError(f"The Spark Connect server did not take the model's file: {error}.") from error
        known.add(name)
    return name


def opened(parcel):
    """Return the payload of what ``ship`` returned."""
    if isinstance(parcel, bytes):
        return parcel
    from pyspark import SparkFiles

    with open(SparkFiles.get(parcel), "rb") as file:
        return file.read()
