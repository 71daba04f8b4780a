"""The GAN's training step on JAX: state in, state out; one forward pass, pulled back once for each network.

Runs on: training process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from keras import StatelessScope, ops

if TYPE_CHECKING:
    from sparkeras.zoo.gan import GAN

# Arrays of the trainable and the other variables, of the optimizer and of the metrics.
State = tuple[list[jax.Array], list[jax.Array], list[jax.Array], list[jax.Array]]
Losses = tuple[jax.Array, jax.Array]
Logs = dict[str, jax.Array]


def train_step(gan: GAN, state: State, data: tuple[jax.Array, ...]) -> tuple[Logs, State]:
    """Return (metrics, state after one step), as Keras' JAX trainer expects.

    Parameters
    ----------
    gan : gan.GAN
    state : tuple
    data : tuple
        (x,), (x, y) or (x, y, row weights); y is ignored.
    """
    trainable, fixed, optimizer, metrics = state
    x, _, weights = gan.unpacked(data)
    others = [*gan.non_trainable_variables, *gan.metrics_variables]

    def losses(trainable: list[jax.Array]) -> tuple[Losses, tuple[Logs, list[jax.Array]]]:
        mapping = [*zip(gan.trainable_variables, trainable, strict=True), *zip(others, [*fixed, *metrics], strict=True)]
        with StatelessScope(state_mapping=mapping) as scope:
            both = gan.losses_of(x, weights)
            logs = gan.get_metrics_result()
        return both, (logs, [scope.get_current_value(variable) for variable in others])

    _, pull_back, (logs, after) = jax.vjp(losses, trainable, has_aux=True)
    (of_discriminator,) = pull_back((ops.ones(()), ops.zeros(())))
    (of_generator,) = pull_back((ops.zeros(()), ops.ones(())))
    count = len(gan.generator.trainable_variables)
    grads = [*of_generator[:count], *of_discriminator[count:]]
    trainable, optimizer = gan.optimizer.stateless_apply(optimizer, grads, trainable)
    return logs, (trainable, after[: len(fixed)], optimizer, after[len(fixed) :])
