"""A training's wait for free task slots: watched while its action runs, shown as progress, ended at its limit.

Runs on: driver.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sparkeras.errors import SetupError
from sparkeras.spark import internals, session

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

_REPEAT_SECONDS = 10.0


OnEvent = Callable[[dict[str, Any]], object]


def watch(spark: SparkSession, slots: int, limit: int, on_event: OnEvent | None = None) -> Queue | None:
    """Return the ``Queue`` of an action, for ``actions.collect``; None under Spark Connect: it shows no tasks."""
    if session.is_connect(spark):
        return None
    return Queue(spark.sparkContext, slots, limit, on_event)


class Queue:
    """Called repeatedly while an action runs; raises when it has waited too long for slots.

    The action waits when it has stages to run and none of its tasks runs. The time of its earlier stages and of Spark's
    planning does not count.

    Parameters
    ----------
    context : pyspark.SparkContext
    slots : int
        Slots that the last stage needs at once.
    limit : int
        Longest wait without a break, in seconds.
    on_event : callable or None
        Receives ``{"event": "queued", "seconds", "slots"}`` every 10 s of waiting, and ``{"event": "launched"}`` when
        it is over.
    """

    def __init__(self, context: SparkContext, slots: int, limit: int, on_event: OnEvent | None = None) -> None:
        self.context, self.slots, self.limit = context, slots, limit
        self.on_event = on_event or (lambda event: None)
        self.since: float | None = None
        self.shown: float | None = None

    def __call__(self, tag: str) -> None:
        """Check the jobs of ``tag``.

        Raises
        ------
        SetupError
            If they have waited longer than the limit.
        """
        now = time.monotonic()
        if not self._waits(tag):
            if self.shown:
                self.on_event({"event": "launched"})
            self.since = self.shown = None
            return
        if self.since is None:
            self.since = now
            return
        waited = now - self.since
        if waited > self.limit:
            raise SetupError(
                f"Training waited {self.limit} s (queueTimeoutSeconds) for {self.slots} free task slot(s) at "
                "once: other jobs of this Spark hold them. Let those end, take fewer workers (num_workers), give Spark "
                "more slots, or raise queueTimeoutSeconds."
            )
        if waited >= 1 and (self.shown is None or now - self.shown >= _REPEAT_SECONDS):
            self.shown = now
            self.on_event({"event": "queued", "seconds": round(waited, 1), "slots": self.slots})

    def _waits(self, tag: str) -> bool:
        running = internals.running_tasks(self.context, tag) or []  # unknown is no reason to end a training
        return bool(running) and not any(running)
