"""Models with a ``compile`` of their own, as GANs have: Keras does not compile them again when it loads them.

Runs on: driver and workers. Imports: Keras (a door), ``state``.
"""

import types

import keras

from sparkeras.blueprint import state


def own_compile(model):
    """Return what a model's own ``compile`` has left in it, as JSON takes it; None for models that Keras compiles.

    That is what it gave to Keras' ``compile``, and every optimizer, loss, metric, function or plain value that it kept
    in an attribute.
    """
    kind = type(model)
    if not model.compiled or kind.compile is keras.Model.compile:
        return None
    if kind.compile_from_config is not keras.Model.compile_from_config:
        return None
    kept = {name: value for name, value in vars(model).items() if not name.startswith("_") and _is_kept(value)}
    attributes = {name: keras.saving.serialize_keras_object(_plain(value)) for name, value in kept.items()}
    return {"compile": model.get_compile_config(), "attributes": attributes}


def compile_again(model, told, arrays):
    """Give an opened model what ``own_compile`` told, and the optimizers their state.

    Parameters
    ----------
    model : keras.Model
    told : dict
    arrays : list of arrays
        Of ``state.get_state``; empty for a model that has not trained yet.
    """
    settings = keras.saving.deserialize_keras_object(told["compile"]) if told["compile"] else {}
    keras.Model.compile(model, **settings)
    for name, value in told["attributes"].items():
        if not hasattr(model, name):
            setattr(model, name, keras.saving.deserialize_keras_object(value))
    if arrays:
        state.set_state(model, arrays)


def _is_kept(value):
    if isinstance(value, dict):
        return bool(value) and all(isinstance(key, str) and _is_kept(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_is_kept, value))
    of_keras = keras.optimizers.Optimizer | keras.losses.Loss | keras.metrics.Metric
    return isinstance(value, of_keras | types.FunctionType | bool | int | float | str)


def _plain(value):
    """Keras' own lists and dicts, which track what is in them, as plain ones."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
