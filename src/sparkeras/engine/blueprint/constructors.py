"""Layers and models whose constructor takes less than Keras saves, as in every tutorial: ``def __init__(self, units)``.

Runs on: driver, Spark task, training process.

Keras saves name, trainable and dtype of each layer and hands them to the constructor, which fails without ``**kwargs``.
"""

import contextlib
import inspect

import keras

from sparkeras.errors import InvalidModelError

_OF_KERAS = ("name", "trainable", "dtype")


def require_kept_arguments(model):
    """Raise InvalidModelError for a subclassed model whose constructor's arguments nobody keeps.

    Keras keeps those of layers; those of models it forgets, and would build them again with their defaults.
    """
    for part in getattr(model, "layers", []):
        require_kept_arguments(part)
    if not isinstance(model, keras.Model) or not _forgets(type(model)) or _is_functional(model):
        return
    parameters = list(inspect.signature(type(model).__init__).parameters.values())[1:]
    several = [p for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL]
    if several and _has_inputs_and_outputs(model):
        raise InvalidModelError(
            f"The model class {type(model).__name__!r} takes *{several[0].name}; Keras builds a model of inputs and "
            "outputs again only where its class has the constructor def __init__(self, *args, **kwargs), by these "
            "names. Rename them."
        )
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    taken = [p.name for p in parameters if p.name not in _OF_KERAS and p.kind not in variable]
    if taken:
        raise InvalidModelError(
            f"The model class {type(model).__name__!r} takes {', '.join(map(repr, taken))}, which Keras does not keep "
            "for subclassed models, so it cannot be built again elsewhere. Give it a get_config that returns them, "
            f"e.g. def get_config(self): return {{{taken[0]!r}: self.{taken[0]}}}"
        )


def require_no_own_variables(model):
    """Raise InvalidModelError for a variable that was set as an attribute of a functional or Sequential model."""
    own = [*model._trainable_variables, *model._non_trainable_variables]
    if own and type(model).__module__.startswith("keras."):
        raise InvalidModelError(
            f"The variable {own[0].name!r} was set as an attribute of a model that you did not subclass; Keras saves "
            "no such variable, so it cannot travel. Keep it in the loss or callback that uses it, or in a layer "
            "(add_weight)."
        )


def _forgets(cls):
    """Tell whether ``cls`` is a model with a constructor of its own and Keras' ``get_config``."""
    return not (cls.__init__.__module__ or "").startswith("keras.") and cls.get_config.__module__.startswith("keras.")


def _is_functional(model):
    """Tell whether Keras builds a subclassed model again from its inputs and outputs: it looks for these two names."""
    spec = inspect.getfullargspec(type(model).__init__)
    return _has_inputs_and_outputs(model) and (spec.varargs, spec.varkw) == ("args", "kwargs")


def _has_inputs_and_outputs(model):
    return any(kind.__name__ == "Functional" for kind in type(model).__mro__)


@contextlib.contextmanager
def forgiving(classes):
    """While a model is built from its saved form, set what constructors of ``classes`` do not take after them."""
    changed = [cls for cls in classes if isinstance(cls, type) and _is_strict(cls)]
    for cls in changed:
        cls.from_config = classmethod(_from_config(cls.from_config.__func__))
    try:
        yield
    finally:
        for cls in changed:
            del cls.from_config


def _is_strict(cls):
    """Tell whether ``cls`` is a layer or metric with a closed constructor and no ``from_config`` of the user's own."""
    if not issubclass(cls, keras.Layer | keras.Metric) or not cls.from_config.__module__.startswith("keras."):
        return False
    kinds = [parameter.kind for parameter in inspect.signature(cls.__init__).parameters.values()]
    return inspect.Parameter.VAR_KEYWORD not in kinds


def _from_config(original):
    def from_config(cls, config, **custom):
        taken = inspect.signature(cls.__init__).parameters
        left = {key: config[key] for key in _OF_KERAS if key in config and key not in taken}
        made = original(cls, {key: value for key, value in config.items() if key not in left}, **custom)
        if "name" in left:
            made.name = left["name"]
        if isinstance(made, keras.Layer):
            if "dtype" in left:
                made.dtype_policy = keras.dtype_policies.deserialize(left["dtype"])
            made.trainable = left.get("trainable", made.trainable)
        return made

    return from_config
