"""Losses, schedules and the like of the user's own: they travel by their attributes.

The Transformer tutorial's learning-rate schedule has no ``get_config``, and many losses keep their arguments in
attributes alone. Keras refuses the former and forgets the arguments of the latter; a loss that another one holds comes
back from a config as a dict, unless a ``from_config`` opens it.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras

from sparkeras.engine.blueprint import byvalue
from sparkeras.errors import InvalidModelError
from sparkeras.spark.swapping import swapped

_KEY = "attributes"
BY_ATTRIBUTES = (
    keras.Loss,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


@contextlib.contextmanager
def by_attributes(classes: Iterable[Any]) -> Iterator[None]:
    """Let those of ``classes`` without a ``from_config`` travel by attributes while a model is saved or opened."""
    with contextlib.ExitStack() as swaps:
        ours: list[Any] = [cls for cls in classes if isinstance(cls, type) and _is_built_by_keras(cls)]
        for cls in ours:
            swaps.enter_context(swapped(cls, "get_config", _get_config(cls.get_config)))
            swaps.enter_context(swapped(cls, "from_config", classmethod(_from_config(cls.from_config.__func__))))
        yield


@contextlib.contextmanager
def tensors_in_configs() -> Iterator[None]:
    """Let Keras rebuild a metric whose config holds a tensor, such as ``AUC(label_weights=...)``; else it cannot."""
    original = keras.Metric.from_config.__func__

    def from_config(cls: type[keras.Metric], config: dict[str, Any]) -> keras.Metric:
        objects = {name: value for name, value in config.items() if isinstance(value, dict) and "class_name" in value}
        if not any(value["class_name"] == "__tensor__" for value in objects.values()):
            return original(cls, config)
        return cls(**config | {n: keras.saving.deserialize_keras_object(value) for n, value in objects.items()})

    with swapped(keras.Metric, "from_config", classmethod(from_config)):
        yield


def _is_built_by_keras(cls: Any) -> bool:
    """Tell whether ``cls`` has a constructor of its own, and Keras builds it again."""
    brings_arguments = not (getattr(cls.__init__, "__module__", None) or "keras").startswith("keras")
    inherits = cls.from_config.__module__.startswith("keras") and "from_config" not in vars(cls)
    return issubclass(cls, BY_ATTRIBUTES) and brings_arguments and inherits


def _get_config(original: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    def get_config(self: object) -> dict[str, Any]:
        try:
            with byvalue.by_contents(self):
                return {_KEY: byvalue.dumps(vars(self), f"The {type(self).__name__}").hex()}
        except InvalidModelError:
            if original.__module__.startswith("keras"):
                raise
            return original(self)  # it holds a lock, say, and its class knows how to do without

    return get_config


def _from_config(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_config(cls: type, config: dict[str, Any]) -> object:
        if config.keys() != {_KEY}:
            return original(cls, config)
        instance: object = object.__new__(cls)
        vars(instance).update(byvalue.loads(bytes.fromhex(config[_KEY])))
        return instance

    return from_config
