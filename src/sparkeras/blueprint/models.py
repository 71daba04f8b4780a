"""Whether something is a Keras model, and compiled.

Runs on: driver. Imports: Keras (a door) and ``errors``.
"""

import inspect

import keras

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


def require_compiled(model):
    """Raise InvalidModelError unless ``model`` is a Keras model with a loss and an optimizer."""
    require_model(model)
    if not model.compiled:
        raise InvalidModelError(
            "The model is not compiled; training needs an optimizer and a loss. "
            'Call e.g. model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"]) first.'
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
