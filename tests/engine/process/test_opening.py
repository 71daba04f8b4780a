"""A training process builds its model without drawing weights that the saved ones replace."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from sparkeras.engine import blueprint
from sparkeras.engine.blueprint.without_initial_weights import weights_to_come
from sparkeras.engine.params import Settings
from sparkeras.engine.process import main
from tests.models import digits_model, weights_of


class Projects(keras.layers.Layer):
    """Random features that nobody saves."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 4), initializer="orthogonal", trainable=False)

    def call(self, x):
        return x @ self.kernel

    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass


def opened(model):
    return main._open_model(SimpleNamespace(settings=Settings(), blueprint=blueprint.pack(model)))


def test_a_model_comes_with_its_own_weights_and_nothing_is_drawn(monkeypatch):
    model = digits_model()
    monkeypatch.setattr(keras.initializers.VarianceScaling, "__call__", lambda *_: pytest.fail("drawn"))
    np.testing.assert_array_equal(weights_of(opened(model)), weights_of(model))


def test_weights_that_are_not_saved_are_drawn_after_all():
    model = keras.Sequential([keras.Input((8,)), Projects(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    assert np.isfinite(weights_of(opened(model))).all()


class ByDecomposition(keras.initializers.RandomNormal):
    """Draws, and computes with what it has drawn."""

    def __call__(self, shape, dtype=None):
        return np.linalg.svd(keras.ops.convert_to_numpy(super().__call__(shape, dtype)))[0]


def test_an_initializer_that_computes_with_what_it_draws_still_works():
    model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(8, kernel_initializer=ByDecomposition())])
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(weights_of(opened(model)), weights_of(model))


def test_outside_weights_are_drawn_as_ever():
    drawn = keras.initializers.HeNormal(seed=1)((3, 2))
    with weights_to_come():
        assert np.isnan(keras.initializers.HeNormal(seed=1)((3, 2), "float32")).all()
        half = keras.initializers.HeNormal(seed=1)((3, 2), "bfloat16")  # no type of NumPy's
    assert np.isfinite(keras.ops.convert_to_numpy(keras.ops.cast(half, "float32"))).all()
    np.testing.assert_array_equal(keras.initializers.HeNormal(seed=1)((3, 2)), drawn)
