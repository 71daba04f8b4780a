"""A residual network for small images: three stages of blocks that add to their inputs.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.zoo.parts import Scaling, convolved, head, images, normalized, require_images

FILTERS = (16, 32, 64)
_SMALLEST_SIDE = 8


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    blocks: int = 1,
) -> keras.Model:
    """Return the model; with one block per stage for 28 x 28 and 10 classes 78,426 parameters.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width) or (height, width, channels) of at least 8 x 8.
    blocks : int
        Blocks per stage, two convolutions each; the second and third stage halve the sides. Three make ResNet-20.

    Raises
    ------
    InvalidModelError
        If rows are not such images.

    Notes
    -----
    He et al. 2016, Deep Residual Learning for Image Recognition, CVPR, https://arxiv.org/abs/1512.03385, section 4.2;
    where sizes change, the shortcut is a 1 x 1 convolution.
    """
    require_images("resnet-small", input_shape, _SMALLEST_SIDE)
    inputs = keras.Input(input_shape, name="features")
    x = normalized(images(inputs, scaling), FILTERS[0])
    for stage, filters in enumerate(FILTERS):
        for block in range(blocks):
            x = _block(x, filters, strides=2 if stage and not block else 1)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="resnet-small")


def _block(x: keras.KerasTensor, filters: int, strides: int) -> keras.KerasTensor:
    """Return ReLU(x + F(x)) with two convolutions in F."""
    shortcut = x
    if strides > 1 or x.shape[-1] != filters:
        shortcut = convolved(x, filters, size=1, strides=strides)
    x = normalized(x, filters, strides=strides)
    x = convolved(x, filters)
    return keras.layers.ReLU()(keras.layers.Add()([shortcut, x]))
