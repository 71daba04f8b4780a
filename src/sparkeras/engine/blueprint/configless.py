"""Losses, schedules and the like without a config: they travel by their attributes.

The Transformer tutorial's learning-rate schedule has no ``get_config``, and many losses keep their arguments in
attributes alone. Keras refuses the former and forgets the arguments of the latter.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

import keras

from sparkeras.engine.blueprint import byvalue
from sparkeras.spark.swapping import swapped

_KEY = "attributes"
_KINDS = (
    keras.Loss,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


@contextlib.contextmanager
def by_attributes(classes: Iterable[object]) -> Iterator[None]:
    """Let those of ``classes`` without a config travel by attributes while a model is saved or opened."""
    with contextlib.ExitStack() as swaps:
        for cls in [cls for cls in classes if isinstance(cls, type) and _has_no_config(cls)]:
            swaps.enter_context(swapped(cls, "get_config", _get_config))
            swaps.enter_context(swapped(cls, "from_config", classmethod(_from_config)))
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


def _has_no_config(cls: Any) -> bool:
    brings_arguments = not (getattr(cls.__init__, "__module__", None) or "keras").startswith("keras")
    inherits = cls.get_config.__module__.startswith("keras") and cls.from_config.__module__.startswith("keras")
    return issubclass(cls, _KINDS) and brings_arguments and inherits and "from_config" not in vars(cls)


def _get_config(self: object) -> dict[str, str]:
    return {_KEY: byvalue.dumps(vars(self), f"The {type(self).__name__}").hex()}


def _from_config(cls: type, config: dict[str, str]) -> object:
    instance: object = object.__new__(cls)
    vars(instance).update(byvalue.loads(bytes.fromhex(config[_KEY])))
    return instance
