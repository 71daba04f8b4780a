"""The Spark stage of one training: from the driver through ``mapInArrow`` to the task, and the answer back.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import functools
import json
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sparkeras import errors
from sparkeras.engine import columns
from sparkeras.engine.spark_job import progress, task
from sparkeras.engine.spark_job.job import Answer, Job
from sparkeras.spark import actions, artifacts, session, slot_queue, tasks
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

OnEvent = Callable[[dict[str, Any]], object]
Watch = Callable[[str], object]  # called with the job's tag


def run_job(
    dataset: DataFrame, job: Job, on_event: OnEvent | None = None, stop: Callable[[], object] | None = None
) -> Answer:
    """Run ``job`` over the rows of ``dataset``, in one Spark task per worker, and return its Answer.

    Parameters
    ----------
    dataset : DataFrame
    job : Job
    on_event : callable or None
        Receives live progress, where the driver can be reached (not under Spark Connect).
    stop : callable or None
        Called now and then; a SparkerasError that it raises ends the job, and is raised here.

    Raises
    ------
    SparkerasError
        For a failure in the task or in Spark, in one sentence where we know one; its ``files``, if any, are those that
        callbacks had written until then.
    """
    rows = columns.by_number(dataset.select(*(quoted(name) for name in columns.column_names(job.fields))))
    # One task for one worker. Without shuffling the caller's order counts, which only coalesce keeps.
    rows = rows.coalesce(1) if job.mode == "fit" and not job.settings.shuffle else rows.repartition(job.workers)
    with _listener(dataset.sparkSession, on_event) as listener:
        address = listener.address if listener else None
        job = replace(job, progress=address, template=_templates_allowed(dataset.sparkSession))
        large = (artifacts.ship(dataset.sparkSession, each) for each in (job.blueprint, job.files))
        payload = (pickle.dumps(replace(job, blueprint=b"", files=b"")), *large)
        run = tasks.portable("sparkeras.engine.spark_job.task", "train", payload)
        try:
            # One task has nobody to wait for, and dynamic allocation refuses barrier stages.
            limit = job.settings.queue_timeout_seconds
            rows = rows.mapInArrow(run, task.SCHEMA, barrier=job.workers > 1)
            watched = _all_of(
                stop and (lambda tag: stop()), slot_queue.watch(dataset.sparkSession, job.workers, limit, on_event)
            )
            collected = actions.collect(rows, watched)
        except errors.SparkerasError:
            raise
        except Exception as error:  # Spark raises many kinds, classic and Connect
            where = (functools.partial(find, dataset.sparkSession) for find in (session.host_of, session.host_of_task))
            raise tasks.explain(error) or errors.TrainingError(tasks.failure(error, *where)) from error
    return _read(collected, job.workers)


def _all_of(*watches: Watch | None) -> Watch | None:
    """Return one function that calls each of ``watches`` that is not None; None if all are."""
    present = [watch for watch in watches if watch]
    return (lambda tag: [watch(tag) for watch in present]) if present else None


def _listener(spark: SparkSession, on_event: OnEvent | None) -> AbstractContextManager[progress.Listener | None]:
    """Return the context of a Listener if there is ``on_event`` and workers can reach this driver, else of None."""
    if on_event is None:
        return contextlib.nullcontext()
    try:
        master = spark.sparkContext.master or ""
        host = "127.0.0.1" if master.startswith("local") else str(spark.conf.get("spark.driver.host"))
    except Exception:  # Spark Connect has no context, and its workers cannot reach the client
        on_event({"event": "silent", "message": "Through Spark Connect, epochs and their figures show at the end."})
        return contextlib.nullcontext()
    return progress.Listener(host, on_event)


def _templates_allowed(spark: SparkSession) -> bool:
    return (session.setting(spark, "spark.sparkeras.template") or "true").lower() != "false"


def _read(collected: list[Row], workers: int) -> Answer:
    failures = [json.loads(bytes(row.data)) for row in collected if row.kind == "failure"]
    chunks: dict[str, list[bytes]] = {}
    for row in sorted(collected, key=lambda row: row.part):
        chunks.setdefault(row.kind, []).append(bytes(row.data))
    parts = {kind: b"".join(each) for kind, each in chunks.items()}
    if failures:
        error = _first_cause(failures, workers)
        error.files = parts.get("files", b"")
        raise error
    if "facts" not in parts:
        raise errors.InvalidColumnError("The DataFrame has no row, and at least one is needed. Check its filters.")
    return Answer(json.loads(parts.pop("facts")), **parts)


def _first_cause(failures: list[dict[str, Any]], workers: int) -> errors.SparkerasError:
    """Return the error of the rank whose failure caused the others."""
    failures.sort(key=lambda failure: (failure.get("lost_others", False), failure["time"]))
    first = failures[0]
    kind = errors.named(first["error"]) or errors.TrainingError
    # Each rank counts among its own rows.
    share = ", in its share of the rows" if issubclass(kind, errors.InvalidColumnError) else ""
    where = f"Rank {first['rank']} on host {first['host']}{share}: " if workers > 1 else ""
    return kind(f"{where}{first['message']}")
