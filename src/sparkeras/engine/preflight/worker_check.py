"""One worker's look at its machine for ``probe``: versions, memory, disk, and whether it reaches rank 0.

Runs on: Spark task.
"""

import contextlib
import json
import shutil
import socket
import tempfile
from types import SimpleNamespace

import pyarrow as pa

from sparkeras.engine.stage import process, rendezvous
from sparkeras.spark import session

SCHEMA = "said string"
_CONNECT_SECONDS = 5
_MEET_SECONDS = 300  # the caller's own limit ends it sooner


def look(asked, batches):
    """Yield, in a Spark task, what ``probe`` says of it, as one row of JSON."""
    workers, backend = asked
    for _ in batches:
        pass
    folder = process.local_folder() or tempfile.gettempdir()
    memory = session.memory()
    facts = {"memory": memory.free, "total": memory.total, "folder": folder, "disk": shutil.disk_usage(folder).free}
    if workers == 1:
        said = {**facts, **rendezvous.own_facts(socket.gethostname(), backend), "rank": 0, "unreached": None}
    else:
        said = _meet(facts, workers, backend)
    yield pa.RecordBatch.from_pydict({"said": [json.dumps(said)]})


def _meet(facts, workers, backend):
    """Meet the other tasks and try rank 0's address, where it listens until all have tried."""
    from pyspark import BarrierTaskContext

    asked = SimpleNamespace(workers=workers, backend=backend, start_timeout_seconds=_MEET_SECONDS)
    everyone, rank = rendezvous.meet(facts, asked), rendezvous.own_rank()
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
