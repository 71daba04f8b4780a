"""The GAN's training step on torch: one forward pass, one backward pass for each network.

Runs on: training process.
"""

import torch


def train_step(gan, data):
    """Make one step and return the figures.

    Parameters
    ----------
    gan : gan.GAN
    data : tuple
        (x,), (x, y) or (x, y, row weights); y is left aside.
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
