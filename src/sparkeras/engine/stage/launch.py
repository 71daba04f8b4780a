"""The Spark stage of one training: from the driver through ``mapInArrow`` to the task, and the answer back.

Runs on: driver.
"""

import contextlib
import functools
import json
import pickle
from dataclasses import replace

from sparkeras import errors
from sparkeras.engine import columns
from sparkeras.engine.stage import progress, task
from sparkeras.engine.stage.job import Answer
from sparkeras.spark import actions, artifacts, session, slot_queue, tasks
from sparkeras.spark.names import quoted


def stage(dataset, job, on_event=None, stop=None):
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
        What went wrong in the task or in Spark, in one sentence where we know one; ``files`` of it, where there are
        some, is what callbacks had written until then.
    """
    rows = columns.by_number(dataset.select(*(quoted(name) for name in columns.column_names(job.fields))))
    # One task for one worker. Without shuffling the caller's order counts, which only coalesce keeps.
    rows = rows.coalesce(1) if job.mode == "fit" and not job.shuffle else rows.repartition(job.workers)
    with _listener(dataset.sparkSession, on_event) as listener:
        job = replace(job, progress=listener and listener.address, template=_templates_allowed(dataset.sparkSession))
        large = (artifacts.ship(dataset.sparkSession, each) for each in (job.blueprint, job.files))
        payload = (pickle.dumps(replace(job, blueprint=b"", files=b"")), *large)
        run = tasks.portable("sparkeras.engine.stage.task", "train", payload)
        try:
            # One task has nobody to wait for, and dynamic allocation refuses barrier stages.
            rows = rows.mapInArrow(run, task.SCHEMA, barrier=job.workers > 1)
            watched = _all_of(stop and (lambda tag: stop()), slot_queue.watch(dataset.sparkSession, job, on_event))
            collected = actions.collect(rows, watched)
        except errors.SparkerasError:
            raise
        except Exception as error:  # Spark raises many kinds, classic and Connect
            where = (functools.partial(find, dataset.sparkSession) for find in (session.host_of, session.host_of_task))
            raise tasks.explain(error) or errors.TrainingError(tasks.failure(error, *where)) from error
    return _read(collected, job.workers)


def _all_of(*watches):
    """Return one function that calls each of ``watches`` that is there; None where there is none."""
    there = [watch for watch in watches if watch]
    return (lambda tag: [watch(tag) for watch in there]) if there else None


def _listener(spark, on_event):
    """Return a context: a Listener where one is wanted and workers can reach it, else None."""
    if on_event is None:
        return contextlib.nullcontext()
    try:
        master = spark.sparkContext.master
        host = "127.0.0.1" if master.startswith("local") else spark.conf.get("spark.driver.host")
    except Exception:  # Spark Connect has no context, and its workers cannot reach the client
        on_event({"event": "silent", "words": "Through Spark Connect, epochs and their figures show at the end."})
        return contextlib.nullcontext()
    return progress.Listener(host, on_event)


def _templates_allowed(spark):
    return (session.setting(spark, "spark.sparkeras.template") or "true").lower() != "false"


def _read(collected, workers):
    failures = [json.loads(bytes(row.data)) for row in collected if row.kind == "failure"]
    parts = {}
    for row in sorted(collected, key=lambda row: row.part):
        parts.setdefault(row.kind, []).append(bytes(row.data))
    parts = {kind: b"".join(chunks) for kind, chunks in parts.items()}
    if failures:
        error = _first_cause(failures, workers)
        error.files = parts.get("files", b"")
        raise error
    if "facts" not in parts:
        raise errors.InvalidColumnError("The DataFrame has no row, and at least one is needed. Check its filters.")
    return Answer(json.loads(parts.pop("facts")), **parts)


def _first_cause(failures, workers):
    """Return the error of the rank that failed first of itself; the others fail for want of it."""
    failures.sort(key=lambda failure: (failure.get("lost_others", False), failure["time"]))
    first = failures[0]
    kind = errors.named(first["error"]) or errors.TrainingError
    # Each rank counts among its own rows.
    share = ", in its share of the rows" if issubclass(kind, errors.InvalidColumnError) else ""
    where = f"Rank {first['rank']} on host {first['host']}{share}: " if workers > 1 else ""
    return kind(f"{where}{first['message']}")
