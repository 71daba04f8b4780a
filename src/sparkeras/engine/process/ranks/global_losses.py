"""Losses over the rows of several ranks: each rank returns its part, and the parts' mean is the loss of all rows.

Runs on: training process.

A loss whose value for a row depends on that row alone is computed on the rank's own rows; only Keras' reduction of the
values divides by the rows, weights or unmasked places of all ranks. Every other loss (Dice, a loss over pairs of rows,
a function that returns one number) gets the outputs of all ranks' rows and is computed whole on each.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
from keras import ops

from sparkeras.engine.internals import keras_internals
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.spark.swapping import swapped

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Structure, Tensor
    from sparkeras.engine.process.ranks.step_rows import StepRows

_PROBED = 3  # rows: one alone and two together
_CLOSE = {"rtol": 1e-3, "atol": 1e-5}


class Steps(Protocol):
    """The steps of a model, as losses and metrics know them.

    Attributes
    ----------
    rows : StepRows or None
        Of the step at work; None outside.
    loss_is_partial : bool
        Whether a loss of the step at work is this rank's part of the loss of all rows.
    pads : bool
        Whether some local batch has padding.
    """

    rows: StepRows | None
    loss_is_partial: bool
    pads: bool


class GlobalLoss:
    """Replace one compiled loss.

    Parameters
    ----------
    loss : keras.Loss
    gathers : bool
        Whether it needs the rows of all ranks.
    steps : Steps
    """

    def __init__(self, loss: keras.Loss, gathers: bool, steps: Steps) -> None:
        self.loss, self.gathers, self.steps, self.name = loss, gathers, steps, loss.name

    def __call__(self, y_true: Structure, y_pred: Structure, sample_weight: Structure = None) -> Tensor:
        rows = self.steps.rows
        if rows is None:
            return self.loss(y_true, y_pred, sample_weight)
        self.steps.loss_is_partial = True
        if self.gathers:
            y_true, sample_weight = rows.of_all((y_true, sample_weight))
            return self.loss(y_true, rows.of_all(y_pred, with_gradient=True), sample_weight)
        with _reducing(lambda original, values, **how: _part(rows, original, values, **how)):
            return self.loss(y_true, y_pred, sample_weight)


def needs_all_rows(loss: keras.Loss, y_true: Structure, y_pred: Structure) -> bool:
    """Tell whether some value of a loss depends on more than one row, by computing it for three rows.

    Parameters
    ----------
    loss : keras.Loss
    y_true : structure of arrays (3, ...)
        Labels of the training.
    y_pred : structure of tensors or shapes (3, ...)
        Of the model's outputs.
    """
    if type(loss).__call__ is not keras.Loss.__call__:
        return True  # it reduces by itself
    cast = keras.tree.map_structure(lambda a: np.asarray(a).astype(loss.dtype), y_true)
    try:
        (values,) = keras.tree.flatten(shapes_of(loss.call, cast, _drawn(y_pred, loss.dtype, 0)))
        by_rows = bool(values.shape) and values.shape[0] == _PROBED
        # As they are, and with one label twice: rows of one class may be pairs.
        twice = keras.tree.map_structure(lambda a: a[[0, 1, 0]], cast)
        tried = enumerate((cast, twice))
        return not by_rows or not all(_by_rows(loss, y, _drawn(y_pred, loss.dtype, seed)) for seed, y in tried)
    except Exception:  # the loss failed on these three rows: let it see all rows, as in plain Keras
        return True


def _by_rows(loss: keras.Loss, y_true: Structure, y_pred: Structure) -> bool:
    """Tell whether three rows together, and in another order, have the values that each has alone."""

    def values(y_true: Structure, y_pred: Structure) -> tuple[Tensor, Tensor, Tensor]:
        def call(*rows: int) -> Tensor:
            picked = (keras.tree.map_structure(lambda a: ops.take(a, list(rows), axis=0), y) for y in (y_true, y_pred))
            return loss.call(*picked)

        return call(0, 1, 2), ops.concatenate([call(0), call(1, 2)]), ops.take(call(2, 1, 0), [2, 1, 0], axis=0)

    together, apart, reversed_ = (keras.ops.convert_to_numpy(v) for v in _computed(values, y_true, y_pred))
    known = np.isfinite(together)
    return bool(known.any()) and all(np.allclose(together, v, equal_nan=True, **_CLOSE) for v in (apart, reversed_))


def _drawn(y_pred: Structure, dtype: str, seed: int) -> Structure:
    """Return numbers between 0 and 1 that add up to 1 along the last axis: outputs that most losses take."""
    random = np.random.default_rng(seed)

    def draw(tensor: Tensor) -> np.ndarray:
        drawn = random.uniform(0.05, 1, tuple(tensor.shape))
        return (drawn / drawn.sum(axis=-1, keepdims=True) if drawn.shape[1:] > (1,) else drawn).astype(dtype)

    return keras.tree.map_structure(draw, y_pred)


def shapes_of(function: Callable[..., Structure], *arguments: Structure) -> Structure:
    """Return a function's value, on JAX only its shapes, for which nothing is computed."""
    function = _keeping_states(function)
    if keras.config.backend() != "jax":
        return function(*keras.tree.map_structure(ops.convert_to_tensor, arguments))
    import jax

    return jax.eval_shape(function, *arguments)


def _keeping_states(function: Callable[..., Structure]) -> Callable[..., Structure]:
    """Return a function that changes no variable: a loss may keep a running mean, or draw by a seed of its own."""

    def call(*arguments: Structure) -> Structure:
        with keras.StatelessScope():
            return function(*arguments)

    return call


def _computed(function: Callable[..., Structure], *arguments: Structure) -> Structure:
    function = _keeping_states(function)
    if keras.config.backend() != "jax":
        return function(*keras.tree.map_structure(ops.convert_to_tensor, arguments))
    import jax

    with quick_compilation():
        return jax.jit(function)(*arguments)  # one program instead of one for each operation and shape


def _part(
    rows: StepRows,
    original: Callable[..., Tensor],
    values: Tensor,
    sample_weight: Tensor | None = None,
    mask: Tensor | None = None,
    reduction: str | None = "sum_over_batch_size",
    dtype: str | None = None,
) -> Tensor:
    """Reduce a loss's values (width, ...) to this rank's part of the loss of all rows, ``ranks`` times.

    Weights and division are those of ``keras.losses``: by all values for a mean, by the unmasked ones where there is a
    mask, by the sum of the weights for ``mean_with_sample_weight``.
    """
    if reduction in (None, "none"):
        return original(values, sample_weight=sample_weight, mask=mask, reduction=reduction, dtype=dtype)
    values = ops.convert_to_tensor(values, dtype=dtype)
    parts = [_like(values, part) for part in (sample_weight, mask) if part is not None]
    real = _like(values, rows.real)
    weight = real
    for part in parts:
        weight = weight * part
    total = ops.sum(values * weight)
    if reduction == "sum":
        return rows.ranks * total
    by_weights = reduction == "mean_with_sample_weight" and bool(parts)
    if by_weights or mask is not None:
        counted = weight if by_weights else real * parts[-1]
        # A weight per row counts once for the row, however many values it has.
        divisor = rows.group.sum_inside(ops.sum(counted)) * (1.0 if by_weights else _repeats(values, counted))
    else:
        divisor = ops.cast(rows.count, values.dtype) * _per_row(values)
    return ops.divide_no_nan(rows.ranks * total, ops.cast(divisor, values.dtype))


def _like(values: Tensor, part: Tensor) -> Tensor:
    """Return weights or a mask with as many axes as ``values``: axes of 1 at its end."""
    part = ops.cast(part, values.dtype)
    missing = len(values.shape) - len(part.shape)
    if missing < 0:  # Keras' losses give a column for a weight per row
        return ops.reshape(part, part.shape[: len(values.shape)])
    return ops.reshape(part, (*part.shape, *[1] * missing))


def _per_row(values: Tensor) -> float:
    return float(np.prod(values.shape[1:], dtype=np.float64))


def _repeats(values: Tensor, counted: Tensor) -> float:
    """Return how many values one place of a mask stands for."""
    return _per_row(values) / _per_row(counted)


@contextlib.contextmanager
def _reducing(function: Callable[..., Tensor]) -> Iterator[None]:
    """Let ``keras.Loss`` reduce by ``function(original, values, ...)``."""
    module: Any = keras_internals.loss_module()
    original = module.reduce_weighted_values
    with swapped(module, "reduce_weighted_values", lambda values, **how: function(original, values, **how)):
        yield
