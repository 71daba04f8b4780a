"""Refuse custom layers whose state depends on the rows of a batch: each of several workers sees its own rows only.

Runs on: training process.

A state that follows the weights or counts steps is the same on each rank. One that follows the rows, such as a count of
samples or a codebook, would differ from one worker's.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine.internals import keras_internals
from sparkeras.engine.process.ranks.hooks import inference_of_keras
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group, State, Step, Structure, Tensor

_CLOSE = 1e-3


@contextlib.contextmanager
def kept_states(layers: Iterable[keras.Layer], losses: Iterable[Any] = ()) -> Iterator[None]:
    """Restore the states of layers and losses after a block that calls them: torch changes them in place."""
    attributes = [value for loss in losses for value in getattr(loss, "__dict__", {}).values()]
    attributes = [value.state if isinstance(value, keras.random.SeedGenerator) else value for value in attributes]
    variables = [*_states(layers), *(value for value in attributes if isinstance(value, keras.Variable))]
    before = [(variable, keras.ops.convert_to_numpy(variable.value).copy()) for variable in variables]
    try:
        yield
    finally:
        for variable, value in before:
            variable.assign(value)


def require_states_without_rows(
    model: keras.Model,
    layers: list[keras.Layer],
    group: Group,
    state: State,
    batch: tuple[Structure, ...],
    data: tuple[Structure, ...],
) -> None:
    """Raise TrainingError, on all ranks, if a state after rank 0's rows differs from that after the rows of all.

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
    variables = model.non_trainable_variables
    states = {id(variable) for variable in _states(layers) if not variable.path.endswith("seed_generator_state")}
    places = [place for place, variable in enumerate(variables) if id(variable) in states]
    differing = np.zeros(len(places), np.int32)
    if not places:
        return
    # A model that only its own train_step runs, as a GAN, may not be called at all.
    with inference_of_keras(model), contextlib.suppress(Exception):
        if group.rank == 0:
            with kept_states(layers):
                own = group.run_alone(_after_a_call(model, places), state, batch[:1])
            together = group.run_alone(_after_a_call(model, places), state, data[:1])
            pairs = [(np.asarray(a), np.asarray(b)) for a, b in zip(own, together, strict=True)]
            differing[:] = [not np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE) for a, b in pairs]
    for place, differs in zip(places, group.sum(differing), strict=True):
        if differs:
            raise TrainingError(
                f"The state {variables[place].path!r} depends on the rows of a batch. Each worker sees its own rows "
                "only, and no rule is known that puts their states together. Set num_workers=1; check_exact=False "
                "trains it all the same."
            )


def _states(layers: Iterable[keras.Layer]) -> list[keras.Variable]:
    """Return the layers' own variables that no optimizer changes, each once."""
    variables = [variable for layer in layers for variable in keras_internals.states_of(layer)]
    return list({id(variable): variable for variable in variables}.values())


def _after_a_call(model: keras.Model, places: list[int]) -> Step:
    """Return a step whose result is the states after the model's call on a batch, in training."""

    def step(*state_and_data: Any) -> list[Tensor]:
        *state, (x,) = state_and_data
        if not state:
            model(x, training=True)
            return [model.non_trainable_variables[place].value for place in places]
        trainable, others = state[0][:2]
        _, others = model.stateless_call(trainable, others, x, training=True)
        return [others[place] for place in places]

    return step
