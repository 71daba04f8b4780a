"""The promise of several workers, checked once: their first gradients are those of one worker on the same rows.

Runs on: training process.

Every rank takes its rows of the first step as far as the optimizer, as the training will. Rank 0 does the same as plain
Keras would, on the rows of all. Dropout and batch statistics are each rank's own by nature, so Keras' layers run as
they predict; layers of the user's own train, unless they draw numbers too. A state of theirs must not know its batch.
"""

import keras
import numpy as np

from sparkeras.engine.process.first_state import kept_states, require_states_that_know_no_batch
from sparkeras.engine.process.hooks import inference, inference_of_keras, is_of_keras
from sparkeras.engine.process.step_rows import StepRows
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.errors import TrainingError

_LARGEST = 64 << 20  # bytes of rows that are brought together for it
_CLOSE, _CLOSE_BY_HALVES = 2e-3, 5e-2  # of the gradient's length: sums come in another order


class Arrived(BaseException):
    """A step has come to its optimizer; carries the gradients out of it, past whatever catches errors."""

    def __init__(self, grads):
        super().__init__()
        self.grads = [grad for grad in grads if grad is not None]


def require_exact(model, plain_step, batch, steps):
    """Raise TrainingError, on all ranks, if the ranks' gradients of a batch are not those of one worker.

    Parameters
    ----------
    model : keras.Model
        Its ``train_step`` takes a rank's batch.
    plain_step : callable
        Its ``train_step`` as it was.
    batch : (x, y, packed rows)
        This rank's rows of the first step.
    steps : exact.ExactSteps
    """
    group = steps.group
    together = _of_all(batch, group)
    if together is None:
        return
    x, y, weights = together
    data = (x,) if y is None else (x, y, weights) if steps.weighted else (x, y)
    state = group.state_of(model)
    own = [layer for layer in model._flatten_layers() if not is_of_keras(layer)]
    with quick_compilation(), kept_states(own, keras.tree.flatten(getattr(model, "loss", None))):
        draws = _compare(model, plain_step, batch, data, steps, state, inference_of_keras) if own else True
        if draws:
            _compare(model, plain_step, batch, data, steps, state, inference)
        else:
            require_states_that_know_no_batch(model, own, group, state, batch, data)
    model.reset_metrics()


def _compare(model, plain_step, batch, data, steps, state, mode):
    """Raise TrainingError if the gradients are others; return whether they say nothing, as the model draws numbers."""
    group, allowed = steps.group, _allowed(model)
    worst = draws = 0.0
    with steps.arriving(), mode(model):
        spread = group.run_over_ranks(_to_the_optimizer(model.train_step), state, batch)
        if group.rank == 0 and spread:
            alone = group.run_alone(_to_the_optimizer(plain_step), state, data)
            worst = _difference(spread, alone)
            if worst > allowed:
                again = group.run_alone(_to_the_optimizer(plain_step), group.with_other_seeds(model, state), data)
                draws = float(_difference(again, alone) > allowed)
    worst, draws = group.sum(np.array([worst, draws], np.float32))
    if worst > allowed and not draws:
        raise TrainingError(_words(model, group, worst))
    return bool(draws)


def _to_the_optimizer(step):
    def run(*state_and_data):
        try:
            step(*state_and_data)
        except Arrived as arrived:
            return arrived.grads
        return []

    return run


def _of_all(batch, group):
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

    def sent(array):
        return None if array is None else _sent(np.asarray(array), width, group)

    real = sent(rows.real) > 0
    parts = keras.tree.map_structure(sent, (x, y, np.asarray(rows.weights)))
    return keras.tree.map_structure(lambda array: None if array is None else array[real], parts)


def _sent(array, width, group):
    """Return the rows of all ranks, each filled up to ``width`` with zeros."""
    # As bytes: gloo does not add numbers of all types, and JAX would make 32 bits of 64.
    own = np.zeros((width, *array.shape[1:]), array.dtype)
    own[: len(array)] = array
    slots = np.zeros((group.ranks, own.nbytes), np.uint8)
    slots[group.rank] = np.frombuffer(own.tobytes(), np.uint8)
    return np.frombuffer(group.sum(slots.ravel()).tobytes(), array.dtype).reshape(-1, *array.shape[1:])


def _difference(mine, others):
    """Return how far gradients are apart, as a part of their length; 0 where one is no number."""
    a, b = (
        np.concatenate([np.zeros(0), *(np.asarray(g, np.float64).ravel() for g in each)]) for each in (mine, others)
    )
    if a.shape != b.shape or not (np.isfinite(a).all() and np.isfinite(b).all()):
        return 0.0
    length = np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / length) if length > 1e-9 else float(np.linalg.norm(a) > 1e-6)


def _allowed(model):
    kinds = {variable.dtype for variable in model.trainable_variables}
    kinds |= {layer.compute_dtype for layer in model._flatten_layers()}
    return _CLOSE_BY_HALVES if kinds & {"float16", "bfloat16"} else _CLOSE


def _words(model, group, worst):
    loss = getattr(model, "loss", None)
    name = loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", None)
    of = f" (loss {name!r})" if name else ""
    return (
        f"{group.ranks} workers would train another model than one{of}: for the rows of the first step their gradient "
        f"is {worst:.1%} off. Something in the model computes over the rows of a batch together, such as a layer that "
        "mixes rows or a train_step with a sum over rows. Set num_workers=1; check_exact=False trains it all the same."
    )
