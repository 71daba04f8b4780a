"""What several workers promise, wherever Spark runs: pytest -m places --place PLACE, see tests/places.py."""

import re

import keras
import numpy as np
import pyspark.sql.functions as F
import pytest

import sparkeras
from sparkeras import fitting
from sparkeras.engine import params
from tests.engine.spark_job.faults import Does, kill_me
from tests.models import digits_model, weights_of
from tests.places import training_processes

pytestmark = pytest.mark.places


def wide_model():
    """Return a model of 2 MB, which does not travel inside a task's code through Connect."""
    keras.utils.set_random_seed(0)
    stack = [keras.layers.Rescaling(1 / 16), keras.layers.Dense(6500, activation="relu"), keras.layers.Dense(10)]
    model = keras.Sequential([keras.Input((64,)), *stack])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    return model


def test_three_workers_train_the_model_that_one_trains(digits, place):
    one, three = wide_model(), wide_model()
    skewed = digits.repartition(4, F.lit(1))
    # All rows in one step: then no order of rows plays a part.
    settings = {"epochs": 3, "batch_size": 2000, "label": "label"}
    report = sparkeras.check(skewed, three, batch_size=2000, num_workers=3)
    assert report.ok, report
    assert "3 worker(s) on 1 host(s)" in str(report)
    events = []
    first = sparkeras.fit(one, digits, **settings)
    checked = params.settings(**settings, num_workers=3)
    second = fitting.train_in_place(three, skewed, checked, on_event=events.append).history
    if place.startswith("connect:"):
        assert [event["event"] for event in events] == ["silent"]
    else:
        assert [event["epoch"] for event in events if event["event"] == "epoch"] == [1, 2, 3]
    np.testing.assert_allclose(weights_of(three), weights_of(one), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second.by_name()["loss"], first.history["loss"], rtol=1e-4)
    assert (second.rows, second.steps) == (1437, 1)
    said = sparkeras.predict(three, digits.limit(5)).collect()
    assert len(said) == 5
    assert set(said[0].asDict()) >= {"features", "label", "prediction"}
    assert training_processes() == []


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_training_goes_on(digits, tmp_path):
    undisturbed, disturbed = digits_model(), digits_model()
    settings = {"epochs": 4, "num_workers": 2}
    expected = sparkeras.fit(undisturbed, digits, **settings)
    settings |= {"checkpoint_dir": str(tmp_path / "kept"), "max_retries": 1}
    history = sparkeras.fit(disturbed, digits, callbacks=[Does(tmp_path / "when", kill_me)], **settings)
    np.testing.assert_array_equal(weights_of(disturbed), weights_of(undisturbed))
    assert history.history == expected.history
    assert re.search(r"Rank 1 on host \S+: .* killed by signal SIGKILL", history.training.failures[0])
    assert training_processes() == []
    assert list((tmp_path / "kept").iterdir()) == []
