"""Arguments that are objects: activations, initializers, regularizers, constraints, dtypes.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras

from sparkeras.legacy.names import ACTIVATIONS
from sparkeras.legacy.parts import Config, Reading, refuse

INITIALIZERS = {
    "zero": "zeros",
    "one": "ones",
    "uniform": "random_uniform",
    "normal": "random_normal",
    # The normal distribution of Keras 1 and 2 was truncated; that has a name of its own now.
    "truncated_normal_initializer": "truncated_normal",
}
CONSTRAINTS = {"maxnorm": "MaxNorm", "nonneg": "NonNeg", "unitnorm": "UnitNorm", "minmaxnorm": "MinMaxNorm"}


def plain(value: Any) -> Any:
    """Return tuples, shapes and arrays of old JSON as plain lists."""
    if isinstance(value, dict):
        if value.get("class_name") in ("__tuple__", "TensorShape") and "items" in value:
            return [plain(item) for item in value["items"]]
        if value.get("type") == "ndarray" and "value" in value:
            return value["value"]
        if value.get("class_name") in ("__tensor__", "__numpy__") and "value" in (value.get("config") or {}):
            return value["config"]["value"]
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def object_from(key: str, value: Any, reading: Reading, name: str, old_class: str) -> Any:
    """Return the value for Keras 3 of an argument named ``..._initializer``, ``activation`` and so on.

    Raises
    ------
    InvalidModelError
        If the value is neither Keras' nor in ``custom_objects``; names the layer.
    """
    if value is None:
        return None
    called = value.get("class_name") or value.get("name") if isinstance(value, dict) else value
    if called in reading.custom_objects:
        return _custom(reading.custom_objects[called], value)
    try:
        if key.endswith("activation"):
            translated = _activation(value)
        elif key.endswith("initializer"):
            translated = _initializer(value)
        elif key.endswith("regularizer"):
            return _regularizer(value)
        else:
            translated = _constraint(value)
    except (TypeError, ValueError, AttributeError, KeyError):
        translated = None
    if translated is None:
        refuse(name, old_class, f"has the {key} {called!r}, unknown to Keras 3. Pass it in custom_objects.")
    return translated


def is_object(key: str) -> bool:
    """Tell whether an argument is one that ``object_from`` reads."""
    return key.endswith(("activation", "_initializer", "_regularizer", "_constraint"))


def policy(value: Any) -> str:
    """Return the name of a dtype policy: a string, or a dict of tf.keras; float32 where it is an input's integer."""
    while isinstance(value, dict):
        config = value.get("config", value)
        value = config if isinstance(config, str) else config.get("name") if isinstance(config, dict) else None
    return value if isinstance(value, str) and "float" in value else "float32"


def _custom(custom: Any, value: Any) -> Any:
    config = value.get("config") if isinstance(value, dict) else None
    return custom(**config) if inspect.isclass(custom) and isinstance(config, dict) else custom


def _activation(value: Any) -> str | None:
    if isinstance(value, dict):
        value = value["config"] if isinstance(value.get("config"), str) else None
    return value if value in ACTIVATIONS else None


def _initializer(value: Any) -> Any:
    if isinstance(value, str):
        keras.initializers.get(INITIALIZERS.get(value, value))
        return INITIALIZERS.get(value, value)
    initializer = keras.initializers.get(value["class_name"])
    config = {key: item for key, item in (value.get("config") or {}).items() if key != "dtype"}
    if config.get("distribution") == "normal":
        config["distribution"] = "truncated_normal"
    return _of_class(type(initializer), config)


def _regularizer(value: Any) -> keras.regularizers.Regularizer | None:
    """Return an L1L2 with the two strengths; the names around them differed from version to version."""
    if isinstance(value, str):
        return keras.regularizers.get({"l1l2": "l1_l2"}.get(value, value))
    config = value.get("config", value)
    strengths = {key: float(config.get(key) or 0) for key in ("l1", "l2")}
    if not set(config) & set(strengths):
        raise ValueError(value)
    return keras.regularizers.L1L2(**strengths) if any(strengths.values()) else None


def _constraint(value: Any) -> keras.constraints.Constraint:
    if isinstance(value, str):
        return keras.constraints.get(CONSTRAINTS.get(value.lower().replace("_", ""), value))
    config = dict(value.get("config", value))
    called = value.get("class_name") or config.pop("name")
    if "m" in config:
        config["max_value"] = config.pop("m")
    return _of_class(getattr(keras.constraints, CONSTRAINTS.get(called.lower(), called)), config)


def _of_class(cls: Callable[..., Any], config: Config) -> Any:
    known = inspect.signature(cls).parameters
    return cls(**{key: item for key, item in config.items() if key in known})
