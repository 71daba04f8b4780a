"""Find whether a train_step or an added loss depends on the number of rows in its batch; row weights do not reach it.

Runs on: training process.

Compiled losses cover the rows of all ranks (``global_losses``). A custom step, and a loss that a layer adds
while it is called, may divide by the rows of the local batch, or not.
"""

from __future__ import annotations

import collections
import contextlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import keras
import numpy as np

from sparkeras.engine.blueprint.models import training_argument
from sparkeras.engine.internals import keras_internals
from sparkeras.engine.process.ranks.hooks import added_losses
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Structure, Tensor

_Key: TypeAlias = tuple[int, int]  # the id of a layer, and the place among the losses that it adds
_CLOSE = 1e-3  # of a loss: the rounding error of its value for two rows, in float16 too


@dataclass(frozen=True)
class RowCounting:
    """How a model itself counts the rows of its batch.

    Attributes
    ----------
    own_step : bool
        Whether it has a ``train_step`` of its own.
    adds : bool
        Whether some layer adds a loss.
    sums : frozenset of (layer id, place)
        The added losses that grow with the rows, by layer and by place among its losses; the others are means.
    """

    own_step: bool
    adds: bool
    sums: frozenset[_Key]

    @property
    def at_all(self) -> bool:
        """Whether padding would be counted as rows."""
        return self.own_step or self.adds


def look_at(model: keras.Model, x: Structure, y: Structure | None, weights: np.ndarray | None) -> RowCounting:
    """Build a model's variables, losses and metrics, as ``fit`` does, and return its ``RowCounting``.

    Parameters
    ----------
    model : keras.Model
    x, y : structures of arrays, two rows each
    weights : (2,) array or None
    """
    with _noted() as noted:
        _build(model, x, y, weights)
    training = not noted and _may_add_losses(model)
    sums = _sums(model, x, training) if noted or training else None
    return RowCounting(
        own_step=type(model).train_step is not keras.Model.train_step,
        adds=sums is not None,
        sums=sums or frozenset(),
    )


def _build(model: keras.Model, x: Structure, y: Structure | None, weights: np.ndarray | None) -> None:
    """Build as ``fit`` does with a first batch; a model whose own step never calls it stays as it is."""
    if y is not None and model.loss and _built_on_shapes(model, (x, y, weights)):
        return
    tensors = keras.tree.map_structure(lambda a: None if a is None else keras.ops.convert_to_tensor(a), (x, y, weights))
    x, y, weights = tensors
    try:
        y_pred = model(x, **training_argument(model, False))
    except NotImplementedError:
        return
    if y is not None and model.loss:
        _loss(model, x, y, y_pred, weights)
        model.compute_metrics(x, y, y_pred, weights)
        model.reset_metrics()


def _built_on_shapes(model: keras.Model, batch: tuple[Structure, ...]) -> bool:
    """Build as ``fit`` does on JAX, on shapes alone, so that nothing is compiled for it; tell whether that was done."""
    if keras.config.backend() != "jax":
        return False
    try:
        keras_internals.build_on_shapes(model, batch)
    except Exception:  # Keras has no such method, or the model's own error: computing it raises the plainer one
        return False
    return True


def _loss(model: keras.Model, *arguments: Structure) -> Tensor:
    # As in Keras: a compute_loss of the user's own need not take training.
    knows = "training" in inspect.signature(model.compute_loss).parameters
    return model.compute_loss(*arguments, **({"training": False} if knows else {}))


def _may_add_losses(model: keras.Model) -> bool:
    """Tell whether the code of a user's layer names ``add_loss``; it may be called in training only."""
    kinds = {kind for layer in keras_internals.layers_of(model) for kind in type(layer).__mro__}
    functions = [value for kind in kinds if kind.__module__.split(".")[0] != "keras" for value in vars(kind).values()]
    return any("add_loss" in function.__code__.co_names for function in functions if hasattr(function, "__code__"))


def _sums(model: keras.Model, x: Structure, training: bool) -> frozenset[_Key] | None:
    """Return which added losses are sums over the rows, as in ``RowCounting``; None for no loss.

    Raises
    ------
    TrainingError
        For a loss that is neither a sum nor a mean over the rows, such as the root of a mean.
    """
    values = []
    for rows in ([0], [1], [0, 1]):
        with _noted() as noted:
            model(_rows(x, rows), **training_argument(model, training))
        values.append([(key, layer, float(loss)) for key, layer, loss in noted])
    sums = set()
    for (key, layer, first), (_, _, second), (_, _, both) in zip(*values, strict=True):
        if np.isclose(both, first + second, rtol=_CLOSE) and not np.isclose(both, (first + second) / 2, rtol=_CLOSE):
            sums.add(key)
        elif not training and not np.isclose(both, (first + second) / 2, rtol=_CLOSE, atol=1e-7):
            raise TrainingError(
                f"The layer {layer.name!r} adds a loss that is neither a sum nor a mean over the rows of a batch, "
                "which several workers cannot put together. Add a mean of one number per row, or set num_workers=1."
            )
    return frozenset(sums) if values[0] else None


@contextlib.contextmanager
def _noted() -> Iterator[list[tuple[_Key, keras.Layer, Tensor]]]:
    """Collect the losses that layers add, as (key, layer, loss)."""
    noted: list[tuple[_Key, keras.Layer, Tensor]] = []
    places: collections.Counter[int] = collections.Counter()

    def note(layer: keras.Layer, loss: Tensor) -> Tensor:
        noted.append((loss_key(layer, places), layer, loss))
        return loss

    with added_losses(note):
        yield noted


def loss_key(layer: keras.Layer, places: collections.Counter[int]) -> _Key:
    """Return the key of an added loss: its layer, and its place among the layer's losses, counted in ``places``."""
    places[id(layer)] += 1
    return id(layer), places[id(layer)] - 1


def _rows(arrays: Structure, numbers: list[int]) -> Structure:
    return keras.tree.map_structure(lambda array: array[numbers], arrays)
