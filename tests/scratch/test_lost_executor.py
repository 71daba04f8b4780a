"""An executor dies in the middle of a training from scratch: its blocks are made again, and the costs stay the same.

Run: pytest -m faults --place 'local-cluster[2,1,1024]'.
"""

import os
import signal

import numpy as np
import pytest

from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks
from sparkeras.scratch.optimizers import Adam
from sparkeras.scratch.training import Arrays, Plan, fit
from tests.places import descendants

pytestmark = [pytest.mark.faults, pytest.mark.classic]


def test_a_training_goes_on_without_the_executor_that_was_killed(spark):
    rng = np.random.default_rng(0)
    t = np.eye(3, dtype="float32")[rng.integers(0, 3, 300)]
    x = (t @ rng.normal(size=(3, 4))).astype("float32")
    frame = spark.createDataFrame(
        [(a.tolist(), b.tolist()) for a, b in zip(x, t, strict=True)], "features array<float>, label array<float>"
    )
    killed = []

    def kill_once(history):
        if len(history["cost"]) == 2:
            killed.append(min(descendants("CoarseGrainedExecutorBackend")))
            os.kill(killed[0], signal.SIGKILL)

    plan = Plan(batch_size=100)
    expected = fit(build([4, 6, 3]), Adam(), Arrays(x, t), 5, plan)
    with Blocks(frame, partitions=4) as blocks:
        folders = {handle.folder for handle in blocks._handles.collect()}
        history = fit(build([4, 6, 3]), Adam(), blocks, 5, plan, kill_once)
        assert {handle.folder for handle in blocks._handles.collect()} != folders
    assert killed[0] not in descendants("CoarseGrainedExecutorBackend")
    np.testing.assert_allclose(history["cost"], expected["cost"], rtol=1e-5)
