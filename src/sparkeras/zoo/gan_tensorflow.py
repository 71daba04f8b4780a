"""The GAN's training step on TensorFlow: one forward pass on a tape that is read once for each network.

Runs on: training process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

if TYPE_CHECKING:
    from sparkeras.zoo.gan import GAN


def train_step(gan: GAN, data: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
    """Make one step and return the metrics.

    Parameters
    ----------
    gan : gan.GAN
    data : tuple
        (x,), (x, y) or (x, y, row weights); y is ignored.
    """
    x, _, weights = gan.unpacked(data)
    with tf.GradientTape(persistent=True) as tape:
        of_discriminator, of_generator = gan.losses_of(x, weights)
    grads = [
        *tape.gradient(of_generator, [variable.value for variable in gan.generator.trainable_variables]),
        *tape.gradient(of_discriminator, [variable.value for variable in gan.discriminator.trainable_variables]),
    ]
    gan.optimizer.apply(grads, gan.trainable_variables)
    return gan.get_metrics_result()
