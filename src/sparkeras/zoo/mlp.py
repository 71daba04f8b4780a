"""A multi-layer perceptron: two hidden layers of ReLU units with dropout.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.zoo.parts import Scaling, falling_rate, flat, head, scale

UNITS = (256, 128)
DROPOUT = 0.2
# Of a classification whose number of steps is known; chosen on validation rows of the digits (docs/decisions/005).
LEARNING_RATE = 0.003


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    steps: int | None = None,
) -> keras.Model:
    """Return the model: flatten, 256 units, 128 units, output; for 784 numbers and 10 classes 235,146 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Any.
    steps : int, optional
        Weight updates of the whole training: a classifier is then compiled with a learning rate that falls from 0.003
        to almost nothing by half a cosine. Without, and for a regression, the model is not compiled.

    Notes
    -----
    ReLU: Nair and Hinton 2010, ICML; dropout: Srivastava et al. 2014, JMLR 15; half a cosine: Loshchilov and Hutter
    2017, https://arxiv.org/abs/1608.03983.
    """
    inputs = keras.Input(input_shape, name="features")
    x = flat(scale(inputs, scaling))
    for units in UNITS:
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(DROPOUT)(x)
    model = keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="mlp")
    if steps and num_classes is not None:
        optimizer = keras.optimizers.Adam(falling_rate(LEARNING_RATE, steps))
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model
