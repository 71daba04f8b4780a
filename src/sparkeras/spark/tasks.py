"""Code that Spark runs in its tasks: how it gets there, and what its errors mean.

Runs on: driver, Spark task, training process.
"""

import json
import re

from sparkeras import errors
from sparkeras.spark.error_messages import python_cause, reason

_BARRIER = re.compile(r"barrier stage that requires more slots than the total number of slots", re.IGNORECASE)
_LACKS = "SPARKERAS_WORKER_LACKS"
_OURS = re.compile(r"sparkeras\.errors\.(\w+): ([^\n]+)")
_MISSING = re.compile(r"No module named '?([\w.]+)|(pandas|pyarrow)\S* >= [\d.]+ must be installed", re.IGNORECASE)
_REASON = re.compile(r"most recent failure: .*?\(TID \d+\) \(([^ )]+)[^)]*\): ([^\n]+)")
_HOST = re.compile(r"\(TID \d+\) \(([^ )]+)")
_TASK = re.compile(r"ResultTask\((\d+), (\d+)\)")
_CRASHED = "Python worker exited unexpectedly"
_EXECUTOR = re.compile(r"ExecutorLostFailure \(executor (\S+) .*?\)(?: Reason: ([^\n]+))?")


def portable(module, function, payload):
    """Return a generator function for ``mapInArrow`` that calls ``module.function(payload, batches)`` on a worker.

    It travels by value and holds plain values only, so that a worker which lacks our packages can still say so in
    one sentence (``explain`` reads it) instead of failing while Spark unpickles it.

    Parameters
    ----------
    module, function : str
        Where the real code is, e.g. ``"sparkeras.engine.stage.process", "train"``.
    payload : bytes or tuple of plain values
    """
    lacks = _LACKS

    def task(batches):
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
                # Our sentence says it all; this process ends with it, so that no other task's traceback is hidden.
                os.environ["SPARK_HIDE_TRACEBACK"] = "1"
            raise

    return task


def explain(error):
    """Turn what Spark raised into one of our errors, or return None where we cannot say more than Spark.

    Parameters
    ----------
    error : Exception
        From a Spark action, classic or Connect.
    """
    text = str(error)
    found = re.search(_LACKS + r" (\{.*?\})", text)
    if found:
        facts = json.loads(found.group(1))
        return _lacking(facts["host"], facts["python"], facts["package"])
    found = _OURS.search(text)
    if found and hasattr(errors, found.group(1)):
        return getattr(errors, found.group(1))(found.group(2).strip())
    if _BARRIER.search(text):
        return errors.SetupError(
            "Several workers need as many task slots at once, and this Spark has fewer in all, even after a while. "
            "Take fewer workers (num_workers), or start Spark with more executors or cores, e.g. "
            "spark.executor.instances or spark.cores.max."
        )
    host = _HOST.search(text)
    host = host.group(1) if host else "unknown"
    if "PYTHON_VERSION_MISMATCH" in text:
        return _other_version(text, host)
    found = _MISSING.search(text)
    if found:
        return _lacking(host, _interpreter(text), (found.group(1) or found.group(2)).lower())
    return None


def failure(error, host_of=lambda executor: None, host_of_task=lambda stage, partition: None):
    """Return one sentence for what ``explain`` does not know: the host and Spark's own reason, without Java's names.

    Parameters
    ----------
    error : Exception
    host_of : callable
        From an executor's number to its host, None where that is unknown.
    host_of_task : callable
        Likewise from the numbers of a stage and a partition.
    """
    text = str(error)
    lost, task, found = _EXECUTOR.search(text), _TASK.search(text), _REASON.search(text)
    if lost:
        return _executor_lost(lost, task, host_of)
    if _CRASHED in text and (task or found):
        host = found.group(1) if found else host_of_task(*map(int, task.groups()))
        return (
            f"{f'Rank {task.group(2)}: the' if task else 'The'} Spark task's Python worker on host {host or 'unknown'} "
            "ended in the middle of its work: it was killed, or the system ran out of memory. Give the machine more "
            "memory, or use a smaller model or batch."
        )
    where, raised = f" on host {found.group(1)}" if found else "", python_cause(text)
    if raised:
        return f"Spark could not run the task{where}: Python code in it raised {raised}."
    return f"Spark could not run the task{where}: {reason(found.group(2) if found else error)}."


def _executor_lost(lost, task, host_of):
    executor, why = lost.group(1), (lost.group(2) or "unknown reason").strip().rstrip(".")
    rank = f"Rank {task.group(2)}" if task else "A task"
    host = host_of(executor)
    return (
        f"{rank} lost its Spark executor {executor}{f' on host {host}' if host else ''}: {why}. The machine went away, "
        "or the executor was killed, often for want of memory: raise spark.executor.memoryOverhead. With max_retries "
        "and a checkpoint_dir, training goes on by itself."
    )


def _lacking(host, python, package):
    package = package.split(".")[0]
    return errors.SetupError(
        f"The Spark worker on host {host} runs Python {python}, which lacks the package {package!r}. "
        f"Install it there ({python} -m pip install {package}), or point Spark at a Python that has it before the "
        "session starts: export PYSPARK_PYTHON=/path/to/python"
    )


def _other_version(text, host):
    versions = re.findall(r"\b(3\.\d+)\b", text)
    return errors.SetupError(
        f"The Spark worker on host {host} runs another Python version than the driver "
        f"({' against '.join(dict.fromkeys(versions)) or 'see --debug'}). "
        "Point Spark at the driver's version before the session starts: export PYSPARK_PYTHON=/path/to/python"
    )


def _interpreter(text):
    """Guess the worker's interpreter from the lines of its traceback; Spark does not name it."""
    found = re.search(r'File "(\S+?)/lib/python3[\d.]*/', text)
    return f"{found.group(1)}/bin/python" if found else "(unknown path)"
