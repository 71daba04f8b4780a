"""Common parts of the zoo's models: the scaling layer at their start, images, the units at their end.

Runs on: driver.
"""

from __future__ import annotations

from typing import Any

import keras

from sparkeras.errors import InvalidModelError

_LAST_SHARE = 0.02  # of the learning rate at the end: a later training goes on with it
Scaling = tuple[str, Any]  # ("rescale", factor) or ("standardize", (mean, variance)), numbers or arrays


def scale(x: keras.KerasTensor, scaling: Scaling | None) -> keras.KerasTensor:
    """Apply the scaling of ``zoo.build`` as a layer, so that the saved model takes the data set's own rows."""
    return _scaled(x, scaling, "scaling")


def unscale(x: keras.KerasTensor, scaling: Scaling | None, name: str) -> keras.KerasTensor:
    """Undo ``scale``: return outputs in the data set's own units, from a layer called ``name``."""
    if scaling is None:
        return keras.layers.Identity(name=name)(x)
    kind, value = scaling
    if kind == "rescale":
        return keras.layers.Rescaling(1 / value, name=name)(x)
    return _scaled(x, scaling, name, invert=True)


def _scaled(x: keras.KerasTensor, scaling: Scaling | None, name: str, invert: bool = False) -> keras.KerasTensor:
    if scaling is None:
        return x
    kind, value = scaling
    if kind == "rescale":
        return keras.layers.Rescaling(value, name=name)(x)
    mean, variance = value
    return keras.layers.Normalization(mean=mean, variance=variance, invert=invert, name=name)(x)


def flat(x: keras.KerasTensor) -> keras.KerasTensor:
    """Return ``x`` as one row of numbers."""
    return keras.layers.Flatten()(x) if len(x.shape) > 2 else x


def images(inputs: keras.KerasTensor, scaling: Scaling | None) -> keras.KerasTensor:
    """Scale images and give those without channels one: (height, width) becomes (height, width, 1)."""
    x = scale(inputs, scaling)
    return keras.layers.Reshape((*x.shape[1:], 1))(x) if len(x.shape) == 3 else x


def require_images(name: str, input_shape: tuple[int, ...], smallest: int, multiple: int = 1) -> None:
    """Raise InvalidModelError unless rows are images whose sides fit the model ``name``.

    Parameters
    ----------
    name : str
    input_shape : tuple of int
    smallest : int
        Least height and width.
    multiple : int
        A divisor of height and width.
    """
    sides = input_shape[:2]
    if len(input_shape) in (2, 3) and min(sides) >= smallest and not any(side % multiple for side in sides):
        return
    divisible = f" with sides divisible by {multiple}" if multiple > 1 else ""
    other = "cnn" if len(input_shape) in (2, 3) and min(sides) >= 8 else "mlp"
    kind = "such images" if other == "cnn" else "tables" if len(input_shape) == 1 else "rows of this shape"
    raise InvalidModelError(
        f"The {name} needs images, (height, width) or (height, width, channels) of {smallest} x {smallest} or "
        f"more{divisible}; rows here have shape {input_shape}. Take --model {other} for {kind}."
    )


def normalized(
    x: keras.KerasTensor, filters: int, size: int = 3, strides: int = 1, momentum: float = 0.95
) -> keras.KerasTensor:
    """Convolution without a bias, batch normalisation, ReLU (Ioffe and Szegedy 2015, ICML)."""
    x = convolved(x, filters, size, strides, momentum)
    return keras.layers.ReLU()(x)


def convolved(
    x: keras.KerasTensor, filters: int, size: int = 3, strides: int = 1, momentum: float = 0.95
) -> keras.KerasTensor:
    """Convolution without a bias, then batch normalisation.

    ``momentum`` is that of the moving statistics: with Keras' 0.99 they need some 300 steps, more than few rows make.
    """
    x = keras.layers.Conv2D(filters, size, strides=strides, padding="same", use_bias=False)(x)
    return keras.layers.BatchNormalization(momentum=momentum)(x)


def falling_rate(first: float, steps: int) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a schedule whose learning rate falls from ``first`` to almost nothing within ``steps``, by half a cosine.

    Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983.
    """
    return keras.optimizers.schedules.CosineDecay(first, steps, alpha=_LAST_SHARE)


def head(
    x: keras.KerasTensor, num_classes: int | None, targets: int = 1, label_scaling: Scaling | None = None
) -> keras.KerasTensor:
    """End in class probabilities, or in ``targets`` numbers for a regression, in the units of ``label_scaling``."""
    if num_classes is None and label_scaling is not None:
        return unscale(keras.layers.Dense(targets, name="standardized")(x), label_scaling, "output")
    if num_classes is None:
        return keras.layers.Dense(targets, name="output")(x)
    return keras.layers.Dense(num_classes, activation="softmax", name="output")(x)
