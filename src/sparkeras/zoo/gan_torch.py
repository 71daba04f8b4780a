"""The GAN's training step on torch: one forward pass, one backward pass for each network.

Runs on: training process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from sparkeras.zoo.gan import GAN


def train_step(gan: GAN, data: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
    """Make one step and return the metrics.

    Parameters
    ----------
    gan : gan.GAN
    data : tuple
        (x,), (x, y) or (x, y, row weights); y is ignored.
    """
    x, _, weights = gan.unpacked(data)
    of_discriminator, of_generator = gan.losses_of(x, weights)
    networks = gan.generator, gan.discriminator
    first, second = ([variable.value for variable in network.trainable_variables] for network in networks)
    grads = [
        *torch.autograd.grad(of_generator, first, retain_graph=True),
        *torch.autograd.grad(of_discriminator, second),
    ]
    with torch.no_grad():
        gan.optimizer.apply(grads, gan.trainable_variables)
    return gan.get_metrics_result()
