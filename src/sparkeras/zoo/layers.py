"""Layers that Keras lacks. Importing this file registers them, so that Keras opens saved models that hold them.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

PACKAGE = "sparkeras"
Tensor = Any  # an array of the backend while a model computes, a KerasTensor while it is built
Shape = tuple[int | None, ...]  # rows first


@keras.saving.register_keras_serializable(PACKAGE)
class Maxout(keras.layers.Layer):
    """The largest of several linear units: ``y_j = max_k (x @ w_jk + b_jk)``.

    x (rows, inputs) becomes y (rows, units); (inputs + 1) * units * pieces parameters.

    Parameters
    ----------
    units : int
        Numbers that come out.
    pieces : int
        Linear units from which each takes the largest.

    Notes
    -----
    Goodfellow et al. 2013, Maxout Networks, ICML, https://arxiv.org/abs/1302.4389.
    """

    def __init__(self, units: int, pieces: int = 2, **settings: Any) -> None:
        super().__init__(**settings)
        self.units, self.pieces = units, pieces
        self.linear = keras.layers.Dense(units * pieces, name="linear", dtype=self.dtype_policy)

    def build(self, input_shape: Shape) -> None:
        """Create the weights of all pieces, one matrix."""
        self.linear.build(input_shape)

    def call(self, x: Tensor) -> Tensor:
        """Return y."""
        pieces = ops.reshape(self.linear(x), (-1, self.units, self.pieces))
        return ops.max(pieces, axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (rows, units)."""
        return (input_shape[0], self.units)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units, "pieces": self.pieces}


@keras.saving.register_keras_serializable(PACKAGE)
class MeanOfWords(keras.layers.Layer):
    """The mean of a text's word vectors, padding left out: (rows, words, width) becomes (rows, width).

    A text without a word gives zeros, where Keras' GlobalAveragePooling1D divides by zero.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.supports_masking = True

    def call(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the mean over the words where ``mask`` (rows, words) is true, over all without a mask."""
        if mask is None:
            return ops.mean(x, axis=1)
        real = ops.cast(mask, x.dtype)
        return ops.einsum("rwv,rw->rv", x, real) / ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)

    def compute_mask(self, x: Tensor, mask: Tensor | None = None) -> None:
        """Return None: the output has no axis of words."""

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return (rows, width)."""
        return (input_shape[0], input_shape[2])


@keras.saving.register_keras_serializable(PACKAGE)
class ReconstructionError(keras.layers.Layer):
    """Add the mean squared error of [reconstruction, row] to the model's loss and return the reconstruction."""

    def call(self, pair: tuple[Tensor, Tensor]) -> Tensor:
        """Return the reconstruction (rows, ...), of the row's shape."""
        reconstruction, row = pair
        self.add_loss(ops.mean(ops.square(ops.cast(row, reconstruction.dtype) - reconstruction)))
        return reconstruction

    def compute_output_shape(self, shapes: list[Shape]) -> Shape:
        """Return the shape of the reconstruction."""
        return shapes[0]


@keras.saving.register_keras_serializable(PACKAGE)
class RandomStretch(keras.layers.Layer):
    """Shift and stretch each image a little, in training alone; (rows, height, width, channels) stays.

    Columns and lines are stretched separately, each as one product with a (size, size) matrix of bilinear weights per
    image. Keras' RandomTranslation and RandomRotation gather pixels, which on CPUs takes longer than a small network.

    Parameters
    ----------
    shift : float
        Largest shift, as a share of the side.
    stretch : float
        Largest change of the size, as a share of it.
    seed : int, optional
    """

    def __init__(self, shift: float = 0.08, stretch: float = 0.1, seed: int | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.shift, self.stretch, self.seed = shift, stretch, seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Return the images, shifted and stretched where ``training``."""
        if not training:
            return x
        rows, height, width = ops.shape(x)[0], x.shape[1], x.shape[2]
        x = ops.einsum("roh,rhwc->rowc", self._weights(rows, height), ops.cast(x, self.compute_dtype))
        return ops.einsum("row,rhwc->rhoc", self._weights(rows, width), x)

    def _weights(self, rows: int, size: int) -> Tensor:
        """Return weights (rows, out, in) from the old pixels of a line to the new ones; edge pixels repeat outside."""
        amounts = keras.random.uniform((2, rows, 1), -1, 1, seed=self.random)
        places = ops.arange(size, dtype="float32")
        middle = (size - 1) / 2
        source = middle + (places - middle) * (1 + self.stretch * amounts[0]) + self.shift * size * amounts[1]
        source = ops.clip(source, 0, size - 1)
        weights = ops.maximum(1 - ops.abs(source[:, :, None] - places), 0)
        return ops.cast(weights, self.compute_dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "shift": self.shift, "stretch": self.stretch, "seed": self.seed}


@keras.saving.register_keras_serializable(PACKAGE)
class MeanOfChannels(keras.layers.Layer):
    """Coloured images in grey: the mean of the channels, (rows, height, width, 1)."""

    def call(self, x: Tensor) -> Tensor:
        """Return the mean."""
        return ops.mean(x, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return one channel."""
        return (*input_shape[:-1], 1)


@keras.saving.register_keras_serializable(PACKAGE)
class ImageNetInput(keras.layers.Layer):
    """Colours from 0 to 1 in the form of ResNet50's ImageNet weights: BGR from 0 to 255 less the data set's mean."""

    MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red; keras.applications, "caffe"

    def call(self, x: Tensor) -> Tensor:
        """Return (rows, height, width, 3) of the same shape."""
        return 255.0 * ops.flip(x, axis=-1) - ops.convert_to_tensor(self.MEAN, dtype=x.dtype)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """Return the same shape."""
        return input_shape
