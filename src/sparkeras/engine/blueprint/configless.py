"""Losses, schedules and their like whose class keeps no config: they travel by their attributes.

The Transformer tutorial's learning-rate schedule has no ``get_config``, and many a loss takes arguments that it keeps
in attributes alone. Keras refuses the one and forgets the arguments of the other.

Runs on: driver, Spark task, training process.
"""

import contextlib

import keras

from sparkeras.engine.blueprint import byvalue

_KEY = "attributes"
_KINDS = (
    keras.Loss,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


@contextlib.contextmanager
def by_attributes(classes):
    """While a model is saved or opened, let those of ``classes`` without a config of their own travel by attributes."""
    changed = [cls for cls in classes if isinstance(cls, type) and _keeps_no_config(cls)]
    for cls in changed:
        cls.get_config, cls.from_config = _get_config, classmethod(_from_config)
    try:
        yield
    finally:
        for cls in changed:
            del cls.get_config, cls.from_config


@contextlib.contextmanager
def tensors_in_configs():
    """Let a metric be built again whose config holds a tensor, as ``AUC(label_weights=...)`` has it: Keras cannot."""
    original = keras.Metric.from_config.__func__

    def from_config(cls, config):
        held = {name: value for name, value in config.items() if isinstance(value, dict) and "class_name" in value}
        if not any(value["class_name"] == "__tensor__" for value in held.values()):
            return original(cls, config)
        return cls(**{**config, **{n: keras.saving.deserialize_keras_object(value) for n, value in held.items()}})

    keras.Metric.from_config = classmethod(from_config)
    try:
        yield
    finally:
        keras.Metric.from_config = classmethod(original)


def _keeps_no_config(cls):
    brings_arguments = not (getattr(cls.__init__, "__module__", None) or "keras").startswith("keras")
    inherits = cls.get_config.__module__.startswith("keras") and cls.from_config.__module__.startswith("keras")
    return issubclass(cls, _KINDS) and brings_arguments and inherits and "from_config" not in vars(cls)


def _get_config(self):
    return {_KEY: byvalue.dumps(vars(self), f"The {type(self).__name__}").hex()}


def _from_config(cls, config):
    made = object.__new__(cls)
    vars(made).update(byvalue.loads(bytes.fromhex(config[_KEY])))
    return made
