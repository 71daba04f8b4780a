"""An autoencoder: compress a row to a few numbers and reconstruct the row from them. It learns without labels.

Runs on: driver.
"""

from __future__ import annotations

import math

import keras

from sparkeras.zoo.layers import ReconstructionError
from sparkeras.zoo.parts import Scaling, flat, scale, unscale

UNITS = 128


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    code: int | None = None,
) -> keras.Model:
    """Return the model, compiled: n numbers, 128, code, 128, n; for 784 numbers and a code of 32 209,968 parameters.

    The output has the shape and the units of the rows. The loss is the mean squared error of scaled rows; labels have
    no part in it, so it is trained by ``sparkeras.fit(model, df, label=None)``. ``num_classes`` and ``targets`` are
    ignored.

    Parameters
    ----------
    input_shape : tuple of int
        Any.
    code : int, optional
        Numbers that a row is compressed to; by default 32, and for short rows half of theirs.

    Notes
    -----
    Hinton and Salakhutdinov 2006, Science 313, https://doi.org/10.1126/science.1127647.
    """
    count = math.prod(input_shape)
    code = code or max(1, min(32, count // 2))
    inputs = keras.Input(input_shape, name="features")
    row = flat(scale(inputs, scaling))
    x = keras.layers.Dense(UNITS, activation="relu")(row)
    x = keras.layers.Dense(code, name="code")(x)
    x = keras.layers.Dense(UNITS, activation="relu")(x)
    reconstruction = keras.layers.Dense(count)(x)
    reconstruction = ReconstructionError(name="reconstruction_error")([reconstruction, row])
    if len(input_shape) != 1:
        reconstruction = keras.layers.Reshape(input_shape)(reconstruction)
    model = keras.Model(inputs, unscale(reconstruction, scaling, "output"), name="autoencoder")
    model.compile("adam")
    return model
