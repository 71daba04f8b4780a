"""A multi-layer perceptron whose units learn their activation: each gives the largest of a few linear ones.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.zoo.layers import Maxout
from sparkeras.zoo.parts import Scaling, flat, head, scale

UNITS = (128, 64)
DROPOUT = 0.3


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    pieces: int = 2,
) -> keras.Model:
    """Return the model: flatten, 128 units, 64 units, output; for 784 numbers and 10 classes 218,122 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Any.
    pieces : int
        Linear units for each unit.

    Notes
    -----
    Goodfellow et al. 2013, Maxout Networks, ICML, https://arxiv.org/abs/1302.4389, also on why maxout and dropout go
    together.
    """
    inputs = keras.Input(input_shape, name="features")
    x = flat(scale(inputs, scaling))
    for units in UNITS:
        x = Maxout(units, pieces)(x)
        x = keras.layers.Dropout(DROPOUT)(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="mlp-maxout")
