"""Layers that Keras lacks. Importing this file registers them, so that Keras opens saved models that hold them.

Runs on: driver, Spark task, training process.
"""

import keras
from keras import ops

PACKAGE = "sparkeras"


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

    def __init__(self, units, pieces=2, **settings):
        super().__init__(**settings)
        self.units, self.pieces = units, pieces
        self.linear = keras.layers.Dense(units * pieces, name="linear", dtype=self.dtype_policy)

    def build(self, input_shape):
        """Make the weights of all pieces, one matrix."""
        self.linear.build(input_shape)

    def call(self, x):
        """Return y."""
        pieces = ops.reshape(self.linear(x), (-1, self.units, self.pieces))
        return ops.max(pieces, axis=-1)

    def compute_output_shape(self, input_shape):
        """Return (rows, units)."""
        return (input_shape[0], self.units)

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "units": self.units, "pieces": self.pieces}


@keras.saving.register_keras_serializable(PACKAGE)
class MeanOfWords(keras.layers.Layer):
    """The mean of a text's word vectors, padding left out: (rows, words, width) becomes (rows, width).

    A text without a word gives zeros, where Keras' GlobalAveragePooling1D divides by zero.
    """

    def __init__(self, **settings):
        super().__init__(**settings)
        self.supports_masking = True

    def call(self, x, mask=None):
        """Return the mean over the words where ``mask`` (rows, words) is true, over all without a mask."""
        if mask is None:
            return ops.mean(x, axis=1)
        real = ops.cast(mask, x.dtype)
        return ops.einsum("rwv,rw->rv", x, real) / ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)

    def compute_mask(self, x, mask=None):
        """Return None: there are no words any more."""
        return None

    def compute_output_shape(self, input_shape):
        """Return (rows, width)."""
        return (input_shape[0], input_shape[2])


@keras.saving.register_keras_serializable(PACKAGE)
class ReconstructionError(keras.layers.Layer):
    """Let a model learn what it was given: add the mean squared error of [made, given] and return ``made``."""

    def call(self, pair):
        """Return ``made``, (rows, ...), of the shape of ``given``."""
        made, given = pair
        self.add_loss(ops.mean(ops.square(ops.cast(given, made.dtype) - made)))
        return made

    def compute_output_shape(self, shapes):
        """Return the shape of ``made``."""
        return shapes[0]


@keras.saving.register_keras_serializable(PACKAGE)
class RandomStretch(keras.layers.Layer):
    """Shift and stretch each image a little, in training alone; (rows, height, width, channels) stays.

    Columns and lines are drawn apart, each as one product with a (size, size) matrix of bilinear weights per image.
    Keras' RandomTranslation and RandomRotation pick pixels one by one, which on CPUs takes longer than a small network.

    Parameters
    ----------
    shift : float
        Largest shift, as a share of the side.
    stretch : float
        Largest change of the size, as a share of it.
    seed : int, optional
    """

    def __init__(self, shift=0.08, stretch=0.1, seed=None, **settings):
        super().__init__(**settings)
        self.shift, self.stretch, self.seed = shift, stretch, seed
        self.random = keras.random.SeedGenerator(seed)

    def call(self, x, training=False):
        """Return the images, shifted and stretched where ``training``."""
        if not training:
            return x
        rows, height, width = ops.shape(x)[0], x.shape[1], x.shape[2]
        x = ops.einsum("roh,rhwc->rowc", self._weights(rows, height), ops.cast(x, self.compute_dtype))
        return ops.einsum("row,rhwc->rhoc", self._weights(rows, width), x)

    def _weights(self, rows, size):
        """Return the weights (rows, out, in) by which the pixels of a line make new ones; the edge goes on outside."""
        drawn = keras.random.uniform((2, rows, 1), -1, 1, seed=self.random)
        places = ops.arange(size, dtype="float32")
        middle = (size - 1) / 2
        source = middle + (places - middle) * (1 + self.stretch * drawn[0]) + self.shift * size * drawn[1]
        source = ops.clip(source, 0, size - 1)
        weights = ops.maximum(1 - ops.abs(source[:, :, None] - places), 0)
        return ops.cast(weights, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        """Return the same shape."""
        return input_shape

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "shift": self.shift, "stretch": self.stretch, "seed": self.seed}


@keras.saving.register_keras_serializable(PACKAGE)
class MeanOfChannels(keras.layers.Layer):
    """Coloured images in grey: the mean of the channels, (rows, height, width, 1)."""

    def call(self, x):
        """Return the mean."""
        return ops.mean(x, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        """Return one channel."""
        return (*input_shape[:-1], 1)


@keras.saving.register_keras_serializable(PACKAGE)
class ImageNetInput(keras.layers.Layer):
    """Colours from 0 to 1 as ResNet50's ImageNet weights want them: BGR from 0 to 255 less the data set's mean."""

    MEAN = (103.939, 116.779, 123.68)  # of ImageNet's blue, green and red; keras.applications, "caffe"

    def call(self, x):
        """Return (rows, height, width, 3) of the same shape."""
        return 255.0 * ops.flip(x, axis=-1) - ops.convert_to_tensor(self.MEAN, dtype=x.dtype)

    def compute_output_shape(self, input_shape):
        """Return the same shape."""
        return input_shape
