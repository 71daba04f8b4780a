"""A training's wait for free task slots: seen while its action runs, told as progress, ended at its limit.

Runs on: driver.
"""

import time

from sparkeras.errors import SetupError
from sparkeras.spark import session

_TELL_SECONDS = 10.0


def watch(spark, job, on_event=None):
    """Return the ``Queue`` of a job's action, for ``actions.collect``; None under Spark Connect, which has no view."""
    if session.is_connect(spark):
        return None
    return Queue(spark.sparkContext, job.workers, job.settings.queue_timeout_seconds, on_event)


class Queue:
    """Called now and then while an action runs; raises when it has waited too long for slots.

    The action waits when it has stages to run and none of its tasks runs. Time in which its earlier stages run, or in
    which Spark plans, is no waiting, however long it is.

    Parameters
    ----------
    context : pyspark.SparkContext
    slots : int
        Slots that the last stage needs at once.
    limit : int
        Seconds that it may wait without a break.
    on_event : callable or None
        Receives ``{"event": "queued", "seconds", "slots"}`` every 10 s of waiting, and ``{"event": "launched"}`` when
        it is over.
    """

    def __init__(self, context, slots, limit, on_event=None):
        self.core, self.slots, self.limit = context._jsc.sc(), slots, limit
        self.on_event = on_event or (lambda event: None)
        self.since = self.told = None

    def __call__(self, tag):
        """Look at the jobs of ``tag``.

        Raises
        ------
        SetupError
            If they have waited longer than the limit.
        """
        now = time.monotonic()
        if not self._waits(tag):
            if self.told:
                self.on_event({"event": "launched"})
            self.since = self.told = None
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
        if waited >= 1 and (self.told is None or now - self.told >= _TELL_SECONDS):
            self.told = now
            self.on_event({"event": "queued", "seconds": round(waited, 1), "slots": self.slots})

    def _waits(self, tag):
        try:
            running = self._running_tasks(tag)
        except Exception:  # private[spark]: what cannot be seen is no reason to end a training
            return False
        return bool(running) and not any(running)

    def _running_tasks(self, tag):
        """Return how many tasks run of each stage that has tasks to run.

        The scheduler is asked, not the status tracker: that one may show a stage's tasks ten seconds late.
        """
        tracker, scheduler = self.core.statusTracker(), self.core.taskScheduler()
        found = []
        for number in tracker.getJobIdsForTag(tag):
            job = tracker.getJobInfo(number)
            for stage in job.get().stageIds() if job.isDefined() else ():
                info = tracker.getStageInfo(stage)
                attempt = info.get().currentAttemptId() if info.isDefined() else 0
                tasks = scheduler.taskSetManagerForAttempt(stage, attempt)
                if tasks.isDefined():
                    found.append(tasks.get().runningTasks())
        return found
