"""A model's custom objects: the user's layers, losses, lambdas.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras

from sparkeras.engine.blueprint import byvalue
from sparkeras.errors import InvalidModelError
from sparkeras.spark.swapping import swapped


def custom_objects(model: keras.Model) -> dict[str, Any]:
    """Return ``{name: class or function}`` of all that is reachable from the model and not Keras' own.

    Raises
    ------
    InvalidModelError
        If two different classes share a name.
    """
    return {_key(obj, i): obj for i, obj in enumerate(_reachable(model))}


@contextlib.contextmanager
def functions_named(named: Mapping[str, Any]) -> Iterator[None]:
    """Give functions unique names while Keras saves them.

    Keras marshals a function named ``<lambda>``, which loses the names it uses, and mixes up two functions of one name.
    """
    with byvalue.lock, contextlib.ExitStack() as swaps:
        for key, obj in named.items():
            if isinstance(obj, types.FunctionType):
                swaps.enter_context(swapped(obj, "__name__", key))
        yield


def _reachable(model: keras.Model) -> list[Any]:
    objects: list[Any] = []
    queue: list[Any] = [model]
    seen: set[int] = set()
    while queue:
        obj = queue.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if isinstance(obj, types.FunctionType | type):
            if not (_is_found_by_name(obj) if _is_keras(obj) else _wraps_a_method(obj)):
                objects.append(obj)
        elif isinstance(obj, dict):
            queue.extend(obj.values())
        elif isinstance(obj, list | tuple | set):
            queue.extend(obj)
        elif any(_is_keras(base) for base in type(obj).__mro__) and not isinstance(
            obj, keras.Variable | keras.KerasTensor
        ):
            queue.append(type(obj))
            queue.extend(vars(obj).values() if hasattr(obj, "__dict__") else ())
    objects = [obj for obj in objects if not (isinstance(obj, type) and obj.__module__ == "builtins")]
    _refuse_namesakes(objects)
    return objects


def _is_found_by_name(obj: Any) -> bool:
    """Tell whether Keras can serialize and find one of its own functions; it cannot for those of ``keras.ops``."""
    if not isinstance(obj, types.FunctionType) or "." in obj.__qualname__:
        return True
    try:
        return keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(obj)) is obj
    except (TypeError, ValueError):
        return False


def _wraps_a_method(obj: Any) -> bool:
    """Tell whether a function is Keras' wrapper of a layer's own ``build``, with its name and module."""
    home = str(Path(keras.__file__).parent)
    return isinstance(obj, types.FunctionType) and obj.__code__.co_filename.startswith(home)


def _is_keras(obj: Any) -> bool:
    return (obj.__module__ or "").split(".")[0] == "keras"


def _refuse_namesakes(objects: list[Any]) -> None:
    names: dict[str, type] = {}
    for cls in (obj for obj in objects if isinstance(obj, type)):
        if names.setdefault(keras.saving.get_registered_name(cls), cls) is not cls:
            raise InvalidModelError(
                f"The model uses two different classes named {cls.__name__!r}; Keras finds classes by name. "
                "Rename one, or rebuild the model after changing the class."
            )


def _key(obj: Any, i: int) -> str:
    """Return an object's name in the saved model: Keras looks classes up by registered name, functions by name."""
    return keras.saving.get_registered_name(obj) if isinstance(obj, type) else f"{obj.__name__}_sparkeras_{i}"
