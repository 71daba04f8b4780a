"""The tasks of one training exchange facts over Spark, once, before their processes meet.

Runs on: Spark task.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import platform
import queue
import random
import socket
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import sparkeras
from sparkeras.errors import InvalidColumnError, RendezvousTimeout, SetupError

if TYPE_CHECKING:
    from pyspark import BarrierTaskContext

    from sparkeras.engine.spark_job.job import Job

Facts: TypeAlias = dict[str, Any]  # plain JSON: of ``Spool.close``, ``own_facts`` and ``agree``
_ADDRESS = "SPARKERAS_ADDRESS"
# Below the ports that Linux, macOS and Windows give where any will do (32768 and up), as to Spark for each result that
# Python reads: one of those could be taken before rank 0 listens. Below Kubernetes' node ports, too.
_PORTS = range(20_000, 30_000)


def own_rank() -> int:
    """Return the rank of this task: the number of its partition, 0 outside of Spark."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return context.partitionId() if context else 0


def own_gpu() -> str | None:
    """Return the number of the first GPU that Spark's scheduler gave this task, as text; None without any."""
    from pyspark import TaskContext

    context = TaskContext.get()
    gpu = context.resources().get("gpu") if context else None
    return gpu.addresses[0] if gpu else None


def meet(facts: Facts, job: Job) -> list[Facts]:
    """Exchange ``facts`` with the other tasks of the barrier stage; return the facts of all ranks, in their order.

    Parameters
    ----------
    facts : dict
        Of ``Spool.close``, or ``{"layout": None, "failed": True}`` where the rows could not be spooled: a rank that
        has failed must call this too, or the others would wait for it.
    job : Job

    Raises
    ------
    SetupError
        If Spark did not start all tasks together, as a barrier stage does.
    """
    context = _barrier()
    tasks = context.getTaskInfos()
    if len(tasks) != job.workers:
        raise SetupError(
            f"The training asked for {job.workers} tasks at once and Spark started {len(tasks)}. Turn off what changes "
            "its plans (spark.plugins, spark.sql.extensions) for this session, or set num_workers=1."
        )
    host = tasks[context.partitionId()].address.rsplit(":", 1)[0]
    own = {**facts, **own_facts(host, job.backend)}
    # The others' rows may take as long as this rank's own took; Spark itself would wait for a year.
    limit = job.settings.start_timeout_seconds + facts.get("spool_seconds", 0)
    return [json.loads(message) for message in _gather(context, json.dumps(own), limit)]


def _gather(context: BarrierTaskContext, message: str, seconds: float) -> list[str]:
    """Return ``context.allGather(message)``.

    Raises
    ------
    RendezvousTimeout
        If not all ranks come within ``seconds``. No caller may catch it: Spark ends the whole stage for it.
    """
    messages: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
    threading.Thread(target=lambda: messages.put(context.allGather(message)), daemon=True).start()
    try:
        return messages.get(timeout=seconds)
    except queue.Empty:
        raise RendezvousTimeout(
            f"Rank {context.partitionId()} on host {socket.gethostname()} waited {seconds:.0f} s for the rows of the "
            "other ranks (startTimeoutSeconds, and the time that its own rows took). A worker is stuck while it reads "
            "its rows; if they take that long, raise startTimeoutSeconds."
        ) from None


def own_facts(host: str, backend: str) -> Facts:
    """Return facts of this machine: ``host``, ``address`` and ``versions``.

    Parameters
    ----------
    host : str
        Spark's name of this executor.
    backend : str
    """
    return {"host": socket.gethostname(), "address": _free_address(host), "versions": versions(backend)}


def _barrier() -> BarrierTaskContext:
    from pyspark import BarrierTaskContext
    from pyspark.errors import PySparkException

    try:
        return BarrierTaskContext.get()
    except PySparkException as error:
        raise SetupError(
            "Spark did not run the training's tasks as a barrier stage, so they cannot meet: a plugin removed the "
            "barrier. Turn it off for this session (spark.plugins, spark.sql.extensions), or set num_workers=1."
        ) from error


def agree(everyone: Sequence[Facts]) -> Facts:
    """Check that the ranks can train together; return the facts that each process needs of the others.

    Returns
    -------
    dict
        ``address`` of rank 0 and ``ranks`` (several), ``layout`` of the rows; ``digest`` and ``skipped`` of all rows.

    Raises
    ------
    SetupError
        If versions differ.
    InvalidColumnError
        If no rank has a row, or the rows of two ranks differ in width.
    """
    common = {
        "layout": _common_layout(everyone),
        "digest": sum(facts["digest"] for facts in everyone) % 2**64,
        "skipped": sum(facts["skipped"] for facts in everyone),
    }
    if len(everyone) == 1:
        return common
    require_same_versions(everyone)
    return {**common, "address": everyone[0]["address"], "ranks": len(everyone)}


def _common_layout(everyone: Sequence[Facts]) -> list[Any]:
    """Return the layout that the rows of all ranks have; errors as in ``agree``."""
    layouts: list[list[Any]] = [facts["layout"] for facts in everyone if facts["layout"]]
    if not layouts:
        skipped = sum(facts["skipped"] for facts in everyone)
        left_out = f" but {skipped} with a null or NaN, which handle_invalid='skip' leaves out" if skipped else ""
        raise InvalidColumnError(f"The DataFrame has no row{left_out}, and at least one is needed. Check its filters.")
    for layout in layouts:
        if layout != layouts[0]:
            raise InvalidColumnError(
                f"Rows are not all of one width: {layouts[0][:-1]} and {layout[:-1]}. Pad or cut them to one length."
            )
    return layouts[0]


def require_same_versions(everyone: Sequence[Facts]) -> None:
    """Raise SetupError if two ranks run different versions of what a training needs."""
    first = everyone[0]
    for rank, facts in enumerate(everyone):
        differing = [name for name, version in facts["versions"].items() if version != first["versions"][name]]
        if differing:
            name = differing[0]
            raise SetupError(
                f"Workers run different versions of {name}: rank 0 on host {first['host']} has "
                f"{first['versions'][name]}, rank {rank} on host {facts['host']} has {facts['versions'][name]}. "
                "Install the same on each machine."
            )


def versions(backend: str) -> dict[str, str | None]:
    """Return the versions that all ranks must share, of this Python; None for a package without metadata."""
    alike: dict[str, str | None] = {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "sparkeras": sparkeras.__version__,
    }
    for name in ("keras", backend):
        try:
            alike[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            alike[name] = None  # brought by --py-files, without its metadata
    return alike


def _free_address(host: str) -> str:
    """Return ``address:port`` of this machine that the other ranks reach, with a port that is free now."""
    address = os.environ.get(_ADDRESS) or _reachable(host)
    return f"{address}:{_free_port(address)}"


def _free_port(address: str) -> int:
    """Return a port that is free now and that stays so until rank 0 listens, seconds later."""
    for port in random.SystemRandom().sample(_PORTS, 20):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind((address, port))
            return port
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


def _reachable(host: str) -> str:
    """Return the address of ``host``, Spark's name of this executor, unless Debian maps it to 127.0.1.1."""
    try:
        address = socket.gethostbyname(host)
    except OSError:
        address = "127.0.1.1"
    if address != "127.0.1.1":
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
        try:
            route.connect(("192.0.2.1", 9))  # no packet is sent: the system only picks the interface
            return str(route.getsockname()[0])
        except OSError:
            return "127.0.0.1"
