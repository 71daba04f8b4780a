"""One worker's answer to ``probe``: versions, memory, disk, and whether it reaches rank 0.

Runs on: Spark task.
"""

import contextlib
import json
import shutil
import socket
import tempfile
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from sparkeras.engine.stage import process, rendezvous
from sparkeras.spark import session

SCHEMA = "answer string"
_CONNECT_SECONDS = 5
_MEET_SECONDS = 300  # the caller's own limit ends it sooner


def look(question: tuple[int, str], batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield this task's entry of ``probe.probe`` as one row of JSON; ``question`` is (workers, backend)."""
    workers, backend = question
    for _ in batches:
        pass
    folder = process.local_folder() or tempfile.gettempdir()
    memory = session.memory()
    facts = {"memory": memory.free, "total": memory.total, "folder": folder, "disk": shutil.disk_usage(folder).free}
    if workers == 1:
        answer = {**facts, **rendezvous.own_facts(socket.gethostname(), backend), "rank": 0, "unreached": None}
    else:
        answer = _meet(facts, workers, backend)
    yield pa.RecordBatch.from_pydict({"answer": [json.dumps(answer)]})


def _meet(facts: dict[str, Any], workers: int, backend: str) -> dict[str, Any]:
    """Meet the other tasks and try rank 0's address, where it listens until all have tried."""
    from pyspark import BarrierTaskContext

    job = SimpleNamespace(workers=workers, backend=backend, start_timeout_seconds=_MEET_SECONDS)
    everyone, rank = rendezvous.meet(facts, job), rendezvous.own_rank()
    wait_for_all = BarrierTaskContext.get().barrier
    host, port = everyone[0]["address"].rsplit(":", 1)
    unreached = None
    with contextlib.ExitStack() as open_until_the_end:
        if rank == 0:
            open_until_the_end.enter_context(socket.create_server((host, int(port)), backlog=workers))
        wait_for_all()
        if rank:
            try:
                socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
            except OSError as error:
                unreached = f"{host}:{port}: {error}"
        wait_for_all()
    return {**everyone[rank], "rank": rank, "unreached": unreached}
