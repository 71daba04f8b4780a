"""What can happen to a training of several workers, done to it: it ends soon, in words, or goes on to the same weights.

Run: pytest -m faults --place 'local-cluster[2,1,1024]', or standalone: executors must be processes of their own.
With -m "faults and not slow" a part of them.
"""

import os
import time
from pathlib import Path

import numpy as np
import pytest

import sparkeras
from sparkeras.errors import TrainingError
from tests.engine.spark_job.faults import (
    Does,
    fail,
    kill_me,
    kill_me_in_the_next_checkpoint,
    kill_my_executor,
    kill_my_python_worker,
    seconds_since,
    stop_me,
)
from tests.models import digits_model, weights_of
from tests.places import job_folders, training_processes

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def nothing_is_left(spark, spools):
    """After each fault: no training process, no spool, no running stage, no port of ours."""
    before = _listening()
    yield
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and any(_left(spark, spools, before)):
        time.sleep(0.2)
    assert _left(spark, spools, before) == ([], [], [], set())


def _left(spark, spools, before):
    stages = list(spark.sparkContext.statusTracker().getActiveStageIds())
    return training_processes(), job_folders(spools), stages, _listening() - before


def _listening():
    """Return the sockets on which this process listens."""
    own = {os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.is_symlink()}
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {f"socket:[{line[9]}]" for line in lines if line[3] == "0A"} & own


FAULTS = {
    "killed process": (kill_me, 1, r"Rank 1 on host \S+: The training process on host \S+ was killed by .* SIGKILL"),
    "killed rank 0": (kill_me, 0, r"Rank 0 on host \S+: The training process on host \S+ was killed by .* SIGKILL"),
    "killed executor": (kill_my_executor, 1, r"Rank 1 lost its Spark executor \d on host 127.0.0.1: .* code 137\. The"),
    "killed Python worker": (
        kill_my_python_worker,
        1,
        r"Rank 1: the Spark task's Python worker on host \S+\d ended in the middle of its work",
    ),
    "a callback that raises": (
        fail,
        1,
        r"Rank 1 on host \S+: The callback Does \(on_epoch_begin\) failed with OSError",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_dead_worker_is_reported_within_10_seconds(fault, digits, tmp_path):
    what, by, words = FAULTS[fault]
    with pytest.raises(TrainingError, match=words):
        sparkeras.fit(digits_model(), digits, epochs=2000, num_workers=2, callbacks=[Does(tmp_path / "when", what, by)])
    assert seconds_since(tmp_path / "when") < 10


def test_a_stuck_worker_is_given_up_after_the_step_timeout(digits, tmp_path):
    with pytest.raises(TrainingError, match=r"finished no step within 5 s \(stepTimeoutSeconds\)"):
        sparkeras.fit(
            digits_model(),
            digits,
            epochs=2000,
            num_workers=2,
            step_timeout_seconds=5,
            callbacks=[Does(tmp_path / "when", stop_me)],
        )
    assert seconds_since(tmp_path / "when") < 5 + 10


@pytest.fixture(scope="module")
def undisturbed(digits):
    model = digits_model()
    history = sparkeras.fit(model, digits, epochs=5, num_workers=2)
    return weights_of(model), history.history


RECOVERED = {
    "killed process": (kill_me, 0),
    "killed executor": (kill_my_executor, 1),
    "a callback that raises": (fail, 1),
    "stuck process": (stop_me, 1),
}


# By default one of them: the others go on in the same way.
SOME = [pytest.param(name, marks=() if name == "killed executor" else pytest.mark.slow) for name in RECOVERED]


@pytest.mark.parametrize("fault", SOME)
def test_training_goes_on_to_the_same_weights(fault, digits, undisturbed, tmp_path):
    what, by = RECOVERED[fault]
    model = digits_model()
    history = sparkeras.fit(
        model,
        digits,
        epochs=5,
        num_workers=2,
        step_timeout_seconds=5,
        checkpoint_dir=str(tmp_path / "kept"),
        max_retries=1,
        callbacks=[Does(tmp_path / "when", what, by)],
    )
    np.testing.assert_array_equal(weights_of(model), undisturbed[0])
    assert history.history == undisturbed[1]
    assert (len(history.training.seconds), len(history.training.failures)) == (5, 1)
    assert list((tmp_path / "kept").iterdir()) == []


def test_rank_0_lost_while_it_writes_a_checkpoint_costs_that_epoch_only(digits, undisturbed, tmp_path):
    kept = tmp_path / "kept"
    callback = Does(tmp_path / "when", kill_me_in_the_next_checkpoint, by=0)
    model = digits_model()
    settings = {"epochs": 5, "num_workers": 2, "checkpoint_dir": str(kept), "callbacks": [callback]}
    with pytest.raises(TrainingError, match=r"Rank 0 on host \S+: .* killed by signal SIGKILL"):
        sparkeras.fit(model, digits, **settings)
    assert [path.name for path in kept.glob("*/epoch-*")] == ["epoch-000002.zip"]
    assert len(list(kept.glob("*/.epoch-000003.zip.*"))) == 1
    history = sparkeras.fit(model, digits, **settings)
    np.testing.assert_array_equal(weights_of(model), undisturbed[0])
    assert history.history == undisturbed[1]
    assert list(kept.iterdir()) == []
