"""Models with a ``compile`` of their own, as GANs have: Keras does not compile them again when it loads them.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import types
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import keras

from sparkeras.spark.swapping import swapped


class Compiled(TypedDict):
    """The state of an overridden ``compile``, JSON-ready: what it gave to Keras' ``compile``, and its attributes."""

    compile: dict[str, Any] | None
    attributes: dict[str, Any]


def own_compile(model: keras.Model) -> Compiled | None:
    """Return the attributes that an overridden ``compile`` has set; None for models that Keras compiles.

    These are all optimizers, losses, metrics, functions and plain values.
    """
    kind = type(model)
    if not model.compiled or kind.compile is keras.Model.compile:
        return None
    if kind.compile_from_config is not keras.Model.compile_from_config:
        return None
    own = {name: value for name, value in vars(model).items() if not name.startswith("_") and _is_of_compile(value)}
    attributes = {name: keras.saving.serialize_keras_object(_plain(value)) for name, value in own.items()}
    return {"compile": model.get_compile_config(), "attributes": attributes}


def open_compiled(
    path: Path,
    custom_objects: Mapping[str, Any],
    safe_mode: bool,
    compiled: Compiled | None,
    ignored: str = "",
) -> keras.Model:
    """Return the model of a ``.keras`` file, compiled as it was, by its own ``compile`` too.

    Parameters
    ----------
    path : Path
    custom_objects : dict
        Classes and functions by name.
    safe_mode : bool
        Whether Keras refuses what would run code.
    compiled : Compiled or None
        Of ``own_compile``.
    ignored : str
        Pattern of further warnings of Keras to ignore.
    """
    with keras.saving.custom_object_scope(custom_objects), warnings.catch_warnings():
        # Keras does not call a model's own compile; _compile_again does. Slots of an optimizer come from elsewhere, or
        # are made anew where it never stepped.
        known = r"`compile\(\)` was not called as part of model loading|Skipping variable loading for optimizer"
        warnings.filterwarnings("ignore", f"{known}|{ignored}" if ignored else known)
        model = keras.saving.load_model(path, custom_objects=custom_objects, safe_mode=safe_mode)
        if compiled:
            _compile_again(model, compiled)
        return model


def _compile_again(model: keras.Model, compiled: Compiled) -> None:
    settings = keras.saving.deserialize_keras_object(compiled["compile"]) if compiled["compile"] else {}
    keras.Model.compile(model, **settings)
    for name, value in compiled["attributes"].items():
        if not hasattr(model, name):
            setattr(model, name, keras.saving.deserialize_keras_object(value))


@contextlib.contextmanager
def optimizers_unbuilt() -> Iterator[None]:
    """Let Keras compile an opened model without building its optimizer.

    It would do so before the weights are assigned, and a slot that begins as a copy of a weight would copy another.
    """
    original = keras.Model.compile_from_config

    def compile_from_config(model: keras.Model, config: dict[str, Any]) -> None:
        if type(model).compile is not keras.Model.compile:
            original(model, config)  # warns that it does not compile: _compile_again does
        else:
            model.compile(**keras.saving.deserialize_keras_object(config))

    with swapped(keras.Model, "compile_from_config", compile_from_config):
        yield


def _is_of_compile(value: object) -> bool:
    if isinstance(value, dict):
        return bool(value) and all(isinstance(key, str) and _is_of_compile(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return bool(value) and all(map(_is_of_compile, value))
    of_keras = keras.optimizers.Optimizer | keras.losses.Loss | keras.metrics.Metric
    return isinstance(value, of_keras | types.FunctionType | bool | int | float | str)


def _plain(value: Any) -> Any:
    """Return Keras' tracked lists and dicts as plain ones."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
