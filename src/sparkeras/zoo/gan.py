"""A GAN: a generator makes images from noise, a discriminator tells them from real ones, and each learns by the other.

Runs on: driver, Spark task, training process.

Keras has no call for gradients that all backends share, so ``train_step`` takes them by ``gan_jax``, ``gan_torch`` or
``gan_tensorflow``; networks, losses and metrics are the same. Both networks make their step from the same forward pass.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from sparkeras.errors import InvalidModelError
from sparkeras.zoo.layers import PACKAGE, Tensor
from sparkeras.zoo.parts import Scaling, require_images
from sparkeras.zoo.two_optimizers import TwoOptimizers

NOISE = 64
LEARNING_RATE, BETA_1 = 2e-4, 0.5  # Radford et al. 2016, section 4
REAL = 0.9  # the discriminator's target for real images: one-sided label smoothing, Salimans et al. 2016


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    filters: int = 32,
    noise: int = NOISE,
) -> GAN:
    """Return the GAN, compiled; for 28 x 28 its generator has 234,369 parameters and its discriminator 36,513.

    It learns without labels: ``sparkeras.fit(model, df, label=None)``. ``num_classes`` and ``targets`` are ignored.

    Parameters
    ----------
    input_shape : tuple of int
        (height, width), or (height, width, channels) with 1 or 3 channels; sides divisible by 4.
    scaling : tuple or None
        ``("rescale", factor)`` that brings pixels to 0..1, or None where they are so already.
    filters : int
        Of the layers next to the image; twice as many further in.
    noise : int
        Numbers that an image is made from.

    Raises
    ------
    InvalidModelError
        If rows are not such images.

    Notes
    -----
    Radford, Metz and Chintala 2016, Unsupervised Representation Learning with Deep Convolutional Generative Adversarial
    Networks, ICLR, https://arxiv.org/abs/1511.06434, with fewer and smaller layers; generator's loss: Goodfellow et
    al. 2014, https://arxiv.org/abs/1406.2661, the one that does not saturate.
    """
    require_images("gan", input_shape, 8, multiple=4)
    _require_colours(input_shape, scaling)
    shape = input_shape if len(input_shape) == 3 else (*input_shape, 1)
    model = GAN(
        _generator(shape, filters, noise),
        _discriminator(shape, filters),
        list(input_shape),
        1.0 if scaling is None else float(scaling[1]),
        name="gan",
    )
    model(np.zeros((1, *input_shape), np.float32))
    model.compile(optimizers(model))
    return model


def optimizers(model: GAN, learning_rate: float = LEARNING_RATE) -> TwoOptimizers:
    """Return the paper's optimizers for the two networks of ``model``, as ``compile`` takes them."""
    first, second = (keras.optimizers.Adam(learning_rate, beta_1=BETA_1) for _ in range(2))
    return TwoOptimizers(first, second, len(model.generator.trainable_variables))


def _generator(shape: tuple[int, ...], filters: int, noise: int) -> keras.Model:
    """Return the network from noise (rows, noise) to images (rows, height, width, channels) in -1..1."""
    height, width, channels = shape
    inputs = keras.Input((noise,), name="noise")
    x = keras.layers.Dense(height // 4 * (width // 4) * 2 * filters, use_bias=False)(inputs)
    x = keras.layers.Reshape((height // 4, width // 4, 2 * filters))(x)
    x = _activated(x)
    x = keras.layers.Conv2DTranspose(filters, 4, strides=2, padding="same", use_bias=False)(x)
    x = _activated(x)
    x = keras.layers.Conv2DTranspose(channels, 4, strides=2, padding="same", activation="tanh")(x)
    return keras.Model(inputs, x, name="generator")


def _activated(x: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.9)(x))


def _discriminator(shape: tuple[int, ...], filters: int) -> keras.Model:
    """Return the network from images in -1..1 to a logit: above zero for real."""
    inputs = keras.Input(shape, name="images")
    x = inputs
    for count in (filters, 2 * filters):
        x = keras.layers.Conv2D(count, 4, strides=2, padding="same")(x)
        x = keras.layers.LeakyReLU(0.2)(x)
        x = keras.layers.Dropout(0.3)(x)
    x = keras.layers.Flatten()(x)
    return keras.Model(inputs, keras.layers.Dense(1, name="real")(x), name="discriminator")


def _require_colours(input_shape: tuple[int, ...], scaling: Scaling | None) -> None:
    if len(input_shape) == 3 and input_shape[2] not in (1, 3):
        raise InvalidModelError(
            f"The gan makes grey (1) or coloured (3) images; rows here have shape {input_shape}. "
            "Take --model autoencoder for other rows."
        )
    if scaling is not None and scaling[0] != "rescale":
        raise InvalidModelError(
            "The gan needs pixels that one factor scales to 0..1; these columns are standardized separately. "
            "Take --model autoencoder for tables."
        )


@keras.saving.register_keras_serializable(PACKAGE)
class GAN(keras.Model):
    """Two networks that learn against each other; called on images, it gives the discriminator's logits (rows, 1).

    Parameters
    ----------
    generator : keras.Model
        Noise (rows, noise) to images (rows, height, width, channels) in -1..1.
    discriminator : keras.Model
        Such images to logits (rows, 1), above zero for real.
    image_shape : list of int
        Of the images in rows: (height, width) or (height, width, channels).
    factor : float
        Brings pixels of the rows to 0..1.
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        image_shape: Sequence[int],
        factor: float = 1.0,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        # In this order: TwoOptimizers counts the generator's weights from the first.
        self.generator, self.discriminator = generator, discriminator
        self.image_shape, self.factor = tuple(image_shape), factor
        self.random = keras.random.SeedGenerator()
        names = ("loss", "generator_loss", "real_judged_real", "made_judged_real")
        self.figures = [keras.metrics.Mean(name=name) for name in names]

    @property
    def metrics(self) -> list[keras.metrics.Metric]:
        """Means over an epoch: the sum of both losses, the generator's, and the shares of images classified as real."""
        return self.figures

    def call(self, x: Tensor, training: bool = False) -> Tensor:
        """Return the discriminator's logits (rows, 1) of images in the rows' units; a row may be flat."""
        return self.discriminator(self.scaled(x), training=training)

    def scaled(self, x: Tensor) -> Tensor:
        """Return rows as images (rows, height, width, channels) in -1..1."""
        return (
            ops.reshape(ops.cast(x, self.compute_dtype), (-1, *self.discriminator.input_shape[1:])) * (2 * self.factor)
            - 1
        )

    def unpacked(self, data: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None, Tensor | None]:
        """Return (x, y or None, row weights or None) of the data that ``fit`` passes to a step."""
        return keras.utils.unpack_x_y_sample_weight(data)

    def losses_of(self, x: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return (discriminator's loss, generator's loss) of one training batch, and update the metrics.

        Parameters
        ----------
        x : (rows, ...) array
            Real images; as many are generated.
        weights : (rows,) array or None
            Of the rows in both losses.
        """
        rows = ops.shape(x)[0]
        noise = keras.random.normal((rows, self.generator.input_shape[1]), seed=self.random)
        # Each kind in a batch of its own: batch normalisation would give away which is which in a common one.
        real = self.discriminator(self.scaled(x), training=True)[:, 0]
        fake = self.discriminator(self.generator(noise, training=True), training=True)[:, 0]
        real, fake = ops.cast(real, "float32"), ops.cast(fake, "float32")
        losses = _cross_entropy(real, REAL) + _cross_entropy(fake, 0.0), _cross_entropy(fake, 1.0)
        discriminator, generator = (ops.mean(loss if weights is None else loss * weights) for loss in losses)
        shares = [ops.mean(ops.cast(logits > 0, "float32")) for logits in (real, fake)]
        for figure, value in zip(self.figures, (discriminator + generator, generator, *shares), strict=True):
            figure.update_state(value)
        return discriminator, generator

    def train_step(self, *state_and_data: Any) -> Any:
        """Make one step of both networks; arguments and result are those of the backend's Keras trainer."""
        backend = keras.config.backend()
        return importlib.import_module(f"sparkeras.zoo.gan_{backend}").train_step(self, *state_and_data)

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """Return the loss of an evaluation: the discriminator's on real images."""
        losses = _cross_entropy(ops.cast(y_pred[:, 0], "float32"), 1.0)
        return ops.mean(losses if sample_weight is None else losses * ops.convert_to_tensor(sample_weight, "float32"))

    def compute_metrics(self, x: Tensor, y: Tensor, y_pred: Tensor, sample_weight: Tensor = None) -> dict[str, Tensor]:
        """Update the share of real images that the discriminator classifies as real."""
        self.figures[2].update_state(ops.cast(y_pred[:, 0] > 0, "float32"), sample_weight=sample_weight)
        return {self.figures[2].name: self.figures[2].result()}

    def generate(self, count: int, seed: int | None = None) -> np.ndarray:
        """Return ``count`` generated images, (count, *image_shape) float32 in the rows' own units."""
        noise = np.random.default_rng(seed).standard_normal((count, self.generator.input_shape[1]), np.float32)
        images = self.generator.predict(noise, batch_size=256, verbose=0)
        return ((images + 1) / (2 * self.factor)).reshape(count, *self.image_shape)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        networks = {name: getattr(self, name) for name in ("generator", "discriminator")}
        return {
            **super().get_config(),
            **{name: keras.saving.serialize_keras_object(network) for name, network in networks.items()},
            "image_shape": list(self.image_shape),
            "factor": self.factor,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> GAN:
        """Build one from what ``get_config`` returned."""
        names = ("generator", "discriminator")
        networks = {name: keras.saving.deserialize_keras_object(config[name], custom_objects) for name in names}
        return cls(**config | networks)


def _cross_entropy(logits: Tensor, target: float) -> Tensor:
    """Return the cross-entropy of each row's logit with its target, a probability of real."""
    return ops.relu(logits) - logits * target + ops.log1p(ops.exp(-ops.abs(logits)))
