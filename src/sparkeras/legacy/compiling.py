"""Compile a model as its old file says: loss, optimizer and metrics, where Keras 3 has the same.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras

LOSSES = {
    name: name
    for name in (
        *("mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error"),
        *("mean_squared_logarithmic_error", "squared_hinge", "hinge", "categorical_hinge", "poisson"),
        *("categorical_crossentropy", "sparse_categorical_crossentropy", "binary_crossentropy"),
        *("mse", "mae", "mape", "msle"),
    )
} | {"logcosh": "log_cosh", "kullback_leibler_divergence": "kl_divergence", "kld": "kl_divergence"}
METRICS = LOSSES | {
    name: name
    for name in (
        *("accuracy", "binary_accuracy", "categorical_accuracy", "sparse_categorical_accuracy"),
        *("top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy"),
    )
}
METRICS |= {"acc": "accuracy"}
OPTIMIZERS = ("SGD", "RMSprop", "Adam", "Adagrad", "Adadelta", "Adamax", "Nadam", "Ftrl", "AdamW", "Lion", "Adafactor")


class _Untranslated(Exception):
    """An optimizer or loss that Keras 3 does not have."""


def compile_as(model: keras.Model, training: dict[str, Any], custom_objects: dict[str, Any]) -> str:
    """Compile a model as its old file says.

    Parameters
    ----------
    model : keras.Model
    training : dict
        The file's ``training_config``.
    custom_objects : dict
        May hold losses and metrics by name.

    Returns
    -------
    str
        A note for the user: why the model is not compiled, or which metrics it lacks.
    """
    try:
        optimizer = _optimizer(training.get("optimizer_config") or {})
        loss = _mapped(training.get("loss"), lambda value: _loss(value, custom_objects))
    except (_Untranslated, ValueError, TypeError, AttributeError, KeyError) as error:
        return f"The model is not compiled: {error}. Compile it before you train it on."
    missing: list[str] = []
    metrics, weighted = (
        _metrics(training.get(key), missing, len(model.outputs)) or None for key in ("metrics", "weighted_metrics")
    )
    try:
        model.compile(
            optimizer, loss, metrics=metrics, weighted_metrics=weighted, loss_weights=training.get("loss_weights")
        )
        # A saved model whose optimizer has no variables yet opens with a warning.
        optimizer.build(model.trainable_variables)
    except (ValueError, TypeError) as error:
        return f"The model is not compiled: {' '.join(str(error).split())[:200]} Compile it before you train it on."
    lacking = f"; without the metrics {', '.join(missing)}" if missing else ""
    return f"Compiled as it was, its optimizer starts anew{lacking}."


def _optimizer(entry: Any) -> keras.optimizers.Optimizer:
    entry = {"class_name": entry} if isinstance(entry, str) else entry
    name = entry.get("class_name", entry.get("name"))
    # TensorFlow 2.11 to 2.15 registered its own optimizers as if they were the user's.
    known_name = {each.lower(): each for each in OPTIMIZERS}.get(str(name).lower().removeprefix("custom>"))
    if known_name is None:
        raise _Untranslated(f"the optimizer {name!r} is unknown")
    config = dict(entry.get("config") or {})
    rate = config.pop("lr", config.pop("learning_rate", None))
    if isinstance(rate, dict):
        rate = keras.optimizers.schedules.deserialize({key: rate[key] for key in ("class_name", "config")})
    decay = config.pop("decay", 0)
    if decay and isinstance(rate, int | float):
        rate = keras.optimizers.schedules.InverseTimeDecay(rate, decay_steps=1, decay_rate=decay)
    cls = getattr(keras.optimizers, known_name)
    known = inspect.signature(cls.__init__).parameters
    arguments = {key: value for key, value in config.items() if key in known and value is not None and key != "name"}
    return cls(**({} if rate is None else {"learning_rate": rate}), **arguments)


def _loss(entry: Any, custom_objects: dict[str, Any]) -> Any:
    if isinstance(entry, dict) and entry.get("class_name") == "function":
        entry = entry.get("config")
    if isinstance(entry, dict):
        config = dict(entry.get("config") or {})
        cls = getattr(keras.losses, str(entry.get("class_name")), None)
        if not inspect.isclass(cls):
            raise _Untranslated(f"the loss {entry.get('class_name')!r} is unknown")
        known = inspect.signature(cls.__init__).parameters
        arguments = {key: value for key, value in config.items() if key in known and key not in ("dtype", "fn")}
        if arguments.get("reduction") not in ("sum", "none"):  # 'auto' was the mean over the rows, as the default is
            arguments.pop("reduction", None)
        return cls(**arguments)
    if entry in custom_objects:
        return custom_objects[entry]
    if entry not in LOSSES:
        raise _Untranslated("it had no loss" if entry is None else f"the loss {entry!r} is unknown")
    return LOSSES[entry]


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, dict) and "class_name" not in value:
        return {key: change(item) for key, item in value.items()}
    return [change(item) for item in value] if isinstance(value, list) else change(value)


def _metrics(entry: Any, missing: list[str], outputs: int) -> Any:
    """Return metrics as Keras 3 takes them: a list, or one per output; unknown ones go to ``missing``."""
    if isinstance(entry, dict):
        return {key: _metrics(value, missing, 1) for key, value in entry.items()}
    entries = entry if isinstance(entry, list) else [] if entry is None else [entry]
    if entries and all(isinstance(each, list) for each in entries):
        lists = [_metrics(inner, missing, 1) for inner in entries]
        return lists if outputs > 1 else [metric for inner in lists for metric in inner]
    return [name for name in (_metric(each, missing) for each in entries) if name]


def _metric(entry: Any, missing: list[str]) -> str | None:
    name = entry.get("config", {}) if isinstance(entry, dict) else entry
    if isinstance(name, dict):
        name = name.get("fn") if isinstance(name.get("fn"), str) else name.get("name")
    if name not in METRICS:
        missing.append(str(name))
    return METRICS.get(name)
