"""Rows that tests of the engine share."""

import pytest

from sparkeras import datasets


@pytest.fixture(scope="module")
def digits(spark):
    """The rows to train on, held by Spark so that a fault does not touch their making."""
    train, _ = datasets.load("digits", spark)
    train = train.cache()
    train.count()
    return train
