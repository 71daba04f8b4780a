"""How a model counts the rows of its batch where row weights do not reach.

Runs on: workers (training process). Imports: Keras (a door), ``blueprint``, ``hooks``, ``errors``.

Keras' own losses are exact by their row weights (``exact``). A step or a ``compute_loss`` of the user's own, and a loss
that a layer adds while it is called, divide by the rows of the local batch, or by none, as they like.
"""

import collections
import contextlib
import inspect
from dataclasses import dataclass

import keras
import numpy as np

from sparkeras.blueprint.labels import has_own_step
from sparkeras.errors import TrainingError
from sparkeras.trainer.hooks import added_losses


@dataclass(frozen=True)
class RowCounting:
    """What a model does with the rows of its batch by itself.

    Attributes
    ----------
    own : bool
        Whether it has a ``train_step`` or a ``compute_loss`` of its own.
    ignores_weights : bool
        Whether its ``compute_loss`` takes no notice of row weights.
    adds : bool
        Whether some layer adds a loss.
    sums : frozenset of (layer id, place)
        The added losses that grow with the rows, by layer and by place among its losses; the others are means.
    """

    own: bool
    ignores_weights: bool
    adds: bool
    sums: frozenset

    @property
    def at_all(self):
        """Whether padding would be counted as rows."""
        return self.own or self.adds


def look_at(model, batch):
    """Build a model's variables, losses and metrics, as ``fit`` would, and return its ``RowCounting``.

    Parameters
    ----------
    model : keras.Model
    batch : (x, y, packed weights)
        Any batch of the training; ``fit`` would try the packed weights on the losses.
    """
    x, y, packed = (part if part is None else _rows(part, [0]) for part in batch)
    with _noted() as noted:
        y_pred = _build(model, x, y, packed[:, 0])
    training = not noted and _may_add_losses(model)
    sums = _sums(model, x, training) if noted or training else None
    own_loss = type(model).compute_loss is not keras.Model.compute_loss
    return RowCounting(
        own=has_own_step(model),
        ignores_weights=own_loss and _ignores_weights(model, x, y, y_pred),
        adds=sums is not None,
        sums=sums or frozenset(),
    )


def _build(model, x, y, weights):
    """Return the model's predictions, None where they were not needed or the model cannot be called."""
    if y is not None and model.loss and _built_on_shapes(model, (x, y, weights)):
        return None
    try:
        y_pred = model(x, training=False)
    except NotImplementedError:
        return None  # a model whose own train_step never calls it
    if y is not None and model.loss:
        _loss(model, x, y, y_pred, weights)
        model.compute_metrics(x, y, y_pred, weights)
        model.reset_metrics()
    return y_pred


def _built_on_shapes(model, batch):
    """Build as ``fit`` does on JAX, by Keras' private method: on shapes alone, so that nothing is compiled for it."""
    if keras.config.backend() != "jax":
        return False
    try:
        model._symbolic_build(data_batch=batch)
    except Exception:  # not there any more, or the model's own error, which computing it says more plainly
        return False
    return True


def _ignores_weights(model, x, y, y_pred):
    """Tell whether a row weight that is no number leaves the loss as it is."""
    y_pred = model(x, training=False) if y_pred is None else y_pred
    loss = _loss(model, x, y, y_pred, np.full(1, np.nan, np.float32))
    model.reset_metrics()
    return not np.isnan(float(loss))


def _loss(model, *arguments):
    # As Keras does: a compute_loss of the user's own need not know training.
    knows = "training" in inspect.signature(model.compute_loss).parameters
    return model.compute_loss(*arguments, **({"training": False} if knows else {}))


def _may_add_losses(model):
    """Tell whether some layer of the user's own names ``add_loss`` in its code; it may do so in training alone."""
    kinds = {kind for layer in model._flatten_layers() for kind in type(layer).__mro__}
    functions = [value for kind in kinds if kind.__module__.split(".")[0] != "keras" for value in vars(kind).values()]
    return any("add_loss" in function.__code__.co_names for function in functions if hasattr(function, "__code__"))


def _sums(model, x, training):
    """Return which added losses double when each row comes twice, as ``RowCounting`` has them; None for no loss."""
    values = []
    for rows in ([0], [0, 0]):
        with _noted() as noted:
            model(_rows(x, rows), training=training)
        values.append([(key, float(loss)) for key, loss in noted])
    once, twice = values
    doubled = {key for (key, a), (_, b) in zip(once, twice, strict=True) if a and np.isclose(b, 2 * a)}
    return frozenset(doubled) if once else None


@contextlib.contextmanager
def _noted():
    """Collect the losses that layers add, as (key, loss)."""
    noted, places = [], collections.Counter()

    def note(layer, loss):
        noted.append((loss_key(layer, places), loss))
        return loss

    with added_losses(note):
        yield noted


def loss_key(layer, places):
    """Return what an added loss is known by: its layer, and its place among those that ``places`` has counted."""
    places[id(layer)] += 1
    return id(layer), places[id(layer)] - 1


def require_sums(model, batch):
    """Raise TrainingError for a compiled metric of the user's own whose state does not add up over the rows.

    Several ranks add the states of their metrics up, as Keras' own are made for.

    Parameters
    ----------
    model : keras.Model
    batch : (x, y, packed weights)
    """
    x, y, _ = batch
    own = [m for m in _compiled_metrics(model) if type(m).update_state.__module__.split(".")[0] != "keras"]
    if not own or y is None:
        return
    states = []
    for parts in ([[0]], [[-1]], [[0], [-1]]):
        model.reset_metrics()
        for rows in parts:
            some = _rows(x, rows)
            model.compute_metrics(some, _rows(y, rows), model(some, training=False), np.ones(1, np.float32))
        states.append([[keras.ops.convert_to_numpy(v.value) for v in metric.variables] for metric in own])
    model.reset_metrics()
    for metric, first, last, both in zip(own, *states, strict=True):
        if not all(np.allclose(a + b, ab) for a, b, ab in zip(first, last, both, strict=True)):
            raise TrainingError(
                f"The metric {metric.name!r} does not add up: several workers add the variables of their metrics, and "
                "its state after two rows is not the sum of its states after each. Keep sums in it and divide in "
                "result(), or set num_workers=1."
            )


def _compiled_metrics(model):
    return [each for metric in model.metrics for each in getattr(metric, "metrics", [])]


def _rows(arrays, numbers):
    return keras.tree.map_structure(lambda array: array[numbers], arrays)
