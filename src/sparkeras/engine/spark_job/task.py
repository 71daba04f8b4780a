"""One Spark task of a training: spool its rows, meet the other tasks, guard the process, yield the answer.

Runs on: Spark task.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import re
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sparkeras.engine.spark_job import rendezvous
from sparkeras.engine.spark_job.process_handle import ProcessHandle
from sparkeras.engine.spark_job.shared_token import SharedToken
from sparkeras.errors import RendezvousTimeout, SparkerasError
from sparkeras.spark import artifacts

if TYPE_CHECKING:
    from sparkeras.engine.spark_job.job import Job

SCHEMA = "kind string, part int, data binary"
CHUNK_BYTES = 4 * 2**20
_LOST = re.compile(r"gloo|connection (closed|reset)|coordination service|heartbeat|signal SIGABRT", re.IGNORECASE)


class OtherRankFailed(Exception):
    """Another rank failed before training began; its own answer says why."""


def train(payload: tuple[bytes, Any, Any], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Spool the task's rows, run the training process over them, yield its answer in chunks.

    An error becomes an answer too (kind ``failure``): raised, Spark would run the whole training again, up to
    ``spark.task.maxFailures`` times.

    Parameters
    ----------
    payload : (bytes, parcel, parcel)
        A pickled ``Job`` without its blueprint and files, and these two as ``artifacts.ship`` returned them.
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
        with ProcessHandle(job) as process:
            answers = _trained_or_failed(process, job, rank, batches)
    except OtherRankFailed:
        answers = []
    except RendezvousTimeout:
        raise  # a normal answer would not end the rank that is stuck
    except SparkerasError as error:
        answers = [("failure", _failure(error, rank))]
    for kind, data in answers:
        for part, first in enumerate(range(0, max(len(data), 1), CHUNK_BYTES)):
            chunk = data[first : first + CHUNK_BYTES]
            yield pa.RecordBatch.from_pydict(
                {"kind": [kind], "part": pa.array([part], pa.int32()), "data": pa.array([chunk], pa.binary())}
            )


def _trained_or_failed(
    process: ProcessHandle, job: Job, rank: int, batches: Iterable[pa.RecordBatch]
) -> list[tuple[str, bytes]]:
    """Return the answers of ``_trained``, or the failure and the files until then: plain Keras leaves them too."""
    try:
        return _trained(process, job, rank, batches)
    except (OtherRankFailed, RendezvousTimeout):
        raise
    except SparkerasError as error:
        files = process.files() if rank == 0 else b""
        return [("failure", _failure(error, rank)), *([("files", files)] if files else [])]


def _trained(process: ProcessHandle, job: Job, rank: int, batches: Iterable[pa.RecordBatch]) -> list[tuple[str, bytes]]:
    """Return the answers of the training process, of rank 0 only."""
    if job.workers == 1:
        facts = process.spool_rows(batches)
        process.begin({**facts, **rendezvous.agree([facts])})
        process.wait()
        return process.answers()
    with contextlib.ExitStack() as token:
        process.begin(_meet(process, job, rank, batches, token))
        process.wait()
    return process.answers() if rank == 0 else []


def _meet(
    process: ProcessHandle, job: Job, rank: int, batches: Iterable[pa.RecordBatch], token: contextlib.ExitStack
) -> rendezvous.Facts:
    """Spool this rank's rows and learn of the others'; return the facts that ``begin`` needs.

    Raises
    ------
    SparkerasError
        This rank's failure; ``OtherRankFailed`` where another rank has failed, whose own answer says why.
    """
    error: SparkerasError | None = None
    shared: SharedToken | None = None
    try:
        if job.checkpoint_dir:
            shared = token.enter_context(SharedToken(job.checkpoint_dir, job.attempt, rank))
        facts = process.spool_rows(batches)
    except SparkerasError as caught:  # the others wait at the rendezvous: a rank that failed must come too
        facts, error = {"layout": None, "failed": True}, caught
    everyone = rendezvous.meet(facts, job)
    if error:
        raise error
    if any(each.get("failed") for each in everyone):
        raise OtherRankFailed
    if shared:
        shared.require(job.workers)
    own_host = everyone[rank]["address"].rsplit(":", 1)[0]
    return {**facts, "rank": rank, "own_host": own_host, **rendezvous.agree(everyone)}


def _failure(error: SparkerasError, rank: int) -> bytes:
    facts: dict[str, Any] = {
        "error": type(error).__name__,
        "message": str(error),
        "host": socket.gethostname(),
        "rank": rank,
    }
    # A rank that only lost the others fails too, and its answer may come first.
    return json.dumps({**facts, "time": time.time(), "lost_others": bool(_LOST.search(str(error)))}).encode()
