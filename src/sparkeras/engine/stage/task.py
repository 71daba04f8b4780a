"""What one Spark task of a training does: spool its rows, meet the other tasks, guard the process, give the answer.

Runs on: Spark task.
"""

import contextlib
import json
import pickle
import re
import socket
import time
from dataclasses import replace

import pyarrow as pa

from sparkeras.engine.stage import rendezvous
from sparkeras.engine.stage.checkpoints import SharedToken
from sparkeras.engine.stage.process import Process
from sparkeras.errors import RendezvousTimeout, SparkerasError
from sparkeras.spark import artifacts

SCHEMA = "kind string, part int, data binary"
CHUNK_BYTES = 4 * 2**20
_LOST = re.compile(r"gloo|connection (closed|reset)|coordination service|heartbeat|signal SIGABRT", re.IGNORECASE)


class OtherRankFailed(Exception):
    """Another rank failed before training began, and tells the driver why."""


def train(payload, batches):
    """Spool the task's rows, run the training process over them, yield its answer in chunks.

    An error becomes an answer too (kind ``failure``): raised, Spark would run the whole training again, up to
    ``spark.task.maxFailures`` times.

    Parameters
    ----------
    payload : (bytes, parcel, parcel)
        A pickled ``Job`` without its blueprint and files, and those, of ``artifacts.ship``.
    batches : iterator of pyarrow.RecordBatch

    Yields
    ------
    pyarrow.RecordBatch
        Rows of ``SCHEMA``: ``facts`` first, then ``state``, ``callbacks`` and ``files``, each in chunks; or ``failure``
        and ``files``.
    """
    job, rank = pickle.loads(payload[0]), rendezvous.own_rank()
    try:
        job = replace(job, blueprint=artifacts.opened(payload[1]), files=artifacts.opened(payload[2]))
        with Process(job) as process:
            answers = _trained_or_failed(process, job, rank, batches)
    except OtherRankFailed:
        answers = []
    except RendezvousTimeout:
        raise  # an answer would leave the rank that is stuck, and so the stage, as they are
    except SparkerasError as error:
        answers = [("failure", _failure(error, rank))]
    for kind, data in answers:
        for part, first in enumerate(range(0, max(len(data), 1), CHUNK_BYTES)):
            chunk = data[first : first + CHUNK_BYTES]
            yield pa.RecordBatch.from_pydict(
                {"kind": [kind], "part": pa.array([part], pa.int32()), "data": pa.array([chunk], pa.binary())}
            )


def _trained_or_failed(process, job, rank, batches):
    """Return what ``_trained`` does, or the failure with the files until then, which plain Keras would leave too."""
    try:
        return _trained(process, job, rank, batches)
    except (OtherRankFailed, RendezvousTimeout):
        raise
    except SparkerasError as error:
        made = process.files() if rank == 0 else b""
        return [("failure", _failure(error, rank)), *([("files", made)] if made else [])]


def _trained(process, job, rank, batches):
    if job.workers == 1:
        facts = process.spool_rows(batches)
        process.begin({**facts, **rendezvous.agree([facts])})
        process.wait()
        return process.answers()
    with contextlib.ExitStack() as token:
        process.begin(_meet(process, job, rank, batches, token))
        process.wait()
    return process.answers() if rank == 0 else []


def _meet(process, job, rank, batches, token):
    """Spool this rank's rows and learn of the others'; return the facts that ``begin`` needs.

    Raises
    ------
    SparkerasError
        What went wrong here. ``OtherRankFailed`` for what went wrong on another rank, which says it itself.
    """
    error, shared = None, None
    try:
        if job.checkpoint_dir:
            shared = token.enter_context(SharedToken(job.checkpoint_dir, job.attempt, rank))
        facts = process.spool_rows(batches)
    except SparkerasError as caught:  # the others wait at the rendezvous: whoever fails must come too
        facts, error = {"layout": None, "failed": True}, caught
    everyone = rendezvous.meet(facts, job)
    if error:
        raise error
    if any(said.get("failed") for said in everyone):
        raise OtherRankFailed
    if shared:
        shared.require(job.workers)
    own_host = everyone[rank]["address"].rsplit(":", 1)[0]
    return {**facts, "rank": rank, "own_host": own_host, **rendezvous.agree(everyone)}


def _failure(error, rank):
    facts = {"error": type(error).__name__, "message": str(error), "host": socket.gethostname(), "rank": rank}
    # A rank that only lost the others fails too, and may tell of it first.
    return json.dumps({**facts, "time": time.time(), "lost_others": bool(_LOST.search(str(error)))}).encode()
