"""What several workers promise, wherever Spark runs: pytest -m places --place PLACE, see tests/places.py."""

import numpy as np
import pyspark.sql.functions as F
import pytest

import sparkeras
from sparkeras import datasets
from tests.models import digits_model
from tests.places import training_processes

pytestmark = pytest.mark.places


@pytest.fixture(scope="module")
def digits(spark):
    train, _ = datasets.load("digits", spark)
    return train.cache()


def weights_of(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def test_two_workers_train_the_model_that_one_trains(digits):
    one, two = digits_model(), digits_model()
    skewed = digits.repartition(4, F.lit(1))
    # All rows in one step: then no order of rows plays a part.
    settings = {"epochs": 3, "batch_size": 2000, "validation": None}
    first = sparkeras.fit(one, digits, **settings)
    second = sparkeras.fit(two, skewed, num_workers=2, **settings)
    np.testing.assert_allclose(weights_of(two), weights_of(one), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(second.history["loss"], first.history["loss"], rtol=1e-4)
    assert (second.training.rows, second.training.steps) == (1437, 1)
    said = sparkeras.predict(two, digits.limit(5)).collect()
    assert len(said) == 5
    assert set(said[0].asDict()) >= {"features", "label", "prediction"}
    assert training_processes() == []
