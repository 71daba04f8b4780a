"""Models around the part that a case is about, as short as users would write them."""

import keras
from keras import layers


def row(*between, units=1, activation=None, **compiled):
    """Return a compiled model of rows of six numbers."""
    return stacked((6,), layers.Dense(5, activation="tanh"), *between, layers.Dense(units, activation), **compiled)


def stacked(shape, *stack, dtype=None, **compiled):
    """Return a compiled Sequential model of one input."""
    model = keras.Sequential([keras.Input(shape, dtype=dtype), *stack])
    model.compile(**compiling(compiled))
    return model


def pooled(shape, *stack, dtype=None, **compiled):
    """Return a compiled model that ends in one number, whatever its layers give."""
    return stacked(shape, *stack, layers.Flatten(), layers.Dense(1), dtype=dtype, **compiled)


def compiling(settings):
    """Return compile's arguments: gradient descent and mean squared error unless ``settings`` say otherwise."""
    return {"optimizer": keras.optimizers.SGD(0.05), "loss": "mse"} | settings
