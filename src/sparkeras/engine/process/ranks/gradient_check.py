"""Compare the first step's gradients of several workers with those of one worker on the same rows.

Runs on: training process.

Every rank computes the first step of its rows up to the optimizer, as in the training. Rank 0 computes the same step as
plain Keras, on the rows of all. Dropout and batch statistics differ between ranks by nature, so Keras' layers run as in
prediction; custom layers train, unless they use random numbers. Their states must not depend on the batch.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias

import keras
import numpy as np

from sparkeras.engine.internals import keras_internals
from sparkeras.engine.process.ranks.hooks import inference, inference_of_keras, is_of_keras
from sparkeras.engine.process.ranks.state_check import kept_states, require_states_without_rows
from sparkeras.engine.process.ranks.step_rows import StepRows
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group, State, Step, Structure, Tensor
    from sparkeras.engine.process.ranks.global_steps import GlobalSteps

_Batch: TypeAlias = tuple["Structure", ...]
_LARGEST = 64 << 20  # bytes of rows that are brought together for it
_CLOSE, _CLOSE_BY_HALVES = 2e-3, 5e-2  # of the gradient's length: sums come in another order


class ReachedOptimizer(BaseException):
    """Raised when a step reaches its optimizer, to return the gradients; no ``except Exception`` catches it."""

    def __init__(self, grads: list[Tensor | None]) -> None:
        super().__init__()
        self.grads = [grad for grad in grads if grad is not None]


def compare_with_one_worker(
    model: keras.Model, plain_step: Callable[..., Any], batch: _Batch, steps: GlobalSteps
) -> None:
    """Raise TrainingError, on all ranks, if the ranks' gradients of a batch are not those of one worker.

    Parameters
    ----------
    model : keras.Model
        Its ``train_step`` takes a rank's batch.
    plain_step : callable
        Its ``train_step`` before it was wrapped.
    batch : (x, y, packed rows)
        This rank's rows of the first step.
    steps : global_steps.GlobalSteps
    """
    group = steps.group
    everything = _of_all(batch, group)
    if everything is None:
        return
    x, y, weights = everything
    data = (x,) if y is None else (x, y, weights) if steps.weighted else (x, y)
    state = group.state_of(model)
    own = [layer for layer in keras_internals.layers_of(model) if not is_of_keras(layer)]
    with quick_compilation(), kept_states(own, keras.tree.flatten(getattr(model, "loss", None))):
        draws = _compare(model, plain_step, batch, data, steps, state, inference_of_keras) if own else True
        if draws:
            _compare(model, plain_step, batch, data, steps, state, inference)
        else:
            require_states_without_rows(model, own, group, state, batch, data)
    model.reset_metrics()


def _compare(
    model: keras.Model,
    plain_step: Callable[..., Any],
    batch: _Batch,
    data: _Batch,
    steps: GlobalSteps,
    state: State,
    mode: Callable[[keras.Model], AbstractContextManager[None]],
) -> bool:
    """Raise TrainingError if the gradients differ; return whether random numbers explain the difference."""
    group, allowed = steps.group, _allowed(model)
    worst = draws = 0.0
    with steps.stopping_at_optimizer(), mode(model):
        together = group.run_over_ranks(_to_the_optimizer(model.train_step), state, batch)
        if group.rank == 0 and together:
            alone = group.run_alone(_to_the_optimizer(plain_step), state, data)
            worst = _difference(together, alone)
            if worst > allowed:
                again = group.run_alone(_to_the_optimizer(plain_step), group.with_other_seeds(model, state), data)
                draws = float(_difference(again, alone) > allowed)
    worst, draws = group.sum(np.array([worst, draws], np.float32))
    if worst > allowed and not draws:
        raise TrainingError(_message(model, group, worst))
    return bool(draws)


def _to_the_optimizer(step: Callable[..., Any]) -> Step:
    """Return a step whose result is the gradients that ``step`` gives to its optimizer."""

    def run(*state_and_data: Any) -> list[Tensor]:
        try:
            step(*state_and_data)
        except ReachedOptimizer as arrived:
            return arrived.grads
        return []

    return run


def _of_all(batch: _Batch, group: Group) -> _Batch | None:
    """Return (x, y, weights) of all ranks' real rows; None for too many, or for a type that cannot be sent."""
    x, y, packed = batch
    rows = StepRows.of(group, packed)
    arrays = [np.asarray(each) for each in keras.tree.flatten((x, y)) if each is not None]
    largest = sum(array.nbytes for array in arrays) * group.ranks
    own = np.array([largest, len(rows.packed)], np.int64)
    sizes = np.zeros((group.ranks, 2), np.int32)
    sizes[group.rank] = np.minimum(own, np.iinfo(np.int32).max)
    sizes = group.sum(sizes.ravel()).reshape(-1, 2)
    if sizes[:, 0].max() > _LARGEST or any(array.dtype.kind not in "biuf" for array in arrays):
        return None
    width = int(sizes[:, 1].max())

    def sent(array: Structure | None) -> np.ndarray | None:
        return None if array is None else _sent(np.asarray(array), width, group)

    real = _sent(np.asarray(rows.real), width, group) > 0
    parts = keras.tree.map_structure(sent, (x, y, np.asarray(rows.weights)))
    gathered: _Batch = keras.tree.map_structure(lambda array: None if array is None else array[real], parts)
    return gathered


def _sent(array: np.ndarray, width: int, group: Group) -> np.ndarray:
    """Return the rows of all ranks, each filled up to ``width`` with zeros."""
    # As bytes: gloo does not add numbers of all types, and JAX would make 32 bits of 64.
    own = np.zeros((width, *array.shape[1:]), array.dtype)
    own[: len(array)] = array
    slots = np.zeros((group.ranks, own.nbytes), np.uint8)
    slots[group.rank] = np.frombuffer(own.tobytes(), np.uint8)
    return np.frombuffer(group.sum(slots.ravel()).tobytes(), array.dtype).reshape(-1, *array.shape[1:])


def _difference(together: list[Tensor], alone: list[Tensor]) -> float:
    """Return the distance of two lists of gradients as a part of their length; 0 where one is not finite."""
    a, b = (
        np.concatenate([np.zeros(0), *(np.asarray(g, np.float64).ravel() for g in each)]) for each in (together, alone)
    )
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return 0.0
    length = np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / length) if length > 1e-9 else float(np.linalg.norm(a) > 1e-6)


def _allowed(model: keras.Model) -> float:
    """Return the largest difference that rounding explains."""
    dtypes = {variable.dtype for variable in model.trainable_variables}
    dtypes |= {layer.compute_dtype for layer in keras_internals.layers_of(model)}
    return _CLOSE_BY_HALVES if dtypes & {"float16", "bfloat16"} else _CLOSE


def _message(model: keras.Model, group: Group, worst: float) -> str:
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", None)
    of = f" (loss {name!r})" if name else ""
    return (
        f"{group.ranks} workers would not train the same model as one worker{of}: the gradient of the first step "
        f"differs by {worst:.1%}. Something in the model computes over all rows of a batch, such as a layer that mixes "
        "rows, or a train_step with a sum over rows. Set num_workers=1; check_exact=False skips this check."
    )
