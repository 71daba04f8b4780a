"""For ``check`` only: ask the workers' machines for versions, memory and disk, and whether they reach each other.

Runs on: driver.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from sparkeras.engine.preflight import worker_check
from sparkeras.engine.preflight.finding import Finding, attempt
from sparkeras.errors import SetupError, TrainingError
from sparkeras.spark import actions, tasks

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

_Arguments = ParamSpec("_Arguments")
_Value = TypeVar("_Value")


class Late(SetupError):
    """A small job took longer than it may."""


def ask(
    subject: str, function: Callable[_Arguments, _Value], *arguments: _Arguments.args, **named: _Arguments.kwargs
) -> tuple[_Value | None, list[Finding]]:
    """Like ``attempt``, for a function that runs a Spark job; a time-out is a warning, as the job may only be slow."""
    value, problem = attempt(subject, function, *arguments, **named)
    fix = "Raise timeout_seconds of check."
    return value, [replace(each, level="warning", fix=fix) if each.error is Late else each for each in problem]


def probe(
    spark: SparkSession, workers: int, backend: str, seconds: int, checkpoint_dir: str | None = None
) -> list[dict[str, Any]]:
    """Run one small task per worker, all at once as a training does, and return their answers.

    Parameters
    ----------
    spark : SparkSession
        Classic or Connect.
    workers : int
    backend : str
    seconds : int
        Longest wait for all of them; the tasks are cancelled after it.
    checkpoint_dir : str or None
        Of ``checkpoint_places.checked_place``.

    Returns
    -------
    list of dict
        In the order of the ranks: ``host``, ``address``, ``versions``, ``memory`` (free bytes, None where unknown),
        ``total`` (bytes of memory), ``folder`` and ``disk`` (Spark's local folder and its free bytes), ``unreached``
        (what went wrong on the way to rank 0, else None), ``checkpoints`` (why it cannot keep them, else None).

    Raises
    ------
    SparkerasError
        If they did not run, or not in time.
    """
    # Plain values: a worker that lacks this package must be able to say so.
    question = (workers, backend, checkpoint_dir, secrets.token_hex(8))
    task = tasks.portable("sparkeras.engine.preflight.worker_check", "look", question)
    rows = spark.range(0, workers, 1, workers).mapInArrow(task, worker_check.SCHEMA, barrier=workers > 1)
    what = f"The trial tasks of {workers} worker(s), which need as many free slots and call each other, did not end"
    answers = collect(rows, seconds, what)
    return sorted((json.loads(row.answer) for row in answers), key=lambda answer: answer["rank"])


def collect(rows: DataFrame, seconds: int, what: str) -> list[Row]:
    """Return ``rows.collect()`` of a small job.

    Raises
    ------
    SparkerasError
        If it failed, or took longer than ``seconds``: then ``what`` begins the message.
    """
    try:
        return actions.collect(rows, _deadline(seconds, what))
    except SetupError:
        raise
    except Exception as error:  # Spark raises many kinds, classic and Connect
        raise tasks.explain(error) or TrainingError(tasks.failure(error)) from error


def _deadline(seconds: int, what: str) -> Callable[[str], None]:
    end = time.monotonic() + seconds

    def watch(tag: str) -> None:
        if time.monotonic() > end:
            raise Late(f"{what} within {seconds} s.")

    return watch
