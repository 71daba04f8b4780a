"""The loss and the output that each label of a model is compared with.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import keras

from sparkeras.engine.blueprint import losses
from sparkeras.engine.blueprint.labels import has_own_step
from sparkeras.engine.blueprint.outputs import output_names, outputs_of
from sparkeras.engine.internals import keras_internals


class Target(NamedTuple):
    """One label, with its loss and output.

    Attributes
    ----------
    key : str
        Of the label's field: ``"label:"`` and the name of the output.
    loss : str, callable, keras.losses.Loss or None
    shape : tuple or None
        Of the output, batch axis included; None where still unknown.
    is_number : bool
        Whether the label is one number per row.
    """

    key: str
    loss: Any
    shape: tuple[int | None, ...] | None
    is_number: bool

    @property
    def kind(self) -> str:
        """Name of Keras' function behind the loss; for ``"crossentropy"`` the one that Keras chooses."""
        name = losses.own_name(self.loss)
        if name != "crossentropy" or not self.shape:
            return name
        if self.shape[-1] == 1:
            return "binary_crossentropy"
        if self.is_number:
            return "sparse_categorical_crossentropy"
        # Rows of numbers beside rows of units; deeper labels show their kind only when they are read.
        return "categorical_crossentropy" if len(self.shape) == 2 else ""


def targets_of(model: keras.Model, keys: Sequence[str], are_numbers: Iterable[bool]) -> list[Target]:
    """Return the Target of each label.

    Parameters
    ----------
    model : keras.Model
        Compiled.
    keys : list of str
        The keys of label fields, in the order of the model's outputs.
    are_numbers : iterable of bool
        For each, whether its label is one number per row.
    """
    outputs = outputs_of(model)
    names = [key.partition(":")[2] for key in keys]
    shapes: list[tuple[int | None, ...] | None] = [tuple(tensor.shape) for tensor in outputs.values()]
    if len(shapes) != len(keys):
        shapes = [None] * len(keys)
    by_output = losses_by_output(model, names)
    return [Target(*each) for each in zip(keys, by_output, shapes, are_numbers, strict=True)]


def losses_by_output(model: keras.Model, names: Sequence[str]) -> list[Any]:
    """Return the loss of each output of these names, None for one without."""
    if isinstance(model.loss, dict):
        own = output_names(model) if getattr(model, "outputs", None) else names
        known = names if set(names) & set(model.loss) or len(own) != len(names) else own
        return [model.loss.get(name) for name in known]
    if isinstance(model.loss, list | tuple):
        return [*model.loss, *[None] * len(names)][: len(names)]
    return [model.loss] * len(names)  # Keras takes one loss for each of several outputs


def idle_outputs(model: keras.Model) -> list[str]:
    """Return the names of outputs without loss and metric."""
    names = [] if has_own_step(model) else list(outputs_of(model))
    if len(names) < 2 or not keras.tree.is_nested(model.loss):
        return []
    entries = model.loss.values() if isinstance(model.loss, dict) else model.loss
    if any(map(keras.tree.is_nested, entries)):
        return []  # outputs within outputs: Keras goes by their structure
    compiled = keras_internals.metrics_given(model)
    compared = [losses_by_output(model, names), *(_by_output(each, names) for each in compiled)]
    return [name for name, *each in zip(names, *compared, strict=True) if not any(each)]


def _by_output(metrics: Any, names: Sequence[str]) -> list[Any]:
    """Return the metrics of each output."""
    if isinstance(metrics, dict):
        return [metrics.get(name) for name in names]
    return list(metrics) if isinstance(metrics, list | tuple) and len(metrics) == len(names) else [metrics] * len(names)
