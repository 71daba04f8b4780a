"""Check that a model is a Keras model, compiled, stateless; and its metrics.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras

from sparkeras.engine.blueprint.compiled_names import require_known_names
from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError


def require_model(model: object) -> None:
    """Raise InvalidModelError unless ``model`` is a Keras 3 model."""
    if model is None:
        raise InvalidModelError(
            "Expected a keras.Model; got None. A function that builds a model must return it: does it end with "
            "'return model'?"
        )
    if not isinstance(model, keras.Model):
        cure = "Models of tf_keras and Keras 2 must be rebuilt or converted first."
        if isinstance(model, type) or inspect.isroutine(model):
            cure = f"Call it, and give the model that it makes: {getattr(model, '__name__', 'build')}(...)."
        raise InvalidModelError(f"Expected a keras.Model; got {type(model).__module__}.{type(model).__name__}. {cure}")


def training_argument(model: keras.Model, training: bool) -> dict[str, bool]:
    """Return the keyword argument ``training`` for a call of the model; empty where its ``call`` has none."""
    return {"training": training} if keras_internals.takes_training(model) else {}


def name_of_only_input(model: keras.Model) -> str | None:
    """Return the name by which a model takes its one input in a dict, as it was defined; None of other models.

    Keras warns where such a model gets a bare array.
    """
    inputs = keras_internals.inputs_of(model)
    return next(iter(inputs)) if isinstance(inputs, dict) and len(inputs) == 1 else None


def require_compiled(model: Any) -> None:
    """Raise InvalidModelError unless ``model`` is a compiled Keras model whose losses and metrics Keras knows."""
    require_model(model)
    if not model.compiled:
        raise InvalidModelError(
            "The model is not compiled; training needs an optimizer and a loss. "
            'Call e.g. model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"]) first.'
        )
    require_known_names(model)


def require_methods_of_classes(model: keras.Model, parts: Iterable[Any]) -> None:
    """Raise InvalidModelError for a method that was replaced on one object: a rebuilt object has that of its class.

    Parameters
    ----------
    model : keras.Model
    parts : iterable
        Its layers, losses, metrics, optimizers.
    """
    for part in parts:
        for name, value in vars(part).items():
            if name == "loss":  # of compile; on TensorFlow, Model has a deprecated method of this name
                continue
            if inspect.isroutine(value) and inspect.isroutine(getattr(type(part), name, None)) and _is_foreign(value):
                raise InvalidModelError(
                    f"The method {name!r} of {type(part).__name__} was replaced on one object, which does not travel "
                    f"to where the model is trained. Write a subclass with its own {name} instead."
                )


def _is_foreign(function: object) -> bool:
    """Tell whether a function is neither of Keras nor of sparkeras."""
    file = (
        getattr(getattr(function, "__code__", None), "co_filename", None) or getattr(function, "__module__", "") or ""
    )
    return not file.startswith(
        (str(Path(keras.__file__).parent), str(Path(__file__).parents[2]), "keras.", "sparkeras.")
    )


def require_stateless(model: keras.Model) -> None:
    """Raise InvalidModelError for predictions by a model with a state from batch to batch."""
    for layer in keras_internals.layers_of(model):
        if getattr(layer, "stateful", False):
            raise InvalidModelError(
                f"The layer {layer.name!r} is stateful: its output for a row depends on the rows before it, and rows "
                "of a DataFrame have no order. Build the model again with stateful=False, and give it these weights: "
                "other.set_weights(model.get_weights())."
            )


def metrics_of(model: keras.Model) -> list[keras.Metric]:
    """Return all metrics of a model one by one; Keras wraps the compiled ones in a single metric."""
    return [each for metric in model.metrics for each in getattr(metric, "metrics", [metric])]
