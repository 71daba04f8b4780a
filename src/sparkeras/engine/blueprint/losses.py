"""The losses of a compiled model by Keras' own names, whether given as names, functions, classes or objects.

Runs on: driver.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import keras
from keras.losses import Loss

from sparkeras.engine.internals import keras_internals

# Names of Keras' functions, by the kind of their labels.
CLASS_NUMBERS = {"sparse_categorical_crossentropy", "categorical_generalized_cross_entropy"}
ONE_HOT = {"categorical_crossentropy", "categorical_focal_crossentropy"}
BINARY = {"binary_crossentropy", "binary_focal_crossentropy"}
COMPARES_EACH = {
    *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error"),
    *(
        "huber",
        "log_cosh",
        "hinge",
        "squared_hinge",
        "poisson",
        "kl_divergence",
        "cosine_similarity",
        "dice",
        "tversky",
    ),
}
_OWN = "keras.src.losses"


def of(model: keras.Model, names: Iterable[str]) -> list[Any]:
    """Return the loss of each output, in the order of the outputs' ``names``; None for an output without one."""
    loss = model.loss
    if isinstance(loss, dict):
        return [loss.get(name) for name in names]
    return list(loss) if isinstance(loss, list | tuple) else [loss]


def own_name(loss: Any) -> str:
    """Return the name of Keras' function behind a loss, e.g. ``"mean_squared_error"``; empty for a user's own loss.

    ``"crossentropy"`` is Keras' name for the crossentropy that fits output and labels.
    """
    function = _function(loss)[0]
    if isinstance(function, str):
        return function
    return str(function.__name__) if getattr(function, "__module__", "").startswith(_OWN) else ""


def settings(loss: Any) -> dict[str, Any]:
    """Return the keyword arguments of the function behind a loss, e.g. ``{"ignore_class": 255}``."""
    return _function(loss)[1]


def name(loss: Any) -> str:
    """Return the name of a loss, its own or the user's, in snake case."""
    return _snake(str(loss if isinstance(loss, str) else getattr(loss, "name", None) or getattr(loss, "__name__", "")))


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def _function(loss: Any) -> tuple[Any, dict[str, Any]]:
    """Return the function that a loss calls, or ``"crossentropy"``, and its keyword arguments."""
    if isinstance(loss, str):
        if loss.lower() in ("ce", "crossentropy"):
            return "crossentropy", {}
        try:
            loss = keras.losses.get(loss)
        except ValueError:  # a registered loss of the user's
            return None, {}
    if isinstance(loss, type):
        loss = loss()
    if isinstance(loss, functools.partial):
        return loss.func, dict(loss.keywords)
    if not isinstance(loss, Loss):
        return loss, {}
    calls = type(loss).call
    if calls.__module__.startswith(_OWN) and hasattr(loss, "fn"):
        return loss.fn, dict(keras_internals.arguments_of(loss))
    return None, {}
