"""What the workers of a training would find: versions, memory, disk, and whether they reach each other.

Runs on: driver.
"""

import json
import time
from dataclasses import replace

from sparkeras.engine.preflight import worker_check
from sparkeras.engine.preflight.requirements import attempt
from sparkeras.errors import SetupError, TrainingError
from sparkeras.spark import actions, tasks


class Late(SetupError):
    """A small job took longer than it may."""


def ask(subject, function, *arguments):
    """Do as ``attempt`` with a function that runs a job: one that is late is a warning, as it may only be slow."""
    value, problem = attempt(subject, function, *arguments)
    advice = {"level": "warning", "fix": "Raise timeout_seconds of check."}
    return value, [replace(each, **advice) if each.error is Late else each for each in problem]


def probe(spark, workers, backend, seconds):
    """Run one small task per worker, all at once as a training does, and return what each of them says.

    Parameters
    ----------
    spark : SparkSession
        Classic or Connect.
    workers : int
    backend : str
    seconds : int
        Longest wait for all of them; the tasks are cancelled after it.

    Returns
    -------
    list of dict
        In the order of the ranks: ``host``, ``address``, ``versions``, ``memory`` (free bytes, None where unknown),
        ``total`` (bytes of memory), ``folder`` and ``disk`` (Spark's local folder and its free bytes), ``unreached``
        (what went wrong on the way to rank 0, else None).

    Raises
    ------
    SparkerasError
        If they did not run, or not in time.
    """
    task = tasks.portable("sparkeras.engine.preflight.worker_check", "look", (workers, backend))
    rows = spark.range(0, workers, 1, workers).mapInArrow(task, worker_check.SCHEMA, barrier=workers > 1)
    what = f"The trial tasks of {workers} worker(s), which need as many free slots and call each other, did not end"
    found = collect(rows, seconds, what)
    return sorted((json.loads(row.said) for row in found), key=lambda said: said["rank"])


def collect(rows, seconds, what):
    """Return ``rows.collect()`` of a small job.

    Raises
    ------
    SparkerasError
        If it failed, or took longer than ``seconds``: then with ``what`` did not happen.
    """
    try:
        return actions.collect(rows, _deadline(seconds, what))
    except SetupError:
        raise
    except Exception as error:  # Spark raises many kinds, classic and Connect
        raise tasks.explain(error) or TrainingError(tasks.failure(error)) from error


def _deadline(seconds, what):
    end = time.monotonic() + seconds

    def watch(tag):
        if time.monotonic() > end:
            raise Late(f"{what} within {seconds} s.")

    return watch
