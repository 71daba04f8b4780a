"""Every layer, loss and regulariser: the way back gives the slope that one measures."""

import numpy as np
import pytest

from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.building import build
from sparkeras.scratch.chance import Chance
from sparkeras.scratch.layers import Dense, Dropout, Maxout
from sparkeras.scratch.losses import LOSSES, Regulariser
from tests.scratch.slopes import measured

RNG = np.random.default_rng(0)
LAYERS = {
    **ACTIVATIONS,
    "dense": lambda: Dense(RNG.normal(size=(4, 3)), RNG.normal(size=3)),
    "maxout": lambda: Maxout(RNG.normal(size=(3, 4, 2)), RNG.normal(size=(3, 1, 2))),
    "dropout": lambda: Dropout(0.4),
}


@pytest.mark.parametrize("name", LAYERS)
def test_the_way_back_through_a_layer_is_the_measured_slope(name):
    layer, x = LAYERS[name](), RNG.normal(size=(5, 4))
    chance = Chance((1, 2), 0) if name == "dropout" else None
    some = RNG.normal(size=layer.forward(x, chance).shape)  # L = sum of some * y, so that dL/dy = some

    def loss():
        return (some * layer.forward(x, Chance((1, 2), 0) if chance else None)).sum()

    loss()
    dx, gradients = layer.backward(some), layer.gradients(some)
    np.testing.assert_allclose(dx, measured(loss, x), rtol=1e-6, atol=1e-8)
    for w, dw in zip(layer.weights, gradients, strict=True):
        np.testing.assert_allclose(dw, measured(loss, w), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", LOSSES)
def test_the_slope_of_a_loss_is_the_measured_one(name):
    loss, y, t = LOSSES[name](), RNG.uniform(0.1, 0.9, (4, 3)), np.eye(3)[[0, 2, 1, 1]]
    np.testing.assert_allclose(loss.slope(y, t), measured(lambda: loss.cost(y, t), y), rtol=1e-6)


@pytest.mark.parametrize("given", [{"l1": 0.3}, {"l2": 0.2}, {"l1": 0.3, "l2": 0.2}], ids=str)
def test_the_slope_of_a_regulariser_is_the_measured_one(given):
    regulariser, w = Regulariser(**given), RNG.normal(size=(3, 2))
    np.testing.assert_allclose(regulariser.slope(w), measured(lambda: regulariser.cost(w), w), rtol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "relu", "maxout"])
def test_the_gradients_of_a_whole_network_are_the_measured_ones(activation):
    network = build(
        [4, 5, 3, 2], activation, seed=1, dtype="float64", dropout=0.2, regulariser=Regulariser(l1=0.01, l2=0.02)
    )
    network.weights = [w + 0.1 for w in network.weights]  # a unit at exactly 0 sits on relu's kink
    x, t = RNG.normal(size=(6, 4)), np.eye(2)[[0, 1, 1, 0, 1, 0]]

    def cost():
        return network.means(network.sums(x, t, Chance((3, 4), 0)))[0]

    _, gradients = network.means(network.sums(x, t, Chance((3, 4), 0)))
    for w, dw in zip(network.weights, gradients, strict=True):
        np.testing.assert_allclose(dw, measured(cost, w), rtol=1e-5, atol=1e-9)


def test_sums_that_are_far_from_zero_stay_numbers():
    x = np.array([[-1000.0, 0.0, 1000.0]])
    np.testing.assert_array_equal(ACTIVATIONS["sigmoid"]().forward(x), [[0, 0.5, 1]])
    np.testing.assert_array_equal(ACTIVATIONS["softmax"]().forward(x), [[0, 0, 1]])
    for loss in LOSSES.values():
        y, t = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
        assert np.isfinite(loss().cost(y, t))
        assert np.isfinite(loss().slope(y, t)).all()
