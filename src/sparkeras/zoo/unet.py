"""U-Net: down to small images with many channels, and up again with skip connections between the levels.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.errors import InvalidModelError
from sparkeras.zoo.parts import Scaling, head, images, require_images

_SMALLEST_SIDE = 4


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    segment: bool = False,
    filters: int = 16,
    depth: int = 2,
) -> keras.Model:
    """Return the model; for 28 x 28 and 10 classes 116,906 parameters, as a segmenter too.

    As a classifier, or for a regression, it ends in the mean over all pixels and a dense layer; as a segmenter in class
    probabilities per pixel, (height, width, num_classes).

    Parameters
    ----------
    input_shape : tuple of int
        (height, width) or (height, width, channels) of at least 4 x 4. Sides that are not divisible by 2^depth are
        padded with zeros inside the network, and cut again.
    segment : bool
        Give each pixel a class. Labels are arrays (height, width) of class numbers; on torch one-hot, with
        ``categorical_crossentropy``: Keras 3.15 cannot differentiate the sparse one of images there.
    filters : int
        Of the first level; each level below has twice as many.
    depth : int
        Times that the sides are halved.

    Raises
    ------
    InvalidModelError
        If rows are not such images, or a segmenter has no ``num_classes``.

    Notes
    -----
    Ronneberger et al. 2015, U-Net, MICCAI, https://arxiv.org/abs/1505.04597: two 3 x 3 convolutions per level, 2 x 2
    pooling, 2 x 2 up-convolutions, and on each level the concatenation with the images before pooling. The paper
    shrinks images by convolutions without padding and crops; here they keep their size.
    """
    require_images("unet", input_shape, _SMALLEST_SIDE)
    if segment and num_classes is None:
        raise InvalidModelError("The unet as a segmenter gives each pixel a class: name num_classes.")
    inputs = keras.Input(input_shape, name="features")
    x = images(inputs, scaling)
    padding = _padding(input_shape[:2], 2**depth)
    x = keras.layers.ZeroPadding2D(padding)(x)
    seen = []
    for level in range(depth):
        x = _two_convolutions(x, filters * 2**level)
        seen.append(x)
        x = keras.layers.MaxPooling2D()(x)
    x = _two_convolutions(x, filters * 2**depth)
    x = keras.layers.Dropout(0.3)(x)
    for level in reversed(range(depth)):
        x = keras.layers.Conv2DTranspose(filters * 2**level, 2, strides=2)(x)
        x = keras.layers.Concatenate()([seen[level], x])
        x = _two_convolutions(x, filters * 2**level)
    x = keras.layers.Cropping2D(padding)(x)
    if segment:
        output = keras.layers.Conv2D(num_classes, 1, activation="softmax", name="output")(x)
    else:
        output = head(keras.layers.GlobalAveragePooling2D()(x), num_classes, targets, label_scaling)
    return keras.Model(inputs, output, name="unet")


def _two_convolutions(x: keras.KerasTensor, filters: int) -> keras.KerasTensor:
    for _ in range(2):
        x = keras.layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")(x)
    return x


def _padding(sides: tuple[int, ...], multiple: int) -> tuple[tuple[int, int], ...]:
    """Return ((top, bottom), (left, right)): the zeros that make both sides divisible."""
    missing = [-side % multiple for side in sides]
    return tuple((each // 2, each - each // 2) for each in missing)
