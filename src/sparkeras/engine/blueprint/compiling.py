"""Models with a ``compile`` of their own, as GANs have: Keras does not compile them again when it loads them.

Runs on: driver, Spark task, training process.
"""

import contextlib
import types

import keras


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


def compile_again(model, told):
    """Give an opened model what ``own_compile`` told."""
    settings = keras.saving.deserialize_keras_object(told["compile"]) if told["compile"] else {}
    keras.Model.compile(model, **settings)
    for name, value in told["attributes"].items():
        if not hasattr(model, name):
            setattr(model, name, keras.saving.deserialize_keras_object(value))


@contextlib.contextmanager
def optimizers_unbuilt():
    """Let Keras compile an opened model without building its optimizer.

    It would do so before the weights are there, and a slot that begins as a copy of a weight would copy another.
    """
    original = keras.Model.compile_from_config

    def compile_from_config(model, config):
        if type(model).compile is not keras.Model.compile:
            original(model, config)  # which warns: compile_again does that
        else:
            model.compile(**keras.saving.deserialize_keras_object(config))

    keras.Model.compile_from_config = compile_from_config
    try:
        yield
    finally:
        del keras.Model.compile_from_config


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
