"""For ``check`` only: the task of ``probe``: versions, memory, disk, whether rank 0 is reached, the checkpoint folder.

Runs on: Spark task.
"""

import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pyarrow as pa

from sparkeras.engine.params import Settings
from sparkeras.engine.spark_job import process_handle, rendezvous
from sparkeras.engine.spark_job.checkpoint_places import folder_exists
from sparkeras.engine.spark_job.job import Job
from sparkeras.engine.spark_job.shared_token import SharedToken
from sparkeras.errors import SparkerasError
from sparkeras.spark import session

SCHEMA = "answer string"
_CONNECT_SECONDS = 5
_MEET_SECONDS = 300  # the caller's own limit ends it sooner


class Question(NamedTuple):
    """The training that ``probe`` asks about; ``attempt`` is a token, new for each probe."""

    workers: int
    backend: str
    checkpoint_dir: str | None
    attempt: str


def look(payload: tuple[int, str, str | None, str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield this task's entry of ``probe.probe`` as one row of JSON; ``payload`` holds the values of a Question."""
    question = Question(*payload)
    for _ in batches:
        pass
    folder = process_handle.local_folder() or tempfile.gettempdir()
    memory = session.memory()
    facts = {"memory": memory.free, "total": memory.total, "folder": folder, "disk": shutil.disk_usage(folder).free}
    if question.workers == 1:
        own = rendezvous.own_facts(socket.gethostname(), question.backend)
        problem = _checkpoints(question, 0, lambda: None)
        answer = {**facts, **own, "rank": 0, "unreached": None, "checkpoints": problem}
    else:
        answer = _meet(facts, question)
    yield pa.RecordBatch.from_pydict({"answer": [json.dumps(answer)]})


def _meet(facts: dict[str, Any], question: Question) -> dict[str, Any]:
    """Meet the other tasks and try rank 0's address, where it listens until all have tried."""
    from pyspark import BarrierTaskContext

    settings = Settings(start_timeout_seconds=_MEET_SECONDS)
    job = Job("fit", b"", settings, [], {}, question.backend, question.workers)
    everyone, rank = rendezvous.meet(facts, job), rendezvous.own_rank()
    wait_for_all = BarrierTaskContext.get().barrier
    host, port = everyone[0]["address"].rsplit(":", 1)
    unreached = None
    with contextlib.ExitStack() as open_until_the_end:
        if rank == 0:
            open_until_the_end.enter_context(socket.create_server((host, int(port)), backlog=question.workers))
        wait_for_all()
        if rank:
            try:
                socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
            except OSError as error:
                unreached = f"{host}:{port}: {error}"
        wait_for_all()
    problem = _checkpoints(question, rank, wait_for_all)
    return {**everyone[rank], "rank": rank, "unreached": unreached, "checkpoints": problem}


def _checkpoints(question: Question, rank: int, wait_for_all: Callable[[], object]) -> str | None:
    """Return why this worker cannot keep checkpoints in their folder, None if it can.

    A training makes the folder where it does not exist yet; then only the way to it is tried. Nothing stays there.
    """
    place, problem, token = question.checkpoint_dir, None, None
    if place is None:
        return None
    with contextlib.ExitStack() as until_all_have_looked:
        try:
            if folder_exists(place):
                token = SharedToken(place, question.attempt, rank)
                until_all_have_looked.enter_context(token)
        except SparkerasError as error:
            problem, token = str(error), None
        wait_for_all()
        try:
            if token:
                token.require(question.workers)
        except SparkerasError as error:
            problem = str(error)
        wait_for_all()
    return problem
