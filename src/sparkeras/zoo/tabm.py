"""Several small networks in one, each trained by itself, which predict together: for tables and other rows of numbers.

Runs on: driver.
"""

from __future__ import annotations

import math

import keras

from sparkeras.zoo.parts import Scaling, flat, scale, unscale
from sparkeras.zoo.table_layers import PIECES, Table, Tensor, compile_for_table, model_of, vector

MEMBERS = 8
UNITS = (64, 64)
DROPOUT = 0.1


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    table: Table | None = None,
    steps: int | None = None,
    members: int = MEMBERS,
) -> keras.Model:
    """Return the model: each member has a first layer and a last one of its own, the layer between is shared.

    The loss is the mean of the members' losses, not the loss of their mean, so that they stay different. What Keras
    logs as ``loss`` is therefore a little more than the loss of what the model predicts.

    Parameters
    ----------
    input_shape, scaling
        Any; ignored where there is a table, which says both.
    table : Table, optional
        The inputs, of ``sparkeras.features.table(spec)``.
    steps : int, optional
        Weight updates of the whole training: the model is then compiled, with a learning rate that falls from 0.003 to
        almost nothing by half a cosine.
    members : int
        Networks in one.

    Notes
    -----
    TabM, "packed" below and shared above: Gorishniy, Kotelnikov and Babenko 2025, https://arxiv.org/abs/2410.24210.
    """
    if table is None:
        inputs = {"features": keras.Input(input_shape, name="features")}
        x = flat(scale(inputs["features"], scaling))
    else:
        inputs = table.inputs()
        x = vector(table, inputs, pieces=PIECES)
    x = _dense_of_each("bd,kdu->bku", x, members, UNITS[0], activation="relu")
    x = keras.layers.Dropout(DROPOUT)(x)
    x = keras.layers.Dense(UNITS[1], activation="relu", kernel_initializer="he_uniform")(x)
    x = keras.layers.Dropout(DROPOUT)(x)
    x = _dense_of_each("bku,kut->bkt", x, members, num_classes or targets)
    x = _joined_amounts(x, label_scaling) if num_classes is None else _joined_classes(x)
    model = model_of(inputs if table else inputs["features"], x, "tabm")
    if steps:
        compile_for_table(model, steps, is_regression=num_classes is None)
    return model


def _dense_of_each(equation: str, x: Tensor, members: int, units: int, activation: str | None = None) -> Tensor:
    """Return (rows, members, units): a dense layer of each member."""
    limit = math.sqrt((6 if activation else 1) / x.shape[-1])  # He and others 2015 before ReLU
    return keras.layers.EinsumDense(
        equation,
        (members, units),
        activation=activation,
        bias_axes=equation[-2:],
        kernel_initializer=keras.initializers.RandomUniform(-limit, limit),
    )(x)


def _joined_classes(x: Tensor) -> Tensor:
    """Return the members' probabilities (rows, classes) joined by their geometric mean.

    Before it is normalized, its cross-entropy is the mean of theirs. So what normalizing subtracts is added again, as
    the penalty on the logarithm of its sum.
    """
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Activation("log_softmax")(x))
    total = keras.ops.logsumexp(mean, axis=-1, keepdims=True)  # 0 where all agree, else less
    total = keras.layers.ActivityRegularization(l1=1.0, name="disagreement")(total)
    return keras.layers.Activation("exponential", name="output")(mean - total)


def _joined_amounts(x: Tensor, label_scaling: Scaling | None) -> Tensor:
    """Return the mean of the members' amounts (rows, targets).

    The mean of their squared errors is that of their mean, and the mean square of their distances from it.
    """
    _, members, targets = x.shape
    x = unscale(x, label_scaling, "units")
    mean = keras.ops.mean(x, axis=1, keepdims=True)
    distance = keras.layers.ActivityRegularization(l2=1 / (members * targets), name="disagreement")(x - mean)
    return keras.layers.GlobalAveragePooling1D(name="output")(mean + distance)
