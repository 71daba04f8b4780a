"""A multi-layer perceptron: two hidden layers of ReLU units with dropout.

Runs on: driver. Imports: Keras (a door).
"""

import keras

from sparkeras.zoo.parts import flat, head, scale

UNITS = (256, 128)
DROPOUT = 0.2


def build(input_shape, num_classes, scaling, *, targets=1, label_scaling=None):
    """Return the model: flatten, 256 units, 128 units, output; for 784 numbers and 10 classes 235,146 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Any.

    Notes
    -----
    ReLU: Nair and Hinton 2010, ICML; dropout: Srivastava et al. 2014, JMLR 15.
    """
    inputs = keras.Input(input_shape, name="features")
    x = flat(scale(inputs, scaling))
    for units in UNITS:
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(DROPOUT)(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="mlp")
