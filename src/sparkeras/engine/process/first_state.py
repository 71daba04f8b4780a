"""States of users' own layers, looked at in the first step: of several workers, each sees its own rows only.

Runs on: training process.

A state that follows the weights or counts steps is the same on each rank. One that follows the rows, such as a count of
samples or a codebook, would be another one than one worker's.
"""

import contextlib

import keras
import numpy as np

from sparkeras.engine.process.hooks import inference_of_keras
from sparkeras.errors import TrainingError

_CLOSE = 1e-3


@contextlib.contextmanager
def kept_states(layers, losses=()):
    """Give the states of layers and losses back after a block that calls them: torch changes them in place."""
    held = [value for loss in losses for value in getattr(loss, "__dict__", {}).values()]
    held = [value.state if isinstance(value, keras.random.SeedGenerator) else value for value in held]
    variables = [*_states(layers), *(value for value in held if isinstance(value, keras.Variable))]
    before = [(variable, keras.ops.convert_to_numpy(variable.value).copy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def require_states_that_know_no_batch(model, layers, group, state, batch, data):
    """Raise TrainingError, on all ranks, if a state after rank 0's rows is another than after the rows of all.

    Parameters
    ----------
    model : keras.Model
    layers : list of keras.Layer
        The user's own.
    group : backends' Group
    state : tuple or None
        Of ``group.state_of``.
    batch : (x, y, packed rows)
        This rank's rows of the first step.
    data : (x, ...)
        The rows of all ranks.
    """
    everything = model.non_trainable_variables
    wanted = {id(variable) for variable in _states(layers) if not variable.path.endswith("seed_generator_state")}
    places = [place for place, variable in enumerate(everything) if id(variable) in wanted]
    parted = np.zeros(len(places), np.int32)
    if not places:
        return
    # A model that only its own train_step runs, as a GAN, may not be called at all.
    with inference_of_keras(model), contextlib.suppress(Exception):
        if group.rank == 0:
            with kept_states(layers):
                mine = group.run_alone(_after_a_call(model, places), state, batch[:1])
            alone = group.run_alone(_after_a_call(model, places), state, data[:1])
            pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(mine, alone, strict=True)]
            parted[:] = [not np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE) for a, b in pairs]
    for place, differs in zip(places, group.sum(parted), strict=True):
        if differs:
            raise TrainingError(
                f"The state {everything[place].path!r} depends on the rows of a batch. Each worker sees its own rows "
                "only, and no rule is known that puts their states together. Set num_workers=1; check_exact=False "
                "trains it all the same."
            )


def _states(layers):
    found = [v for layer in layers for v in layer._non_trainable_variables]
    found += [generator.state for layer in layers for generator in layer._seed_generators]
    return list({id(variable): variable for variable in found}.values())


def _after_a_call(model, places):
    """Return a step that gives the states after the model's call on a batch, while it trains."""

    def step(*state_and_data):
        *state, (x,) = state_and_data
        if not state:
            model(x, training=True)
            return [model.non_trainable_variables[place].value for place in places]
        trainable, others = state[0][:2]
        _, others = model.stateless_call(trainable, others, x, training=True)
        return [others[place] for place in places]

    return step
