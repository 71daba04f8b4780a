"""The losses and metrics of a model that ranks compute on their own rows, and those that need the rows of all.

Runs on: training process.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine.blueprint.models import metrics_of, training_argument
from sparkeras.engine.internals import keras_internals
from sparkeras.engine.process.ranks import global_metrics
from sparkeras.engine.process.ranks.global_losses import needs_all_rows, shapes_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sparkeras.engine.backends.protocols import Group, Structure, Tensor


@dataclass(frozen=True)
class Analysis:
    """Which losses and metrics of a model ranks compute on their own rows, and which need the rows of all.

    Attributes
    ----------
    losses : tuple of bool
        For each compiled loss, whether it needs the rows of all ranks.
    own_loss : bool
        Whether the model has a ``compute_loss`` of its own, called by Keras' step: it gets the rows of all.
    masked : bool
        Whether some output carries a mask.
    common_batches : bool
        Whether validation must use global batches, because some metric is not a mean over rows.
    gathering_metrics : bool
        Whether some metric needs the rows of all ranks.
    own_test : bool
        Whether the model has a ``test_step`` of its own, which may give a metric the mean over a batch.
    """

    losses: tuple[bool, ...]
    own_loss: bool
    masked: bool
    common_batches: bool
    gathering_metrics: bool
    own_test: bool

    @property
    def partial_losses(self) -> bool:
        """Whether each rank's loss is a part of the loss of all rows."""
        return bool(self.losses) or self.own_loss

    @property
    def gathers(self) -> bool:
        """Whether some step gathers rows."""
        return any(self.losses) or self.own_loss or self.gathering_metrics

    def gathers_for(self, metric: keras.Metric) -> bool:
        """Tell whether a metric gets the rows of all ranks."""
        return not global_metrics.takes_values(metric) and (self.masked or not global_metrics.adds_up(metric))


def analyze(model: keras.Model, rows: tuple[Structure, Structure | None, Any], group: Group) -> Analysis:
    """Return the Analysis of a model whose variables, losses and metrics are built; the same on all ranks.

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
    pairs = [metric for metric in metrics_of(model) if not global_metrics.takes_values(metric)]
    gathering = keras_internals.builds_metrics_later(model)
    gathering = gathering or any(masked or not global_metrics.adds_up(metric) for metric in pairs)
    own_test = kind.test_step is not keras.Model.test_step
    reductions = {each.loss.reduction for each in keras_internals.flat_losses(model)}
    means = reductions <= {"sum_over_batch_size", "mean"}
    return Analysis(
        losses=losses,
        own_loss=own_loss,
        masked=masked,
        common_batches=own_test or any(losses) or own_loss or masked or gathering or not means or _ignores_some(model),
        gathering_metrics=gathering,
        own_test=own_test,
    )


def _outputs(model: keras.Model, x: Structure) -> tuple[Structure | None, bool]:
    """Return the shapes of a model's outputs, None where its own step never calls it, and whether they have masks."""
    masked: list[bool] = []

    def call(x: Structure) -> Structure:
        variables = (model.trainable_variables, model.non_trainable_variables)
        values = [[variable.value for variable in part] for part in variables]
        y_pred, _ = model.stateless_call(*values, x, **training_argument(model, False))
        masked.extend(keras_internals.mask_of(part) is not None for part in keras.tree.flatten(y_pred))
        return y_pred

    with contextlib.suppress(Exception):
        return shapes_of(call, x), any(masked)
    return None, any(masked)


def _ignores_some(model: keras.Model) -> bool:
    arguments = [keras_internals.arguments_of(each.loss) for each in keras_internals.flat_losses(model)]
    return any(each.get("ignore_class") is not None for each in arguments)


def _losses(model: keras.Model, y: Structure | None, y_pred: Structure | None, group: Group) -> tuple[bool, ...]:
    """Return for each compiled loss whether it needs the rows of all ranks; this rank or another may find that."""
    flat = keras_internals.flat_losses(model)
    if not flat:
        return ()
    arguments: dict[int, tuple[Structure, Structure]] = {}
    if y_pred is not None:
        with contextlib.suppress(Exception):  # labels in a form that only Keras understands: all rows are right
            _note_arguments(model, y, y_pred, arguments)
    needs = [needs_all_rows(each.loss, *arguments[i]) if i in arguments else True for i, each in enumerate(flat)]
    return tuple(group.sum(np.array(needs, np.int32)).astype(bool).tolist())


def _note_arguments(
    model: keras.Model, y: Structure, y_pred: Structure, arguments: dict[int, tuple[Structure, Structure]]
) -> None:
    """Let Keras call its compiled losses, and note the arguments of each in ``arguments``, by the loss's number."""
    before = keras_internals.flat_losses(model)

    def noting(number: int) -> Callable[..., Tensor]:
        def loss(y_true: Structure, y_pred: Structure, sample_weight: Structure = None) -> Tensor:
            arguments[number] = (y_true, y_pred)
            return keras.ops.convert_to_tensor(0.0)

        return loss

    keras_internals.replace_losses(model, [each._replace(loss=noting(number)) for number, each in enumerate(before)])
    try:
        keras_internals.call_losses(model, y, y_pred)
    finally:
        keras_internals.replace_losses(model, before)
