"""How a model counts the rows of its batch where row weights do not reach.

Runs on: workers (training process). Imports: Keras (a door), ``hooks``.

Keras' own losses are exact by their row weights (``exact``). A step or a ``compute_loss`` of the user's own, and a loss
that a layer adds while it is called, divide by the rows of the local batch, or by none, as they like.
"""

import contextlib
import inspect
from dataclasses import dataclass

import keras
import numpy as np

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
    sums : frozenset of keras.layers.Layer ids
        The layers whose added loss grows with the rows; the others' is a mean over them.
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
    kind = type(model)
    own_loss = kind.compute_loss is not keras.Model.compute_loss
    return RowCounting(
        own=own_loss or kind.train_step is not keras.Model.train_step,
        ignores_weights=own_loss and _ignores_weights(model, x, y, y_pred),
        adds=bool(noted),
        sums=_sums(model, x) if noted else frozenset(),
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


def _sums(model, x):
    """Return the ids of the layers whose added losses double when each row comes twice."""
    values = []
    for rows in ([0], [0, 0]):
        with _noted() as noted:
            model(_rows(x, rows), training=False)
        values.append([(layer, float(loss)) for layer, loss in noted])
    once, twice = values
    return frozenset(id(layer) for (layer, a), (_, b) in zip(once, twice, strict=True) if a and np.isclose(b, 2 * a))


@contextlib.contextmanager
def _noted():
    """Collect the losses that layers add, as (layer, loss)."""
    noted = []

    def note(layer, loss):
        noted.append((layer, loss))
        return loss

    with added_losses(note):
        yield noted


def _rows(arrays, numbers):
    return keras.tree.map_structure(lambda array: array[numbers], arrays)
