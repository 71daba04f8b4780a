"""Linear and logistic regression: every input goes to every output, nothing between. The baseline of a network.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.zoo.parts import Scaling, flat, head, scale


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
) -> keras.Model:
    """Return the model: flatten, output; for 784 numbers and 10 classes 7,850 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        Any.

    Notes
    -----
    Logistic regression: Cox 1958, https://doi.org/10.1111/j.2517-6161.1958.tb00292.x; several classes by softmax.
    """
    inputs = keras.Input(input_shape, name="features")
    x = flat(scale(inputs, scaling))
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="linear")
