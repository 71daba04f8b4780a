"""Which metrics several ranks may add up, and which need the rows of all."""

import keras
import pytest

from sparkeras.engine.process.ranks.global_metrics import adds_up
from tests.engine.process.ranks import own

METRICS = keras.metrics


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: METRICS.SparseCategoricalCrossentropy(), True),
        (lambda: METRICS.SparseCategoricalCrossentropy(ignore_class=0), False),
        (lambda: METRICS.SparseCategoricalCrossentropy(ignore_class=2), False),
        (lambda: METRICS.MeanIoU(3, ignore_class=0), False),
        (lambda: METRICS.AUC(), True),
        (lambda: METRICS.Mean(), True),
        (own.Largest, False),
        (lambda: METRICS.MeanMetricWrapper(lambda y, said: said), False),
    ],
)
def test_only_metrics_that_are_known_to_add_up_are_added_up(make, expected):
    assert adds_up(make()) is expected
