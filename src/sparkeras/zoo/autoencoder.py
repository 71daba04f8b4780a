"""An autoencoder: squeeze a row into a few numbers and make the row again from them. It learns without labels.

Runs on: driver.
"""

import math

import keras

from sparkeras.zoo.layers import ReconstructionError
from sparkeras.zoo.parts import flat, scale, unscale

UNITS = 128


def build(input_shape, num_classes, scaling, *, targets=1, label_scaling=None, code=None):
    """Return the model, compiled: n numbers, 128, code, 128, n; for 784 numbers and a code of 32 209,968 parameters.

    What comes out has the shape and the units of the rows. The loss is the mean squared error of scaled rows; nothing
    compares with labels, so it is trained by ``sparkeras.fit(model, df, label=None)``. ``num_classes`` and ``targets``
    are there for nothing.

    Parameters
    ----------
    input_shape : tuple of int
        Any.
    code : int, optional
        Numbers that a row is squeezed into; by default 32, and for short rows half of theirs.

    Notes
    -----
    Hinton and Salakhutdinov 2006, Science 313, https://doi.org/10.1126/science.1127647.
    """
    count = math.prod(input_shape)
    code = code or max(1, min(32, count // 2))
    inputs = keras.Input(input_shape, name="features")
    given = flat(scale(inputs, scaling))
    x = keras.layers.Dense(UNITS, activation="relu")(given)
    x = keras.layers.Dense(code, name="code")(x)
    x = keras.layers.Dense(UNITS, activation="relu")(x)
    made = keras.layers.Dense(count)(x)
    made = ReconstructionError(name="reconstruction_error")([made, given])
    if len(input_shape) != 1:
        made = keras.layers.Reshape(input_shape)(made)
    model = keras.Model(inputs, unscale(made, scaling, "output"), name="autoencoder")
    model.compile("adam")
    return model
