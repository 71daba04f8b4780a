"""The readable network against Keras: the same first weights, the same steps, the same weights after five of them."""

import keras
import numpy as np
import pytest

from sparkeras.scratch import optimizers
from sparkeras.scratch.building import build
from sparkeras.scratch.losses import Regulariser
from sparkeras.scratch.training import Arrays, fit

RNG = np.random.default_rng(0)
X, CLASSES = RNG.normal(size=(40, 6)), RNG.integers(0, 3, 40)
OPTIMIZERS = {
    "gradient descent": (optimizers.GradientDescent(0.1), lambda: keras.optimizers.SGD(0.1)),
    "decay": (
        optimizers.GradientDescent(0.1, decay=0.5),
        lambda: keras.optimizers.SGD(keras.optimizers.schedules.InverseTimeDecay(0.1, 1, 0.5)),
    ),
    "momentum": (optimizers.Momentum(0.1), lambda: keras.optimizers.SGD(0.1, momentum=0.9)),
    "adagrad": (optimizers.AdaGrad(0.1), lambda: keras.optimizers.Adagrad(0.1)),
    "rmsprop": (optimizers.RMSProp(0.01), lambda: keras.optimizers.RMSprop(0.01)),
    "adam": (optimizers.Adam(0.01), lambda: keras.optimizers.Adam(0.01)),
}
# Our name of activation, output and loss, then Keras' layers of the same.
NETWORKS = {
    "tanh, softmax": ("tanh", "softmax", "categorical_crossentropy"),
    "sigmoid, mse": ("sigmoid", "linear", "mean_squared_error"),
    "relu, mae": ("relu", "linear", "mean_absolute_error"),
    "leaky relu, binary": ("leaky_relu", "sigmoid", "binary_crossentropy"),
    "elu, softmax": ("elu", "softmax", "categorical_crossentropy"),
}


@pytest.fixture(autouse=True)
def double():
    """Keras computes with float64 here, as the network is asked to."""
    on_jax = keras.config.backend() == "jax"
    if on_jax:
        import jax

        jax.config.update("jax_enable_x64", True)
    before = keras.config.dtype_policy()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy(before)
    if on_jax:
        jax.config.update("jax_enable_x64", False)


def keras_twin(network, activation, output, loss, optimizer, regulariser=None):
    hidden = keras.layers.LeakyReLU(0.2) if activation == "leaky_relu" else keras.layers.Activation(activation)
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, kernel_regularizer=regulariser),
            hidden,
            keras.layers.Dense(3, activation=output, kernel_regularizer=regulariser),
        ]
    )
    model.set_weights(network.weights)
    model.compile(optimizer, loss)
    return model


def assert_alike_after_five_steps(network, optimizer, model):
    targets = np.eye(3)[CLASSES]
    history = fit(network, optimizer, Arrays(X, targets), epochs=5)
    theirs = model.fit(X, targets, batch_size=len(X), epochs=5, verbose=0, shuffle=False)
    np.testing.assert_allclose(history["cost"], theirs.history["loss"], rtol=1e-5)
    for w, expected in zip(network.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(w, expected, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_optimizer_takes_keras_steps(name):
    ours, theirs = OPTIMIZERS[name]
    network = build([6, 5, 3], dtype="float64")
    assert_alike_after_five_steps(network, ours, keras_twin(network, *NETWORKS["tanh, softmax"], theirs()))


@pytest.mark.parametrize("name", NETWORKS)
def test_each_activation_and_loss_is_keras_own(name):
    network = build([6, 5, 3], *NETWORKS[name], dtype="float64")
    model = keras_twin(network, *NETWORKS[name], keras.optimizers.SGD(0.1))
    assert_alike_after_five_steps(network, optimizers.GradientDescent(0.1), model)


def test_regularisers_cost_what_keras_says():
    network = build([6, 5, 3], dtype="float64", regulariser=Regulariser(l1=0.01, l2=0.02))
    theirs = keras.regularizers.L1L2(0.01, 0.02)
    model = keras_twin(network, *NETWORKS["tanh, softmax"], keras.optimizers.SGD(0.1), theirs)
    assert_alike_after_five_steps(network, optimizers.GradientDescent(0.1), model)


def test_a_keras_model_with_the_same_weights_says_the_same():
    network = build([6, 5, 3], dtype="float64")
    model = keras_twin(network, *NETWORKS["tanh, softmax"], "sgd")
    np.testing.assert_allclose(network.forward(X), model.predict(X, verbose=0), rtol=1e-6)
