"""What a model does with the rows of its batch by itself is found out before training."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from sparkeras.errors import TrainingError
from sparkeras.trainer.row_counting import look_at, require_sums
from tests.trainer import own

BATCH = np.ones((2, 3), np.float32), np.zeros((2, 1), np.float32), np.ones((2, 3), np.float32)


class OldLoss(keras.Model):
    """A compute_loss of the time before it knew training; it weights its rows."""

    def compute_loss(self, x, y, y_pred, sample_weight=None):
        return ops.mean(ops.square(y - y_pred)[:, 0] * sample_weight)


class AddsTwo(layers.Layer):
    """Two losses at once."""

    def call(self, x):
        self.add_loss([ops.sum(x), 2 * ops.sum(x)])
        return x


def model_of(kind=keras.Model, hidden=()):
    x = inputs = keras.Input((3,))
    for layer in hidden:
        x = layer(x)
    model = kind(inputs, layers.Dense(1, kernel_regularizer="l2")(x))
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (keras.Model, (False, False)),
        (own.TripledLoss, (True, False)),
        (own.LossWithoutWeights, (True, True)),
        (OldLoss, (True, False)),
        (own.PairStep, (True, False)),
    ],
)
def test_own_steps_and_losses_are_known_and_whether_they_take_weights(kind, expected):
    counting = look_at(model_of(kind), BATCH)
    assert (counting.own, counting.ignores_weights) == expected
    assert not counting.adds


def test_added_losses_are_means_or_sums_and_regularisers_neither():
    mean, sums, two = own.AddsMean(), own.AddsSum(), AddsTwo()
    counting = look_at(model_of(hidden=(mean, sums, two)), BATCH)
    assert counting.adds
    assert counting.sums == {(id(sums), 0), (id(two), 0), (id(two), 1)}
    training = own.AddsInTraining()
    counting = look_at(model_of(hidden=(training,)), BATCH)
    assert counting.adds
    assert counting.sums == {(id(training), 1)}
    assert not look_at(model_of(), BATCH).at_all


def test_a_metric_that_does_not_add_up_is_named():
    model = model_of()
    model.compile("sgd", "mse", metrics=["mae", keras.metrics.R2Score(), own.Largest()])
    look_at(model, BATCH)
    with pytest.raises(TrainingError, match="The metric 'largest' does not add up: .*num_workers=1"):
        require_sums(model, BATCH)
    model.compile("sgd", "mse", metrics=["mae", keras.metrics.R2Score()])
    require_sums(model, BATCH)
