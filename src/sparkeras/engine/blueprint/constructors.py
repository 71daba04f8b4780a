"""Layers and models with a closed constructor, as in every tutorial: ``def __init__(self, units)``.

Runs on: driver, Spark task, training process.

Keras saves name, trainable and dtype of each layer and passes them to the constructor; without ``**kwargs`` it fails.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras

from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError
from sparkeras.spark.swapping import swapped

_OF_KERAS = ("name", "trainable", "dtype")


def require_kept_arguments(model: keras.Layer) -> None:
    """Raise InvalidModelError for a subclassed model whose config lacks its constructor's arguments.

    Keras saves those of layers; it forgets those of models, and would rebuild them with their defaults.
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


def require_no_own_variables(model: keras.Model) -> None:
    """Raise InvalidModelError for a variable that was set as an attribute of a functional or Sequential model.

    The state of a seed generator is one.
    """
    own = keras_internals.own_variables(model)
    if own and type(model).__module__.startswith("keras."):
        raise InvalidModelError(
            f"The variable {own[0].name!r} was set as an attribute of a model that you did not subclass; Keras saves "
            "no such variable, so it cannot travel. Keep it in the loss or callback that uses it, or in a layer "
            "(add_weight)."
        )


def _forgets(cls: Any) -> bool:
    """Tell whether ``cls`` is a model with a constructor of its own and Keras' ``get_config``."""
    return not (cls.__init__.__module__ or "").startswith("keras.") and cls.get_config.__module__.startswith("keras.")


def _is_functional(model: keras.Model) -> bool:
    """Tell whether Keras rebuilds a subclassed model from its inputs and outputs: it looks for these two names."""
    spec = inspect.getfullargspec(type(model).__init__)
    return _has_inputs_and_outputs(model) and (spec.varargs, spec.varkw) == ("args", "kwargs")


def _has_inputs_and_outputs(model: keras.Model) -> bool:
    return any(kind.__name__ == "Functional" for kind in type(model).__mro__)


@contextlib.contextmanager
def open_constructors(classes: Iterable[Any]) -> Iterator[None]:
    """Within this context, set name, trainable and dtype of rebuilt ``classes`` where their constructors do not."""
    with contextlib.ExitStack() as swaps:
        for cls in [cls for cls in classes if _is_closed(cls)]:
            swaps.enter_context(swapped(cls, "from_config", classmethod(_from_config(cls.from_config.__func__))))
        yield


def _is_closed(cls: Any) -> bool:
    """Tell whether ``cls`` is a layer or metric with a closed constructor and no ``from_config`` of the user's own."""
    is_part = isinstance(cls, type) and issubclass(cls, keras.Layer | keras.Metric)
    if not is_part or not cls.from_config.__module__.startswith("keras."):
        return False
    kinds = [parameter.kind for parameter in inspect.signature(cls.__init__).parameters.values()]
    return inspect.Parameter.VAR_KEYWORD not in kinds


def _from_config(original: Callable[..., Any]) -> Callable[..., Any]:
    def from_config(cls: Any, config: dict[str, Any], **custom: Any) -> Any:
        parameters = inspect.signature(cls.__init__).parameters
        left = {key: config[key] for key in _OF_KERAS if key in config and key not in parameters}
        part = original(cls, {key: value for key, value in config.items() if key not in left}, **custom)
        if "name" in left:
            part.name = left["name"]
        if isinstance(part, keras.Layer):
            if "dtype" in left:
                part.dtype_policy = keras.dtype_policies.deserialize(left["dtype"])
            part.trainable = left.get("trainable", part.trainable)
        return part

    return from_config
