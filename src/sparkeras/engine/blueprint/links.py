"""References from the caller's code and callbacks to parts of a model: a layer, the optimizer, a loss, a variable.

A callback that keeps the model, a metric that reads the optimizer's rate, a loss with a weight that a callback changes:
each is pickled apart from the model. A part is pickled as its path in the model, a variable outside the model as a
number, so both share one object again where the bytes are opened.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import functools
import sys
import types
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from sparkeras.engine.blueprint import byvalue, trained_parts
from sparkeras.engine.blueprint.attributes import Way, follow, is_of_compile, roots
from sparkeras.engine.blueprint.without_get_config import BY_ATTRIBUTES
from sparkeras.engine.internals import keras_internals

# model: {number: a variable outside the model that the caller's code refers to}
_SHARED: weakref.WeakKeyDictionary[keras.Model, dict[int, keras.Variable]] = weakref.WeakKeyDictionary()
# copy: a reference to its original
_ORIGINALS: weakref.WeakKeyDictionary[keras.Model, weakref.ref[keras.Model]] = weakref.WeakKeyDictionary()

# The name of a part: ("part", way), or ("shared", number, value, settings) of a variable outside the model.
Name = tuple[Any, ...]


@dataclass(frozen=True)
class _Later:
    """A placeholder for a part of a model that is opened later."""

    way: Way


class Links:
    """Names for the parts of a model, and for the variables beside it.

    Parameters
    ----------
    model : keras.Model
    """

    def __init__(self, model: keras.Model) -> None:
        original = _ORIGINALS[model]() if model in _ORIGINALS else None
        self.model, self.ways = model, _ways(model) | (_ways(original) if original is not None else {})
        self.shared = _SHARED.setdefault(model, {})

    def name(self, obj: Any) -> Name | None:
        """Return the name of a part or a variable, None for any other object; pickle calls that ``persistent_id``."""
        if id(obj) in self.ways:
            return "part", self.ways[id(obj)][0]
        if not isinstance(obj, keras.Variable):
            return None
        number = next((number for number, variable in self.shared.items() if variable is obj), len(self.shared))
        self.shared[number] = obj
        settings = {"dtype": obj.dtype, "trainable": obj.trainable, "name": obj.name}
        return "shared", number, keras.ops.convert_to_numpy(obj.value), settings

    def find(self, name: Name) -> Any:
        """Return the object of a name: a part of this model, or a variable, with the value that was packed."""
        return follow(self.model, name[1]) if name[0] == "part" else _variable(self.shared, *name[1:])


def stand_in(copy: keras.Model, model: keras.Model) -> None:
    """Let references to parts of ``model`` mean those of its ``copy`` where the copy travels."""
    _ORIGINALS[copy] = _ORIGINALS.get(model, weakref.ref(model))


def parts_of(model: keras.Model) -> list[Any]:
    """Return a model's layers, and its compiled losses, metrics, optimizers and schedules."""
    return [part for _, part in _ways(model).values() if not isinstance(part, keras.Variable)]


@contextlib.contextmanager
def linked(model: keras.Model) -> Iterator[None]:
    """Let ``byvalue`` pack and open the parts of a model by name within this context."""
    links = Links(model)
    with byvalue.naming(links.name, links.find):
        yield


def _variable(
    shared: dict[int, keras.Variable], number: int, array: np.ndarray, settings: dict[str, Any]
) -> keras.Variable:
    if number in shared:
        shared[number].assign(array)
    else:
        shared[number] = keras.Variable(array, **settings)
    return shared[number]


class Early:
    """Opens the code of a model before the model; ``fill`` replaces the placeholders by its parts."""

    def __init__(self) -> None:
        self.shared: dict[int, keras.Variable] = {}
        self.code: dict[str, Any] = {}
        self.has_placeholders = False

    def naming(self) -> AbstractContextManager[None]:
        """Return the context in which ``byvalue`` opens objects that were packed by name."""
        return byvalue.naming(None, self._find)

    def opened(self, data: bytes) -> dict[str, Any]:
        """Return the code of a model, by name."""
        with self.naming():
            self.code = byvalue.loads(data) if data else {}
        return self.code

    def put_parts(self, model: keras.Model, data: bytes) -> None:
        """Set the packed ``trained_parts`` on an opened model."""
        with self.naming():
            trained_parts.put(model, byvalue.loads(data))

    def _find(self, name: Name) -> Any:
        if name[0] == "part":
            self.has_placeholders = True
            return _Later(name[1])
        return _variable(self.shared, *name[1:])

    def fill(self, model: keras.Model) -> None:
        """Replace the placeholders in the code, losses and metrics of an opened model by its parts."""
        _SHARED[model] = self.shared
        if self.has_placeholders:
            queue = [*self.code.values(), *(follow(model, way) for way in roots(model))]
            seen: set[int] = set()
            while queue:
                obj = queue.pop()
                if id(obj) not in seen:
                    seen.add(id(obj))
                    queue += _filled(obj, model)


def _filled(obj: Any, model: keras.Model) -> list[Any]:
    """Replace the placeholders in one object by parts of ``model``; return the objects that it refers to."""
    if isinstance(obj, types.FunctionType):
        for cell in obj.__closure__ or ():
            with contextlib.suppress(ValueError):  # an empty cell
                cell.cell_contents = _part(cell.cell_contents, model)
        obj.__defaults__ = _part(obj.__defaults__, model)
        cells = [cell.cell_contents for cell in obj.__closure__ or () if _is_full(cell)]
        # A module of this process has no placeholders.
        names = None if vars(sys.modules.get(obj.__module__, types)) is obj.__globals__ else obj.__globals__
        return [*cells, names, obj.__kwdefaults__, vars(obj), obj.__defaults__]
    if isinstance(obj, types.MethodType | staticmethod | classmethod):
        return [obj.__func__, getattr(obj, "__self__", None)]
    if isinstance(obj, functools.partial):
        return [obj.func, obj.args, obj.keywords]
    if isinstance(obj, type):
        return [] if obj.__module__.split(".")[0] in ("keras", "builtins") else list(vars(obj).values())
    if isinstance(obj, list):
        obj[:] = [_part(value, model) for value in obj]
    if isinstance(obj, list | tuple):
        return list(obj)
    if isinstance(obj, types.ModuleType | keras.Layer) or not (isinstance(obj, dict) or hasattr(obj, "__dict__")):
        return []
    attributes = obj if isinstance(obj, dict) else vars(obj)
    for key, value in list(attributes.items()):
        attributes[key] = _part(value, model)
    return list(attributes.values())


def _part(value: Any, model: keras.Model) -> Any:
    """Return the part of ``model`` for a placeholder; any other value with the placeholders within it replaced."""
    if isinstance(value, _Later):
        return follow(model, value.way)
    if type(value) is tuple:
        return tuple(_part(each, model) for each in value)
    if isinstance(value, types.MethodType) and isinstance(value.__self__, _Later):
        return types.MethodType(value.__func__, follow(model, value.__self__.way))
    if isinstance(value, functools.partial):
        keywords = {name: _part(each, model) for name, each in value.keywords.items()}
        return functools.partial(_part(value.func, model), *_part(value.args, model), **keywords)
    return value


def _is_full(cell: types.CellType) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _ways(model: keras.Model) -> dict[int, tuple[Way, Any]]:
    """Return {id: (way, part)} of a model's layers, their own variables, its optimizer, losses and metrics."""
    ways: dict[int, tuple[Way, Any]] = {}
    for number, layer in enumerate(keras_internals.layers_of(model)):
        ways.setdefault(id(layer), ((("layer", number),), layer))
        for name in ("_trainable_variables", "_non_trainable_variables"):
            for index, variable in enumerate(getattr(layer, name, ())):
                way = (("layer", number), ("attribute", name), ("item", index))
                ways.setdefault(id(variable), (way, variable))
    for root in roots(model):
        _walk(follow(model, root), root, ways, set())
    return ways


def _walk(obj: Any, way: Way, ways: dict[int, tuple[Way, Any]], seen: set[int]) -> None:
    """Add the ways to losses, metrics, optimizers, schedules and variables below an object of ``compile``."""
    if isinstance(obj, keras.Layer) or id(obj) in seen:
        return
    seen.add(id(obj))
    if isinstance(obj, list | tuple):
        for index, each in enumerate(obj):
            _walk(each, (*way, ("item", index)), ways, seen)
    elif isinstance(obj, dict):
        for key, each in obj.items():
            _walk(each, (*way, ("item", key)), ways, seen)
    elif isinstance(obj, keras.Variable):
        ways.setdefault(id(obj), (way, obj))
    elif is_of_compile(obj):
        ways.setdefault(id(obj), (way, obj))
        for name, each in list(vars(obj).items()):
            # These are built by their own code; a variable of one does not exist before it is opened.
            if not (isinstance(obj, BY_ATTRIBUTES) and isinstance(each, keras.Variable)):
                _walk(each, (*way, ("attribute", name)), ways, seen)
