"""Losses, schedules and the like that hold others travel with them; what was switched off stays so."""

import threading

import keras
import numpy as np
import pytest
from keras import layers, ops

from sparkeras.engine import blueprint
from sparkeras.errors import InvalidModelError

X = np.random.default_rng(0).normal(size=(8, 6)).astype(np.float32)
Y = X[:, :4]


class Wrap(keras.losses.Loss):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def call(self, y_true, y_pred):
        return self.inner(y_true, y_pred)


class WrapWithConfig(Wrap):
    def get_config(self):
        return {"inner": self.inner}


class Several(keras.losses.Loss):
    def __init__(self, losses):
        super().__init__()
        self.losses = losses

    def call(self, y_true, y_pred):
        return sum(loss(y_true, y_pred) for loss in self.losses)


class Warm(keras.optimizers.schedules.LearningRateSchedule):
    def __init__(self, inner):
        self.inner = inner

    def __call__(self, step):
        return self.inner(step) * 0.5


class WarmWithConfig(Warm):
    def get_config(self):
        return {"inner": self.inner}


class Parts(Warm):
    def __call__(self, step):
        return ops.add(*(each(step) for each in self.inner))


def falling():
    return keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.5)


COMPILED = {
    "a loss in a loss": lambda: ("sgd", Wrap(keras.losses.Huber(0.3))),
    "with a config": lambda: ("sgd", WrapWithConfig(keras.losses.Huber(0.3))),
    "three deep": lambda: ("sgd", Wrap(WrapWithConfig(Wrap(keras.losses.Huber(0.2))))),
    "a list of losses": lambda: ("sgd", Several([keras.losses.Huber(0.3), keras.losses.LogCosh()])),
    "a schedule in a schedule": lambda: (keras.optimizers.Adam(Warm(falling())), "mse"),
    "a schedule with a config": lambda: (keras.optimizers.Adam(WarmWithConfig(falling())), "mse"),
    "a list of schedules": lambda: (keras.optimizers.Adam(Parts([falling(), falling()])), "mse"),
}


def trained(model):
    return model.fit(X, Y, epochs=3, batch_size=4, shuffle=False, verbose=0).history["loss"]


@pytest.mark.parametrize("name", COMPILED)
def test_what_an_object_of_ones_own_holds_travels_within_it(name):
    optimizer, loss = COMPILED[name]()
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    model.compile(optimizer, loss)
    opened = blueprint.open_blueprint(blueprint.pack(model))
    np.testing.assert_allclose(trained(opened), trained(model), rtol=1e-5)


class Locked(keras.losses.Loss):
    """Holds what cannot be pickled, and knows how to do without."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor, self.lock = factor, threading.Lock()

    def call(self, y_true, y_pred):
        return self.factor * ops.mean(ops.square(y_true - y_pred), -1)

    def get_config(self):
        return {"factor": self.factor}


def test_what_cannot_be_pickled_travels_by_its_config():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(4)])
    model.compile("sgd", Locked(3.0))
    opened = blueprint.open_blueprint(blueprint.pack(model))
    np.testing.assert_allclose(trained(opened), trained(model), rtol=1e-5)


OFF = [(layers.Dropout, "rate"), (layers.AlphaDropout, "rate"), (layers.GaussianDropout, "rate")]
OFF += [(layers.GaussianNoise, "stddev")]


@pytest.mark.parametrize(("kind", "name"), OFF)
def test_a_layer_that_was_switched_off_stays_so(kind, name):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(5), kind(0.5), layers.Dense(4)])
    model.compile("sgd", "mse")
    setattr(model.layers[1], name, 0.0)
    opened = blueprint.open_blueprint(blueprint.pack(model))
    assert getattr(opened.layers[1], name) == getattr(model.layers[1], name) == 0
    np.testing.assert_allclose(trained(opened), trained(model), rtol=1e-5)


class Tied(layers.Layer):
    def __init__(self, other, **settings):
        super().__init__(**settings)
        self.other = other

    def call(self, x):
        return ops.matmul(x, ops.transpose(self.other.kernel))


def test_a_layer_that_takes_a_layer_is_refused_in_one_line_with_the_cure():
    inputs, inner = keras.Input((6,)), layers.Dense(3)
    with pytest.raises(InvalidModelError, match="cannot be saved by Keras.*Object Tied .* from_config") as refused:
        blueprint.pack(keras.Model(inputs, Tied(inner)(inner(inputs))))
    assert "\n" not in str(refused.value)
