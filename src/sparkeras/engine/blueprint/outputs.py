"""The outputs of a model of any kind: their names and symbolic tensors.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import collections
import contextlib

import keras

from sparkeras.engine.blueprint.state import call_on_shapes, shapes_built_with
from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError


def outputs_of(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return ``{name: keras.KerasTensor}`` of a model's outputs, batch axis included; empty where still unknown.

    A subclassed model that was built is called on the shapes that built it.
    """
    outputs = getattr(model, "outputs", None) if model.built else None
    if outputs:
        return dict(zip(output_names(model), outputs, strict=True))
    if model.built:
        with contextlib.suppress(Exception):  # it cannot be called on shapes, or its input shape is unknown
            return outputs_of_subclass(model)
    return {}


def outputs_of_subclass(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return the outputs of a subclassed model as ``outputs_of`` does, named by the keys of a dict, else by numbers.

    Raises
    ------
    InvalidModelError
        If its input shape is unknown.
    """
    built_with = shapes_built_with(model)
    if not built_with:
        raise InvalidModelError(
            "The model does not say what shape its output has. Build it with the functional API, or call it once."
        )
    outputs = call_on_shapes(model, built_with)
    names = keras.tree.flatten({name: name for name in outputs}) if isinstance(outputs, dict) else None
    tensors = keras.tree.flatten(outputs)
    if names is None or len(names) != len(tensors):
        names = [f"output_{number}" for number in range(len(tensors))]
    return dict(zip(names, tensors, strict=True))


def output_names(model: keras.Model) -> list[str]:
    """Return the names of a model's outputs, in their order: the keys of a dict, else Keras' own names."""
    outputs = keras_internals.outputs_of(model)
    if isinstance(outputs, dict) and len(outputs) == len(model.outputs):
        return list(keras.tree.flatten({name: name for name in outputs}))
    # A Sequential model has one output, which Keras names after its last layer.
    names: list[str] = getattr(model, "output_names", None) or [layer.name for layer in model.layers[-1:]]
    seen: collections.Counter[str] = collections.Counter()
    for index, name in enumerate(names):  # a tensor may be an output twice
        if names.count(name) > 1:
            names = [*names[:index], f"{name}_{seen[name]}" if seen[name] else name, *names[index + 1 :]]
            seen[name] += 1
    return names
