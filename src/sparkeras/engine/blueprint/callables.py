"""Losses and metrics that are neither functions nor Keras' objects: partials, bound methods, objects with ``__call__``.

Keras compiles a model with them and cannot save it. They travel within a function that calls them.

Runs on: driver.
"""

import contextlib
import types

import keras
from keras.src.trainers.compile_utils import get_object_name

_ROLES = ("loss", "metrics", "weighted_metrics")


@contextlib.contextmanager
def as_functions(model):
    """While a model is saved, let functions stand for such losses and metrics among its compile arguments."""
    kept = getattr(model, "_compile_config", None)
    before = getattr(kept, "config", None)
    if before:
        kept.config = before | {role: _mapped(before[role]) for role in _ROLES if before.get(role) is not None}
    try:
        yield
    finally:
        if before:
            kept.config = before


def _mapped(given):
    if isinstance(given, list | tuple):
        return type(given)(map(_mapped, given))
    if isinstance(given, dict):
        return {name: _mapped(each) for name, each in given.items()}
    known = isinstance(given, type | types.FunctionType | keras.Loss | keras.Metric) or hasattr(given, "get_config")
    return _function(given) if callable(given) and not known else given


def _function(given):
    def call(y_true, y_pred):
        return given(y_true, y_pred)

    call.__name__ = get_object_name(given)  # by which Keras calls the figure
    return call
