"""The events of a training: dicts with the key ``event``, for terminals, pages and programs that follow one.

Runs on: driver.

A ``TrainingRun`` sends, in this order:

- ``session`` (master, spark): Spark starts; ``spark`` is its version. Not where a session is there already.
- ``columns`` (columns): of a table, a line per column: ``column``, ``kind``, ``learned``, ``becomes``.
- ``plan`` (data, model, epochs, workers, rows, batch_size, parameters, backend, spark): the training to come.
- ``queued``, ``launched``, ``start``, ``step``, ``epoch``, ``retry``, ``silent``: see ``engine.spark_job.progress``.
- ``trained`` (rows, seconds): rows used, and seconds per part so far.
- ``tested`` (figures): ``{"train": {...}, "test": {...}}`` with Keras' metric names.
- ``finished`` (run, figures): the run's folder is whole.

``note`` (message) may come between: a sentence for people. A ``TrainingProcess`` adds ``failed`` (error, message).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sparkeras.engine import logs
from sparkeras.runs.run_folder import json_ready

Event = dict[str, Any]
OnEvent = Callable[[Event], None]


def as_json(event: Event) -> Event:
    """Return an event as JSON can hold it; the logs of an epoch become numbers by name."""
    plain = {"logs": logs.numbers(event["logs"])} if "logs" in event else {}
    return json_ready(event | plain)
