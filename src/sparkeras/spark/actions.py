"""A Spark action that Ctrl-C ends, on the cluster too.

Runs on: driver.
"""

import contextlib
import signal
import threading
import uuid

from sparkeras.errors import SparkerasError
from sparkeras.spark import session

_CANCEL_SECONDS = 20
_WATCH_SECONDS = 0.5


def collect(rows, watch=None):
    """Return ``rows.collect()``; an interrupt cancels the job, waits until its tasks are gone, and goes on up.

    The action runs in a thread of its own: an interrupt in the middle of pyspark's talk with Java would break that
    talk, and leave the training running.

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
    outcome, ended = {}, threading.Event()
    add, remove, cancel = _tagging(spark)

    def run():
        try:
            add(tag)
            try:
                outcome["rows"] = rows.collect()
            finally:
                with contextlib.suppress(Exception):  # Spark itself may be on its way down
                    remove(tag)
        except BaseException as error:
            outcome.setdefault("error", error)
        ended.set()

    # The caller's own job group, tags and description hold in the new thread as well.
    thread = threading.Thread(target=inheritable_thread_target(spark)(run), name="sparkeras-action", daemon=True)

    def end():
        with contextlib.suppress(Exception):
            cancel(tag)
        thread.join(_CANCEL_SECONDS)

    with interruptible(end):
        thread.start()
        if watch:
            looking = (watch, tag, outcome, ended, end)
            # Not in this thread either: it too would talk with Java when an interrupt comes.
            threading.Thread(target=_look, args=looking, name="sparkeras-watch", daemon=True).start()
        ended.wait()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["rows"]


@contextlib.contextmanager
def interruptible(end):
    """Call ``end`` when Ctrl-C, or whatever a signal's handler raises, breaks the body; it goes on up after that."""
    with _plain_interrupts():
        try:
            yield
        except BaseException:
            _ignore_interrupts()
            end()
            raise


def _look(watch, tag, outcome, ended, cancel):
    """Call ``watch`` until the action has ended; what it raises takes the place of the action's own outcome."""
    try:
        while not ended.wait(_WATCH_SECONDS):
            watch(tag)
    except SparkerasError as error:
        outcome["error"] = error
        cancel()
        ended.set()


def _tagging(spark):
    """Return the functions that tag jobs of a thread, untag them, and cancel all jobs of a tag."""
    if session.is_connect(spark):
        return spark.addTag, spark.removeTag, spark.interruptTag
    context = spark.sparkContext  # a classic session's interruptTag leaves barrier jobs running
    return context.addJobTag, context.removeJobTag, context.cancelJobsWithTag


@contextlib.contextmanager
def _plain_interrupts():
    """Let Ctrl-C raise KeyboardInterrupt and do no more: pyspark's own handler talks with Java in the middle of it."""
    if not _handles_signals():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _ignore_interrupts():
    """A second Ctrl-C while jobs are being cancelled would leave them running."""
    if _handles_signals():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _handles_signals():
    in_main = threading.current_thread() is threading.main_thread()
    return in_main and signal.getsignal(signal.SIGINT) is not None  # None: a handler that Python did not install
