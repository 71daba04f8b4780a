"""Whether something is a Keras model, and compiled.

Runs on: driver.
"""

import inspect
from pathlib import Path

import keras

from sparkeras.engine.blueprint.compiled_names import require_known_names
from sparkeras.errors import InvalidModelError


def require_model(model):
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


def training_argument(model, training):
    """Return ``training`` as a call of the model takes it, as Keras' own steps do; empty where it takes none."""
    return {"training": training} if model._call_has_training_arg else {}


def require_compiled(model):
    """Raise InvalidModelError unless ``model`` is a Keras model that was compiled, with names that Keras knows."""
    require_model(model)
    if not model.compiled:
        raise InvalidModelError(
            "The model is not compiled; training needs an optimizer and a loss. "
            'Call e.g. model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"]) first.'
        )
    require_known_names(model)


def require_methods_of_classes(model, parts):
    """Raise InvalidModelError where a method was replaced on one object: Keras makes a new one, of the class.

    Parameters
    ----------
    model : keras.Model
    parts : iterable
        Its layers, losses, metrics, optimizers.
    """
    for part in parts:
        for name, value in vars(part).items():
            if inspect.isroutine(value) and inspect.isroutine(getattr(type(part), name, None)) and _is_foreign(value):
                raise InvalidModelError(
                    f"The method {name!r} of {type(part).__name__} was replaced on one object, which does not travel "
                    f"to where the model is trained. Write a subclass with its own {name} instead."
                )


def _is_foreign(function):
    """Tell whether neither Keras nor we have put a function there."""
    file = (
        getattr(getattr(function, "__code__", None), "co_filename", None) or getattr(function, "__module__", "") or ""
    )
    return not file.startswith(
        (str(Path(keras.__file__).parent), str(Path(__file__).parents[2]), "keras.", "sparkeras.")
    )


def require_stateless(model):
    """Raise InvalidModelError for a model that is to predict and keeps a state from batch to batch."""
    for layer in model._flatten_layers():
        if getattr(layer, "stateful", False):
            raise InvalidModelError(
                f"The layer {layer.name!r} is stateful: what it says of a row depends on the rows before it, and rows "
                "of a DataFrame have no order. Build the model again with stateful=False, and give it these weights: "
                "other.set_weights(model.get_weights())."
            )


def metrics_of(model):
    """Return all metrics of a model, each by itself: Keras shows the compiled ones as one, which holds them."""
    return [each for metric in model.metrics for each in getattr(metric, "metrics", [metric])]
