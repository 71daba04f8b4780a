"""The classes and functions that a model uses and Keras does not bring: the user's layers, losses, lambdas.

Runs on: driver.
"""

import contextlib
import types
from pathlib import Path

import keras

from sparkeras.engine.blueprint import byvalue
from sparkeras.errors import InvalidModelError


def custom_objects(model):
    """Return ``{name: class or function}``: all that is reachable from the model and that Keras does not bring.

    Raises
    ------
    InvalidModelError
        If two different classes share a name.
    """
    return {_key(obj, i): obj for i, obj in enumerate(_found(model))}


@contextlib.contextmanager
def functions_named(named):
    """Give functions unique names while Keras saves them.

    Keras marshals a function named ``<lambda>``, which loses the names it uses, and mixes up two functions of one name.
    """
    functions = {key: obj for key, obj in named.items() if isinstance(obj, types.FunctionType)}
    names = {key: function.__name__ for key, function in functions.items()}
    with byvalue.lock:
        try:
            for key, function in functions.items():
                function.__name__ = key
            yield
        finally:
            for key, function in functions.items():
                function.__name__ = names[key]


def _found(model):
    found, seen, queue = [], set(), [model]
    while queue:
        obj = queue.pop()
        if id(obj) in seen:
            continue
        seen.add(id(obj))
        if isinstance(obj, types.FunctionType | type):
            if not (_is_found_by_name(obj) if _is_keras(obj) else _wraps_a_method(obj)):
                found.append(obj)
        elif isinstance(obj, dict):
            queue.extend(obj.values())
        elif isinstance(obj, list | tuple | set):
            queue.extend(obj)
        elif any(_is_keras(base) for base in type(obj).__mro__) and not isinstance(
            obj, keras.Variable | keras.KerasTensor
        ):
            queue.append(type(obj))
            queue.extend(vars(obj).values() if hasattr(obj, "__dict__") else ())
    found = [obj for obj in found if not (isinstance(obj, type) and obj.__module__ == "builtins")]
    _refuse_namesakes(found)
    return found


def _is_found_by_name(obj):
    """Tell whether Keras finds a function of its own again by what it saves of it; not so those of ``keras.ops``."""
    if not isinstance(obj, types.FunctionType) or "." in obj.__qualname__:
        return True
    try:
        return keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(obj)) is obj
    except (TypeError, ValueError):
        return False


def _wraps_a_method(obj):
    """Tell whether a function is one that Keras puts before a layer's own ``build``, under its name and module."""
    home = str(Path(keras.__file__).parent)
    return isinstance(obj, types.FunctionType) and obj.__code__.co_filename.startswith(home)


def _is_keras(obj):
    return (obj.__module__ or "").split(".")[0] == "keras"


def _refuse_namesakes(found):
    names = {}
    for cls in (obj for obj in found if isinstance(obj, type)):
        if names.setdefault(keras.saving.get_registered_name(cls), cls) is not cls:
            raise InvalidModelError(
                f"The model uses two different classes named {cls.__name__!r}; Keras finds classes by name. "
                "Rename one, or rebuild the model after changing the class."
            )


def _key(obj, i):
    """Name an object as the saved model will: Keras looks classes up by registered name, functions by name."""
    return keras.saving.get_registered_name(obj) if isinstance(obj, type) else f"{obj.__name__}_sparkeras_{i}"
