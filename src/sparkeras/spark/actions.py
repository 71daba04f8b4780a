"""A Spark action that Ctrl-C ends, on the cluster too.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypedDict

from sparkeras.errors import SparkerasError
from sparkeras.spark import internals, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

_CANCEL_SECONDS = 20
_WATCH_SECONDS = 0.5


class _Outcome(TypedDict, total=False):
    """The rows of an action, or its error."""

    rows: list[Row]
    error: BaseException


def collect(rows: DataFrame, watch: Callable[[str], object] | None = None) -> list[Row]:
    """Return ``rows.collect()``; an interrupt cancels the job, waits until its tasks are gone, and is raised again.

    The action runs in a thread of its own: an interrupt in the middle of pyspark's call of Java would break that call,
    and leave the training running.

    Parameters
    ----------
    rows : DataFrame
        Classic or Connect.
    watch : callable or None
        Called with the tag of the action's jobs twice a second, in a thread of its own; a SparkerasError that it
        raises cancels the jobs and is raised here.
    """
    from pyspark import inheritable_thread_target

    spark, tag = rows.sparkSession, f"sparkeras-{uuid.uuid4().hex}"
    outcome: _Outcome = {}
    ended = threading.Event()
    add, remove, cancel = _tagging(spark)

    def run() -> None:
        try:
            add(tag)
            try:
                outcome["rows"] = rows.collect()
            finally:
                with contextlib.suppress(Exception):  # Spark itself may be shutting down
                    remove(tag)
        except BaseException as error:
            outcome.setdefault("error", error)
        ended.set()

    # The caller's own job group, tags and description hold in the new thread as well.
    thread = threading.Thread(target=inheritable_thread_target(spark)(run), name="sparkeras-action", daemon=True)

    def end() -> None:
        with contextlib.suppress(Exception):
            cancel(tag)
        thread.join(_CANCEL_SECONDS)

    with interruptible(end):
        thread.start()
        if watch:
            arguments = (watch, tag, outcome, ended, end)
            # Not in this thread either: an interrupt would break its call of Java too.
            threading.Thread(target=_watch, args=arguments, name="sparkeras-watch", daemon=True).start()
        ended.wait()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["rows"]


@contextlib.contextmanager
def interruptible(end: Callable[[], object]) -> Iterator[None]:
    """Call ``end`` when Ctrl-C, or an exception of any signal handler, breaks the body; then raise it again."""
    with internals.plain_interrupts():
        try:
            yield
        except BaseException:
            internals.ignore_interrupts()
            end()
            raise


def _watch(
    watch: Callable[[str], object],
    tag: str,
    outcome: _Outcome,
    ended: threading.Event,
    cancel: Callable[[], object],
) -> None:
    """Call ``watch`` until the action has ended; its SparkerasError replaces the action's own outcome."""
    try:
        while not ended.wait(_WATCH_SECONDS):
            watch(tag)
    except SparkerasError as error:
        outcome["error"] = error
        cancel()
        ended.set()


_OnTag = Callable[[str], object]


def _tagging(spark: SparkSession) -> tuple[_OnTag, _OnTag, _OnTag]:
    """Return the functions that tag jobs of a thread, untag them, and cancel all jobs of a tag."""
    if session.is_connect(spark):
        return spark.addTag, spark.removeTag, spark.interruptTag
    context = spark.sparkContext  # a classic session's interruptTag leaves barrier jobs running
    return context.addJobTag, context.removeJobTag, context.cancelJobsWithTag
