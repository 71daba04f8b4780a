"""The GAN's training step on JAX: state in, state out; one forward pass, pulled back once for each network.

Runs on: training process.
"""

import jax
from keras import StatelessScope, ops


def train_step(gan, state, data):
    """Return (figures, state after one step), as Keras' JAX trainer wants it.

    Parameters
    ----------
    gan : gan.GAN
    state : tuple
        Arrays of the trainable and the other variables, of the optimizer and of the metrics.
    data : tuple
        (x,), (x, y) or (x, y, row weights); y is left aside.
    """
    trainable, fixed, optimizer, metrics = state
    x, _, weights = gan.unpacked(data)
    others = [*gan.non_trainable_variables, *gan.metrics_variables]

    def losses(trainable):
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
