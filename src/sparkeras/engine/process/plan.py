"""What of a model several ranks compute on their own rows, and what needs the rows of all.

Runs on: training process.
"""

import contextlib
from dataclasses import dataclass

import keras
import numpy as np

from sparkeras.engine.blueprint.models import metrics_of, training_argument
from sparkeras.engine.process import spread_metrics
from sparkeras.engine.process.spread_losses import needs_all_rows, shapes_of


@dataclass(frozen=True)
class Plan:
    """How the losses and metrics of a model are spread over ranks.

    Attributes
    ----------
    losses : tuple of bool
        Of each compiled loss, whether it needs the rows of all ranks.
    own_loss : bool
        Whether the model has a ``compute_loss`` of its own, called by Keras' step: it gets the rows of all.
    masked : bool
        Whether some output carries a mask.
    together : bool
        Whether ranks must validate on common batches: some figure of a batch is not the mean of its rows' figures.
    gathering_metrics : bool
        Whether some metric needs the rows of all ranks.
    """

    losses: tuple
    own_loss: bool
    masked: bool
    together: bool
    gathering_metrics: bool

    @property
    def spreads(self):
        """Whether the step's loss is given as parts of the loss of all rows."""
        return bool(self.losses) or self.own_loss

    @property
    def gathers(self):
        """Whether some step gathers rows."""
        return any(self.losses) or self.own_loss or self.gathering_metrics

    def gathers_for(self, metric):
        """Tell whether a metric gets the rows of all ranks."""
        return not spread_metrics.takes_values(metric) and (self.masked or not spread_metrics.adds_up(metric))


def plan_of(model, rows, group):
    """Return the Plan of a model whose variables, losses and metrics are built; the same on all ranks.

    Parameters
    ----------
    model : keras.Model
    rows : (x, y, weights)
        Three rows of the training.
    group : backends' Group
    """
    x, y, _ = rows
    kind = type(model)
    own_step = kind.train_step is not keras.Model.train_step
    own_loss = kind.compute_loss is not keras.Model.compute_loss and not own_step
    y_pred, masked = _outputs(model, x)
    losses = _losses(model, y, y_pred, group)
    pairs = [metric for metric in metrics_of(model) if not spread_metrics.takes_values(metric)]
    gathering = any(masked or not spread_metrics.adds_up(metric) for metric in pairs) or _builds_metrics_later(model)
    own_test = kind.test_step is not keras.Model.test_step
    reductions = {each.loss.reduction for each in _flat(model)}
    means = reductions <= {"sum_over_batch_size", "mean"}
    return Plan(
        losses=losses,
        own_loss=own_loss,
        masked=masked,
        together=not own_test and (any(losses) or own_loss or masked or gathering or not means or _ignores_some(model)),
        gathering_metrics=gathering,
    )


def _outputs(model, x):
    """Return the shapes of what a model gives for rows, None where its own step never calls it, and if it has masks."""
    masked = []

    def call(x):
        variables = [[v.value for v in found] for found in (model.trainable_variables, model.non_trainable_variables)]
        y_pred, _ = model.stateless_call(*variables, x, **training_argument(model, False))
        masked.extend(getattr(part, "_keras_mask", None) is not None for part in keras.tree.flatten(y_pred))
        return y_pred

    with contextlib.suppress(Exception):
        return shapes_of(call, x), any(masked)
    return None, any(masked)


def _flat(model):
    compiled = getattr(model, "_compile_loss", None)
    return compiled._flat_losses if compiled is not None and compiled.built else []


def _builds_metrics_later(model):
    compiled = getattr(model, "_compile_metrics", None)
    return compiled is not None and not compiled.built


def _ignores_some(model):
    return any((getattr(each.loss, "_fn_kwargs", None) or {}).get("ignore_class") is not None for each in _flat(model))


def _losses(model, y, y_pred, group):
    """Return of each compiled loss whether it needs all rows, as some rank finds."""
    flat = _flat(model)
    if not flat:
        return ()
    seen = {}
    if y_pred is not None:
        with contextlib.suppress(Exception):  # labels in a form that Keras alone makes sense of: all rows are right
            _note_arguments(model, y, y_pred, seen)
    found = [needs_all_rows(each.loss, *seen[i]) if i in seen else True for i, each in enumerate(flat)]
    return tuple(group.sum(np.array(found, np.int32)).astype(bool).tolist())


def _note_arguments(model, y, y_pred, seen):
    """Let Keras tell each compiled loss what it is given, and write that down in ``seen``, by the loss's number."""
    compiled = model._compile_loss
    before = compiled._flat_losses

    def note(number):
        def loss(y_true, y_pred, sample_weight=None):
            seen[number] = (y_true, y_pred)
            return keras.ops.convert_to_tensor(0.0)

        return loss

    compiled._flat_losses = [each._replace(loss=note(number)) for number, each in enumerate(before)]
    try:
        compiled.call(y, y_pred)
    finally:
        compiled._flat_losses = before
        for metric in compiled.metrics:
            metric.reset_state()
