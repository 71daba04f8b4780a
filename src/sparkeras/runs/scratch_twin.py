"""Convert the network from scratch to an equal Keras model.

Runs on: driver.
"""

from __future__ import annotations

from typing import Any

import keras

from sparkeras.scratch import losses
from sparkeras.scratch.layers import Dense, Dropout, Maxout
from sparkeras.scratch.network import Network
from sparkeras.zoo.parts import scale

# Keras' name of each loss of one-hot labels, and its weight; None for half of the units.
KERAS_LOSSES: dict[type, tuple[str, float | None]] = {
    losses.HalfSquares: ("mean_squared_error", None),
    losses.MeanSquared: ("mean_squared_error", 1.0),
    losses.MeanAbsolute: ("mean_absolute_error", 1.0),
    losses.BinaryCrossentropy: ("binary_crossentropy", 1.0),
    losses.CategoricalCrossentropy: ("categorical_crossentropy", 1.0),
}


def keras_twin(network: Network, input_shape: tuple[int, ...], scaling: tuple[str, Any] | None = None) -> keras.Model:
    """Return a Keras model with the outputs of ``network``, compiled with its loss of one-hot labels.

    Keras divides outputs by their sum in a categorical cross-entropy, which changes nothing after a softmax; of other
    outputs its loss is another one.

    Parameters
    ----------
    network : scratch.network.Network
    input_shape : tuple of int
        Of one row, e.g. (28, 28); it is flattened.
    scaling : tuple or None
        Scaling of the features by its first layer, see ``zoo.build``.
    """
    inputs = keras.Input(input_shape, name="features")
    x = scale(inputs, scaling)
    if len(input_shape) > 1:
        x = keras.layers.Flatten()(x)
    for layer in network.layers:
        x = _as_keras(layer, x)
    model = keras.Model(inputs, x, name="scratch")
    units = network.weights[-1].shape[-1]
    name, weight = KERAS_LOSSES[type(network.loss)]
    weight = units / 2 if weight is None else weight
    model.compile("sgd", name, loss_weights=[weight], metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")])
    return model


def _as_keras(layer: Any, x: keras.KerasTensor) -> keras.KerasTensor:
    if isinstance(layer, Maxout):
        return _maxout(layer, x)
    if isinstance(layer, Dense):
        w, b = layer.weights
        dense = keras.layers.Dense(w.shape[1])
        x = dense(x)
        dense.set_weights([w, b])
        return x
    if isinstance(layer, Dropout):
        return keras.layers.Dropout(layer.rate)(x)
    name = type(layer).__name__.lower()
    return keras.layers.LeakyReLU(layer.slope)(x) if name == "leakyrelu" else keras.layers.Activation(name)(x)


def _maxout(layer: Maxout, x: keras.KerasTensor) -> keras.KerasTensor:
    """Keras has no Maxout: one dense layer for all pieces, and the largest of each unit's."""
    w, b = layer.weights  # (pieces, inputs, units), (pieces, 1, units)
    pieces, inputs, units = w.shape
    dense = keras.layers.Dense(pieces * units)
    x = dense(x)
    dense.set_weights([w.transpose(1, 0, 2).reshape(inputs, -1), b.reshape(-1)])
    return keras.ops.max(keras.layers.Reshape((pieces, units))(x), axis=1)
