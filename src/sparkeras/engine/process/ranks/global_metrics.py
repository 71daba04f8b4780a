"""Metrics over the rows of several ranks: their states add up, or each rank sees the rows of all.

Runs on: training process.

The states of most of Keras' own metrics are sums over rows, and a weight of 0 keeps padding out of them. Every other
metric (the user's own, a function of one number, one with a mask) gets the rows of all ranks, as plain Keras does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from sparkeras.engine.internals import keras_internals

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Structure, Tensor
    from sparkeras.engine.process.ranks.global_losses import Steps
    from sparkeras.engine.process.ranks.step_rows import StepRows

# Their states are sums over rows, and a weight of 0 leaves a row out: tests/conformance compares each with plain Keras.
SUMS = frozenset(
    f"keras.src.metrics.{module}.{name}"
    for module, names in {
        "accuracy_metrics": "Accuracy BinaryAccuracy CategoricalAccuracy SparseCategoricalAccuracy "
        "TopKCategoricalAccuracy SparseTopKCategoricalAccuracy",
        "confusion_metrics": "FalsePositives FalseNegatives TrueNegatives TruePositives Precision Recall AUC "
        "SensitivityAtSpecificity SpecificityAtSensitivity PrecisionAtRecall RecallAtPrecision",
        "hinge_metrics": "CategoricalHinge",  # the others read a batch of zeros and ones otherwise than one of signs
        "probabilistic_metrics": "KLDivergence Poisson BinaryCrossentropy CategoricalCrossentropy "
        "SparseCategoricalCrossentropy",
        "regression_metrics": "MeanSquaredError MeanAbsoluteError MeanAbsolutePercentageError "
        "MeanSquaredLogarithmicError CosineSimilarity LogCoshError RootMeanSquaredError",
    }.items()
    for name in names.split()
)


def adds_up(metric: keras.Metric) -> bool:
    """Tell whether a metric's states of several ranks add up to the state over all of their rows."""
    kind = type(metric)
    arguments = keras_internals.arguments_of(metric)
    if getattr(metric, "ignore_class", arguments.get("ignore_class")) is not None:  # it may be class 0
        return False
    return takes_values(metric) or f"{kind.__module__}.{kind.__qualname__}" in SUMS


def takes_values(metric: keras.Metric) -> bool:
    """Tell whether a metric takes values, as the trackers of losses do, and not labels and predictions."""
    return type(metric).update_state in (keras.metrics.Mean.update_state, keras.metrics.Sum.update_state)


def count_over_ranks(metric: keras.Metric, steps: Steps, gathers: bool) -> None:
    """Let a metric count each real row once while a step of ``steps`` is at work; in place.

    Parameters
    ----------
    metric : keras.Metric
    steps : global_losses.Steps
    gathers : bool
        Whether the metric gets the rows of all ranks.
    """
    update = metric.update_state

    def update_values(values: Structure, sample_weight: Tensor | int | None = None) -> Any:
        # Keras weighs a loss by the rows of its batch, an int, padding included; users' weights are not plain ints.
        rows, by_batch = steps.rows, isinstance(sample_weight, int)
        if rows is not None and not by_batch and _of_the_rows(values, rows):
            sample_weight = _of_real_rows(sample_weight, rows)
        elif rows is not None and (by_batch or sample_weight is None):
            parts = 1.0 if steps.loss_is_partial else rows.share() * rows.ranks
            sample_weight = rows.count / rows.ranks * parts if by_batch else parts
        return update(values, sample_weight=sample_weight)

    def update_pair(*arguments: Structure, **named: Structure) -> Any:
        # A metric of the user's own may take other arguments than labels, predictions and row weights.
        rows = steps.rows
        if rows is None or not _of_the_rows((arguments, named), rows):
            return update(*arguments, **named)
        if gathers:
            return update(*rows.of_all(arguments), **rows.of_all(named))
        return update_sums(rows, *arguments, **named)

    def update_sums(rows: StepRows, y_true: Structure, y_pred: Structure, sample_weight: Tensor | None = None) -> Any:
        weight = sample_weight
        if steps.pads:
            weight = _of_real_rows(weight, rows)
            if type(metric).__module__.endswith("confusion_metrics"):  # these need weights with all axes
                weight = ops.reshape(weight, (*weight.shape, *[1] * (len(y_pred.shape) - len(weight.shape))))
        return update(y_true, y_pred, sample_weight=weight)

    metric.update_state = update_values if takes_values(metric) else update_pair


def _of_real_rows(weight: Tensor | None, rows: StepRows) -> Tensor:
    """Return row weights (rows, ...) that are 0 for padding."""
    if weight is None:
        return rows.real
    return weight * ops.reshape(rows.real, (-1, *[1] * (len(ops.shape(weight)) - 1)))


def _of_the_rows(arguments: Structure, rows: StepRows) -> bool:
    """Tell whether every argument has one entry per row of the local batch."""
    parts = [part for part in keras.tree.flatten(arguments) if part is not None]
    count = rows.packed.shape[0]
    return bool(parts) and all(getattr(part, "shape", ()) and part.shape[0] == count for part in parts)
