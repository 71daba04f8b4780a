"""A training waits for free task slots: it is seen to, it starts when they are free, it gives up at its limit."""

import io
import threading
import time

import pytest
from rich.console import Console

import sparkeras
from sparkeras import datasets
from sparkeras.engine import params, training
from sparkeras.engine.progress_bar import ProgressBar
from sparkeras.errors import SetupError
from sparkeras.spark import tasks
from tests.models import digits_model

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def digits(spark):
    train, _ = datasets.load("digits", spark)
    return train.cache()


class Busy:
    """Another job that holds the only two slots; a context that waits until it runs and ends it."""

    def __init__(self, spark, seconds):
        def sleep(batches):
            time.sleep(seconds)
            yield from batches

        self.spark = spark
        self.rows = spark.range(0, 2, 1, 2).mapInArrow(sleep, "id long")

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        tracker = self.spark.sparkContext._jsc.sc().taskScheduler()
        deadline = time.monotonic() + 10
        while "-> 2" not in tracker.runningTasksByExecutors().toString():
            assert time.monotonic() < deadline, "the other job does not run"
            time.sleep(0.05)
        return self

    def _run(self):
        self.spark.sparkContext.addJobTag("busy")
        try:
            self.rows.collect()
        except Exception:  # cancelled
            return

    def __exit__(self, *_):
        self.spark.sparkContext.cancelJobsWithTag("busy")
        self.thread.join(10)


@pytest.mark.classic
def test_a_training_gives_up_waiting_for_slots_at_its_limit(digits, spark):
    with Busy(spark, 60):
        began = time.monotonic()
        with pytest.raises(SetupError, match=r"waited 3 s \(queueTimeoutSeconds\) for 2 free task slot\(s\) at once"):
            sparkeras.fit(digits_model(), digits, num_workers=2, queue_timeout_seconds=3)
        assert 3 < time.monotonic() - began < 10
    assert spark.sparkContext.statusTracker().getActiveJobsIds() == []


@pytest.mark.classic
@pytest.mark.slow
def test_a_training_shows_that_it_waits_and_starts_when_slots_are_free(digits, spark):
    events = []
    settings = params.settings(num_workers=2, epochs=1, queue_timeout_seconds=60)
    with Busy(spark, 5):
        training.run(digits, digits_model(), settings, on_event=events.append)
    kinds = [event["event"] for event in events]
    assert kinds[:2] == ["queued", "launched"], kinds
    assert events[0]["slots"] == 2
    assert "epoch" in kinds


@pytest.mark.classic
@pytest.mark.slow
def test_time_in_which_earlier_stages_run_is_no_waiting(digits, spark):
    def slow(batches):
        time.sleep(4)
        yield from batches

    made = digits.coalesce(1).mapInArrow(slow, digits.schema)
    history = sparkeras.fit(digits_model(), made, num_workers=2, epochs=1, queue_timeout_seconds=2)
    assert history.training.rows == 1437


def test_the_bar_says_what_is_waited_for():
    console = Console(file=io.StringIO(), force_terminal=True, width=120)
    with ProgressBar(2, console) as bar:
        bar({"event": "queued", "seconds": 1.0, "slots": 2})
        assert bar.progress.tasks[0].description == "waiting for 2 free task slots"
        bar({"event": "launched"})
        assert bar.progress.tasks[0].description == "starting"


def test_too_few_slots_in_sparks_words_become_ours():
    said = "[SPARK-24819]: Barrier execution mode does not allow run a barrier stage that requires more slots than the "
    found = tasks.explain(Exception(said + "total number of slots in the cluster currently."))
    assert str(found).startswith("Several workers need as many task slots at once, and this Spark has fewer in all")
