"""What the caller's code and callbacks hold of a model stays part of it: the same layer, optimizer, loss or variable.

A callback that keeps the model, a metric that reads the optimizer's rate, a loss with a weight that a callback changes:
each is pickled apart from the model. Its parts travel by the way to them, and a variable outside the model by a number,
so that both sides hold one object again where the bytes are opened.

Runs on: driver, Spark task, training process.
"""

import contextlib
import functools
import sys
import types
import weakref
from dataclasses import dataclass

import keras

from sparkeras.engine.blueprint import byvalue, trained_parts
from sparkeras.engine.blueprint.attributes import follow, is_of_compile, roots

# model: {number: a variable outside the model that the caller's code holds}
_SHARED: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
# copy: a reference to the model that it is a copy of
_ORIGINALS: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class _Later:
    """Stands for a part of a model that is still to be opened."""

    way: tuple


class Links:
    """Names for the parts of a model, and for the variables beside it.

    Parameters
    ----------
    model : keras.Model
    """

    def __init__(self, model):
        original = _ORIGINALS[model]() if model in _ORIGINALS else None
        self.model, self.ways = model, _ways(model) | (_ways(original) if original is not None else {})
        self.shared = _SHARED.setdefault(model, {})

    def name(self, obj):
        """Return the name of a part or a variable, None for any other object; pickle calls that ``persistent_id``."""
        if id(obj) in self.ways:
            return "part", self.ways[id(obj)][0]
        if not isinstance(obj, keras.Variable):
            return None
        number = next((number for number, variable in self.shared.items() if variable is obj), len(self.shared))
        self.shared[number] = obj
        settings = {"dtype": obj.dtype, "trainable": obj.trainable, "name": obj.name}
        return "shared", number, keras.ops.convert_to_numpy(obj.value), settings

    def find(self, name):
        """Return what has a name: the part of this model, or the variable, which takes the value that was packed."""
        return follow(self.model, name[1]) if name[0] == "part" else _variable(self.shared, *name[1:])


def stand_in(copy, model):
    """Let what is held of ``model`` mean the same part of its ``copy`` where that one travels."""
    _ORIGINALS[copy] = _ORIGINALS.get(model, weakref.ref(model))


def parts_of(model):
    """Return a model's layers, and the losses, metrics, optimizers and schedules that it was compiled with."""
    return [part for _, part in _ways(model).values() if not isinstance(part, keras.Variable)]


@contextlib.contextmanager
def linked(model):
    """Let ``byvalue`` pack and open by the names of a model's parts within this context."""
    links = Links(model)
    with byvalue.naming(links.name, links.find):
        yield


def _variable(shared, number, array, settings):
    if number in shared:
        shared[number].assign(array)
    else:
        shared[number] = keras.Variable(array, **settings)
    return shared[number]


class Early:
    """Opens the code of a model before the model: its parts are put in place by ``fill``."""

    def __init__(self):
        self.shared, self.code, self.waits = {}, {}, False

    def naming(self):
        """Return the context in which ``byvalue`` opens what was packed by name."""
        return byvalue.naming(None, self._find)

    def opened(self, data):
        """Return the code of a model, by name."""
        with self.naming():
            self.code = byvalue.loads(data) if data else {}
        return self.code

    def put_parts(self, model, data):
        """Give an opened model what ``trained_parts`` found."""
        with self.naming():
            trained_parts.put(model, byvalue.loads(data))

    def _find(self, name):
        if name[0] == "part":
            self.waits = True
            return _Later(name[1])
        return _variable(self.shared, *name[1:])

    def fill(self, model):
        """Put the parts of an opened model where its code, its losses and its metrics wait for them."""
        _SHARED[model] = self.shared
        if self.waits:
            queue, seen = [*self.code.values(), *(follow(model, way) for way in roots(model))], set()
            while queue:
                obj = queue.pop()
                if id(obj) not in seen:
                    seen.add(id(obj))
                    queue += _filled(obj, model)


def _filled(obj, model):
    """Put the parts of ``model`` in their places in one object; return the objects that it holds."""
    if isinstance(obj, types.FunctionType):
        for cell in obj.__closure__ or ():
            with contextlib.suppress(ValueError):  # an empty cell
                cell.cell_contents = _part(cell.cell_contents, model)
        obj.__defaults__ = _part(obj.__defaults__, model)
        cells = [cell.cell_contents for cell in obj.__closure__ or () if _is_full(cell)]
        # The names of a module that lies here hold what they always held.
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
    held = obj if isinstance(obj, dict) else vars(obj)
    for key, value in list(held.items()):
        held[key] = _part(value, model)
    return list(held.values())


def _part(value, model):
    """Return the part of ``model`` that a value stands for, or the value with such parts within it."""
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


def _is_full(cell):
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def _ways(model):
    """Return {id: (way, part)} of a model's layers, their own variables, and what it was compiled with."""
    found = {}
    for number, layer in enumerate(model._flatten_layers()):
        found.setdefault(id(layer), ((("layer", number),), layer))
        for name in ("_trainable_variables", "_non_trainable_variables"):
            for place, variable in enumerate(getattr(layer, name, ())):
                way = (("layer", number), ("attribute", name), ("item", place))
                found.setdefault(id(variable), (way, variable))
    for way in roots(model):
        _walk(follow(model, way), way, found, set())
    return found


def _walk(obj, way, found, seen):
    """Add the ways to losses, metrics, optimizers, schedules and variables below what a model was compiled with."""
    if isinstance(obj, keras.Layer) or id(obj) in seen:
        return
    seen.add(id(obj))
    if isinstance(obj, list | tuple):
        for index, each in enumerate(obj):
            _walk(each, (*way, ("item", index)), found, seen)
    elif isinstance(obj, dict):
        for key, each in obj.items():
            _walk(each, (*way, ("item", key)), found, seen)
    elif isinstance(obj, keras.Variable):
        found.setdefault(id(obj), (way, obj))
    elif is_of_compile(obj):
        found.setdefault(id(obj), (way, obj))
        for name, each in list(vars(obj).items()):
            # A loss is made by its own code; a variable that it holds is not there before it is opened.
            if not (isinstance(obj, keras.Loss) and isinstance(each, keras.Variable)):
                _walk(each, (*way, ("attribute", name)), found, seen)
