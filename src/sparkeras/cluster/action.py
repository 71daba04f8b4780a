"""A Spark action that Ctrl-C ends, on the cluster too.

Runs on: driver. Imports: nothing of ours.
"""

import contextlib
import threading
import uuid

_CANCEL_SECONDS = 20


def collect(rows):
    """Return ``rows.collect()``; an interrupt cancels the job, waits until its tasks are gone, and goes on up.

    The action runs in a thread of its own: an interrupt in the middle of pyspark's talk with Java would break that
    talk, and leave the training running.

    Parameters
    ----------
    rows : DataFrame
        Classic or Connect.
    """
    from pyspark import inheritable_thread_target

    spark, tag, outcome = rows.sparkSession, f"sparkeras-{uuid.uuid4().hex}", {}

    def run():
        try:
            with _tagged(spark, tag):
                outcome["rows"] = rows.collect()
        except BaseException as error:
            outcome["error"] = error

    # The caller's own job group, tags and description hold in the new thread as well.
    thread = threading.Thread(target=inheritable_thread_target(spark)(run), name="sparkeras-action", daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:  # Ctrl-C, or whatever a signal's handler raises
        with contextlib.suppress(Exception):  # Spark itself may be on its way down
            spark.interruptTag(tag)
        thread.join(_CANCEL_SECONDS)
        raise
    if "error" in outcome:
        raise outcome["error"]
    return outcome["rows"]


@contextlib.contextmanager
def _tagged(spark, tag):
    spark.addTag(tag)
    try:
        yield
    finally:
        with contextlib.suppress(Exception):
            spark.removeTag(tag)
