"""Losses, schedules and their like whose class keeps no config: they travel by their attributes.

The Transformer tutorial's learning-rate schedule has no ``get_config``, and many a loss takes arguments that it keeps
in attributes alone. Keras refuses the one and forgets the arguments of the other.

Runs on: driver and workers. Imports: Keras (a door), ``byvalue``.
"""

import contextlib

import keras

from sparkeras.blueprint import byvalue

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
