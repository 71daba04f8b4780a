"""Losses and metrics that are neither functions nor Keras' objects: partials, bound methods, callable objects.

Keras compiles a model with them and cannot save it. They travel inside a function that calls them.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Callable, Iterator
from typing import Any

import keras
from keras.src.trainers.compile_utils import get_object_name

from sparkeras.spark.swapping import swapped

_ROLES = ("loss", "metrics", "weighted_metrics")


@contextlib.contextmanager
def as_functions(model: keras.Model) -> Iterator[None]:
    """Replace such losses and metrics among a model's compile arguments by functions while it is saved."""
    compiled = getattr(model, "_compile_config", None)
    arguments = getattr(compiled, "config", None)
    if not arguments:
        yield
        return
    functions = {role: _mapped(arguments[role]) for role in _ROLES if arguments.get(role) is not None}
    with swapped(compiled, "config", arguments | functions):
        yield


def _mapped(figure: Any) -> Any:
    """Return a loss or metric, or a structure of them, that Keras can save."""
    if isinstance(figure, list | tuple):
        return type(figure)(map(_mapped, figure))
    if isinstance(figure, dict):
        return {name: _mapped(each) for name, each in figure.items()}
    known = isinstance(figure, type | types.FunctionType | keras.Loss | keras.Metric) or hasattr(figure, "get_config")
    return _function(figure) if callable(figure) and not known else figure


def _function(figure: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def call(y_true: Any, y_pred: Any) -> Any:
        return figure(y_true, y_pred)

    call.__name__ = get_object_name(figure)  # Keras' name of the figure in logs
    return call
