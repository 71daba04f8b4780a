"""What a model does with the rows of its batch by itself is found out before training."""

import keras
import numpy as np
import pytest
from keras import layers, ops

from sparkeras.engine.process.ranks.row_dependence import look_at
from sparkeras.errors import TrainingError
from tests.engine.process.ranks import own

BATCH = np.array([[1, 2, 3], [4, 0, 1]], np.float32), np.zeros((2, 1), np.float32), None


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


@pytest.mark.parametrize(("kind", "expected"), [(keras.Model, False), (own.TripledLoss, False), (own.PairStep, True)])
def test_own_steps_are_known(kind, expected):
    counting = look_at(model_of(kind), *BATCH)
    assert (counting.own_step, counting.adds, counting.at_all) == (expected, False, expected)


def test_added_losses_are_means_or_sums_and_regularisers_neither():
    mean, sums, two = own.AddsMean(), own.AddsSum(), AddsTwo()
    counting = look_at(model_of(hidden=(mean, sums, two)), *BATCH)
    assert counting.adds
    assert counting.sums == {(id(sums), 0), (id(two), 0), (id(two), 1)}
    training = own.AddsInTraining()
    counting = look_at(model_of(hidden=(training,)), *BATCH)
    assert counting.adds
    assert counting.sums == {(id(training), 1)}
    assert not look_at(model_of(), *BATCH).at_all


class AddsRoot(layers.Layer):
    """A root of a mean, which is neither a sum nor a mean over the rows."""

    def call(self, x):
        self.add_loss(ops.sqrt(ops.mean(ops.square(x))))
        return x


def test_an_added_loss_that_ranks_cannot_put_together_is_refused_by_its_layer():
    with pytest.raises(TrainingError, match=r"The layer 'root' adds a loss that is neither .* num_workers=1"):
        look_at(model_of(hidden=(AddsRoot(name="root"),)), *BATCH)
