"""Check the names that a model was compiled with; Keras looks them up at the first batch only.

Runs on: driver.
"""

from __future__ import annotations

import difflib
from typing import Any

import keras

from sparkeras.engine.blueprint.outputs import output_names
from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError
from sparkeras.spark.names import listed

# Names that Keras reads by the shape of labels and outputs.
_BY_SHAPE = {"losses": ("crossentropy", "ce"), "metrics": ("accuracy", "acc")}


def require_known_names(model: keras.Model) -> None:
    """Raise InvalidModelError for a loss or metric that Keras does not have, or of an unknown output."""
    metrics, weighted = keras_internals.metrics_given(model)
    arguments = {"loss": getattr(model, "loss", None), "metrics": metrics, "weighted_metrics": weighted}
    for argument, value in arguments.items():
        for name in keras.tree.flatten(value):
            if isinstance(name, str):
                _require_name(argument, name)
        _require_outputs(model, argument, value)
    for weight in keras.tree.flatten(keras_internals.loss_weights_given(model)):
        if isinstance(weight, str):
            raise InvalidModelError(
                f"The model was compiled with loss_weights={weight!r}, which is not a number. The third argument of "
                f"compile is loss_weights; name the metrics: model.compile(optimizer, loss, metrics=[{weight!r}])."
            )


def _require_name(argument: str, name: str) -> None:
    module = "losses" if argument == "loss" else "metrics"
    if name.lower() in _BY_SHAPE[module]:
        return
    catalogue = getattr(keras, module)
    try:
        catalogue.get(name)
    except TypeError as error:  # a class whose constructor needs arguments, such as MeanIoU
        raise InvalidModelError(
            f"The model was compiled with {argument}={name!r}, a class that cannot be made without arguments: {error}. "
            "Give an object made with them instead of the name."
        ) from error
    except ValueError as error:
        known = [each for each in dir(catalogue) if not each.startswith("_")]
        near = difflib.get_close_matches(name, [*known, *_BY_SHAPE[module]], n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise InvalidModelError(
            f"The model was compiled with {argument}={name!r}, which is not in keras.{module}.{guess} Give a name "
            f"from keras.{module}, a function or an object."
        ) from error


def _require_outputs(model: keras.Model, argument: str, value: Any) -> None:
    """Raise InvalidModelError where keys or length of ``value`` do not fit a functional model's several outputs."""
    outputs = keras_internals.outputs_of(model)
    if not isinstance(outputs, dict | list | tuple) or len(outputs) < 2 or not keras.tree.is_nested(value):
        return
    by_name = isinstance(outputs, dict)
    if any(map(keras.tree.is_nested, outputs.values() if isinstance(outputs, dict) else outputs)):
        return  # outputs within outputs: Keras goes by their structure
    names = output_names(model)
    if isinstance(value, dict):
        unknown = [name for name in value if name not in (names if by_name else [*names, *model.output_names])]
        if unknown:
            raise InvalidModelError(
                f"The model was compiled with {argument} for an output {unknown[0]!r}; its outputs are {listed(names)}."
            )
        # Keras needs all losses where the outputs are a list; an output left out of a dict of outputs has none.
        missing = [name for name in model.output_names if name not in value]
        if argument == "loss" and missing and not by_name:
            raise InvalidModelError(
                f"The model was compiled with a dict of losses that has no entry for the output {missing[0]!r}. Add "
                f"one; None means no loss: loss={{..., {missing[0]!r}: None}}."
            )
    elif argument != "loss" and value and len(value) != len(outputs):
        raise InvalidModelError(
            f"The model has {len(outputs)} outputs ({listed(names)}), and was compiled with {argument} for "
            f"{len(value)}. Give a list with one entry per output, or a dict: {argument}={{{names[0]!r}: ...}}."
        )
