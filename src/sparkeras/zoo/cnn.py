"""A small convolutional network for images of 8 x 8 and more: convolution and pooling twice, then a dense layer.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.zoo.parts import Scaling, head, images, require_images

_SMALLEST_SIDE = 8


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
) -> keras.Model:
    """Return the model; for 28 x 28 and 10 classes 220,234 parameters.

    Raises
    ------
    InvalidModelError
        If ``input_shape`` is not (height, width) or (height, width, channels) of at least 8 x 8.

    Notes
    -----
    LeNet-5's plan (LeCun et al. 1998, https://doi.org/10.1109/5.726791) with ReLU and dropout.
    """
    require_images("cnn", input_shape, _SMALLEST_SIDE)
    inputs = keras.Input(input_shape, name="features")
    x = images(inputs, scaling)
    x = keras.layers.Conv2D(32, 3, padding="same", activation="relu")(x)
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Conv2D(64, 3, padding="same", activation="relu")(x)
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.Dense(64, activation="relu")(x)
    x = keras.layers.Dropout(0.3)(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="cnn")
