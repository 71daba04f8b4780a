"""Code for Spark's tasks: how it gets there, and the meaning of its errors.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sparkeras import errors
from sparkeras.spark.error_messages import python_cause, reason

if TYPE_CHECKING:
    import pyarrow as pa

_BARRIER = re.compile(r"barrier stage that requires more slots than the total number of slots", re.IGNORECASE)
_LACKS = "SPARKERAS_WORKER_LACKS"
_OURS = re.compile(r"sparkeras\.errors\.(\w+): ([^\n]+)")
_MISSING = re.compile(r"No module named '?([\w.]+)|(pandas|pyarrow)\S* >= [\d.]+ must be installed", re.IGNORECASE)
_REASON = re.compile(r"most recent failure: .*?\(TID \d+\) \(([^ )]+)[^)]*\): ([^\n]+)")
_HOST = re.compile(r"\(TID \d+\) \(([^ )]+)")
_TASK = re.compile(r"ResultTask\((\d+), (\d+)\)")
_CRASHED = "Python worker exited unexpectedly"
_EXECUTOR = re.compile(r"ExecutorLostFailure \(executor (\S+) .*?\)(?: Reason: ([^\n]+))?")


def portable(
    module: str, function: str, payload: Any
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return a generator function for ``mapInArrow`` that calls ``module.function(payload, batches)`` in a task.

    It travels by value and holds plain values only: a Python worker without our packages then answers in one sentence
    (``explain`` reads it) instead of failing while Spark unpickles it.

    Parameters
    ----------
    module, function : str
        Where the real code is, e.g. ``"sparkeras.engine.spark_job.task", "train"``.
    payload : bytes or tuple of plain values
    """
    lacks = _LACKS

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import importlib
        import json
        import os
        import socket
        import sys

        try:
            run = getattr(importlib.import_module(module), function)
        except ImportError as error:
            facts = {"host": socket.gethostname(), "python": sys.executable, "package": error.name or str(error)}
            raise RuntimeError(f"{lacks} {json.dumps(facts)}") from None
        try:
            yield from run(payload, batches)
        except Exception as error:
            if type(error).__module__ == "sparkeras.errors":
                # Our sentence says it all; this process ends with it, so no other task's traceback is hidden.
                os.environ["SPARK_HIDE_TRACEBACK"] = "1"
            raise

    return task


def explain(error: Exception) -> errors.SparkerasError | None:
    """Return our error for one of Spark's, None where we cannot say more than Spark.

    Parameters
    ----------
    error : Exception
        From a Spark action, classic or Connect.
    """
    text = str(error)
    lacking = re.search(_LACKS + r" (\{.*?\})", text)
    if lacking:
        facts = json.loads(lacking.group(1))
        return _lacking(facts["host"], facts["python"], facts["package"])
    ours = _OURS.search(text)
    kind = ours and errors.named(ours.group(1))
    if ours and kind:
        return kind(ours.group(2).strip())
    if _BARRIER.search(text):
        return errors.SetupError(
            "Several workers need as many task slots at once, and this Spark has fewer in all, even after a while. "
            "Take fewer workers (num_workers), or start Spark with more executors or cores, e.g. "
            "spark.executor.instances or spark.cores.max."
        )
    match = _HOST.search(text)
    host = match.group(1) if match else "unknown"
    if "PYTHON_VERSION_MISMATCH" in text:
        return _other_version(text, host)
    missing = _MISSING.search(text)
    if missing:
        return _lacking(host, _interpreter(text), (missing.group(1) or missing.group(2)).lower())
    return None


HostOf = Callable[[str], str | None]
HostOfTask = Callable[[int, int], str | None]


def failure(
    error: Exception,
    host_of: HostOf = lambda executor: None,
    host_of_task: HostOfTask = lambda stage, partition: None,
) -> str:
    """Return one sentence for an error that ``explain`` does not know: the host and Spark's own reason.

    Parameters
    ----------
    error : Exception
    host_of : callable
        From an executor's number to its host, None where unknown.
    host_of_task : callable
        Likewise from the numbers of a stage and a partition.
    """
    text = str(error)
    lost, task, failed = _EXECUTOR.search(text), _TASK.search(text), _REASON.search(text)
    if lost:
        return _executor_lost(lost, task, host_of)
    if _CRASHED in text and (task or failed):
        host = failed.group(1) if failed else task and host_of_task(int(task.group(1)), int(task.group(2)))
        return (
            f"{f'Rank {task.group(2)}: the' if task else 'The'} Spark task's Python worker on host {host or 'unknown'} "
            "ended in the middle of its work: it was killed, or the system ran out of memory. Give the machine more "
            "memory, or use a smaller model or batch."
        )
    where, raised = f" on host {failed.group(1)}" if failed else "", python_cause(text)
    if raised:
        return f"Spark could not run the task{where}: Python code in it raised {raised}."
    return f"Spark could not run the task{where}: {reason(failed.group(2) if failed else error)}."


def _executor_lost(lost: re.Match[str], task: re.Match[str] | None, host_of: HostOf) -> str:
    executor, why = lost.group(1), (lost.group(2) or "unknown reason").strip().rstrip(".")
    rank = f"Rank {task.group(2)}" if task else "A task"
    host = host_of(executor)
    return (
        f"{rank} lost its Spark executor {executor}{f' on host {host}' if host else ''}: {why}. The machine went away, "
        "or the executor was killed, often for want of memory: raise spark.executor.memoryOverhead. With max_retries "
        "and a checkpoint_dir, training goes on by itself."
    )


def _lacking(host: str, python: str, package: str) -> errors.SetupError:
    package = package.split(".")[0]
    return errors.SetupError(
        f"The Spark worker on host {host} runs Python {python}, which lacks the package {package!r}. "
        f"Install it there ({python} -m pip install {package}), or point Spark at a Python that has it before the "
        "session starts: export PYSPARK_PYTHON=/path/to/python"
    )


def _other_version(text: str, host: str) -> errors.SetupError:
    versions = re.findall(r"\b(3\.\d+)\b", text)
    return errors.SetupError(
        f"The Spark worker on host {host} runs another Python version than the driver "
        f"({' against '.join(dict.fromkeys(versions)) or 'see --debug'}). "
        "Point Spark at the driver's version before the session starts: export PYSPARK_PYTHON=/path/to/python"
    )


def _interpreter(text: str) -> str:
    """Guess the Python worker's interpreter from the lines of its traceback; Spark does not name it."""
    match = re.search(r'File "(\S+?)/lib/python3[\d.]*/', text)
    return f"{match.group(1)}/bin/python" if match else "(unknown path)"
