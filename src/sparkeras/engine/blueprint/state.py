"""The variables of a model and of its optimizer: read, packed as bytes, assigned.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import collections
import json
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypedDict

import keras
import numpy as np

from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError

# The order of their original's variables, for opened models where it differs.
_orders: weakref.WeakKeyDictionary[keras.Model, list[keras.Variable]] = weakref.WeakKeyDictionary()


_UNDECAYED = "_exclude_from_weight_decay"

_Key = tuple[int, str, int]  # number of a variable's layer, its name there, its number among those of that name


class Layout(TypedDict):
    """The variables of a model beside their arrays, JSON-ready, for ``build_alike`` and ``take_over``.

    Attributes
    ----------
    variables : list of (layer number, name, number of that name) or None
    paths : list of str
        Keras' names, by which optimizers may choose.
    optimized : list of int or None
        Numbers of the variables that the optimizer changes, None before it is built.
    undecayed : list of int or None
        Numbers of those without weight decay.
    """

    variables: list[_Key | None]
    paths: list[str]
    optimized: list[int | None] | None
    undecayed: list[int] | None


def get_state(model: keras.Model) -> list[np.ndarray]:
    """Return the arrays of all model variables, then of the optimizer's, in Keras' order, then of further optimizers.

    Those of each further one, e.g. of a GAN, begin with the numbers of the model's variables that it changes.
    """
    first, *others = optimizers(model) or [None]
    variables = [*variables_of(model), *(first.variables if first is not None else [])]
    arrays = [keras.ops.convert_to_numpy(variable.value) for variable in variables]
    numbers = {id(variable): number for number, variable in enumerate(variables_of(model))}
    for optimizer in others:
        changed = optimizer._trainable_variables if optimizer.built else []
        arrays.append(np.array([numbers[id(variable)] for variable in changed], np.int32))
        arrays += [keras.ops.convert_to_numpy(v.value) for v in (optimizer.variables if optimizer.built else [])]
    return arrays


def set_state(model: keras.Model, arrays: Sequence[np.ndarray | None], build_shape: Any = None) -> None:
    """Assign the arrays of ``get_state`` to a model of the same architecture.

    Parameters
    ----------
    model : keras.Model
        Built first, and its optimizers too, if it has not seen data yet.
    arrays : list of arrays
    build_shape : tuple, dict or None
        Shape of one local batch, batch axis None; needed for a model that is not built.
    """
    if not model.built:
        call_on_shapes(model, build_shape)
    first, *others = optimizers(model) or [None]
    if first is not None and not first.built:
        first.build(model.trainable_variables)
    elif first is not None and not others and len(model.variables) + len(first.variables) != len(arrays):
        _start_anew(model)  # as in the training, see take_over
    _assign_all(model, arrays)


def layout(model: keras.Model) -> Layout:
    """Return the Layout of a model."""
    first = next(iter(optimizers(model)), None)
    variables = variables_of(model) if model.built else []
    numbers = {id(variable): number for number, variable in enumerate(variables)}
    changed = [numbers.get(id(v)) for v in first._trainable_variables] if first is not None and first.built else None
    keys, undecayed = _keys(model), _undecayed(first, variables)
    return {
        "variables": [keys.get(id(variable)) for variable in variables],
        "paths": [variable.path for variable in variables],
        "optimized": changed,
        "undecayed": None if undecayed is None else [numbers[id(variable)] for variable in undecayed],
    }


def build_alike(model: keras.Model, original: Layout) -> None:
    """Give an opened model the variables of its original, in their order.

    Keras builds no layer that a subclass makes in ``build``; a call on shapes does. A layer that was quantized after it
    was built has its variables in another order.
    """
    if len(model.variables) != len(original["variables"]):
        call_on_shapes(model, shapes_built_with(model))
    keys = _keys(model)
    by_key = {keys[id(variable)]: variable for variable in model.variables if id(variable) in keys}
    # JSON made lists of the tuples.
    order = [None if key is None else (key[0], key[1], key[2]) for key in original["variables"]]
    if by_key.keys() == set(order):
        _orders[model] = [by_key[key] for key in order if key is not None]
    variables = variables_of(model)
    if len(variables) == len(original["variables"]):
        for variable, path in zip(variables, original.get("paths", ()), strict=False):
            variable._path = path
        undecayed = original.get("undecayed")
        if undecayed is not None:
            _exclude_from_decay(next(iter(optimizers(model))), [variables[number] for number in undecayed])


def take_over(model: keras.Model, arrays: Sequence[np.ndarray | None], original: Layout) -> None:
    """Assign the arrays of ``get_state`` to a copy, made by ``build_alike``.

    The optimizer gets the variables of the original's: a layer may be frozen since. Keras on JAX needs an optimizer
    for exactly the trainable variables, so there it starts anew for those.
    """
    variables, first = variables_of(model), next(iter(optimizers(model)), None)
    _assign(variables, iter(arrays), len(arrays))  # before the optimizer is built: a slot may begin as a copy
    optimized = original["optimized"]
    if first is not None and not first.built and optimized is not None and None not in optimized:
        changed = [variables[number] for number in optimized if number is not None]
        if keras.config.backend() == "jax" and list(map(id, changed)) != list(map(id, model.trainable_variables)):
            first.build(model.trainable_variables)
            return
        first.build(changed)
    _assign_all(model, arrays)


def _start_anew(model: keras.Model) -> None:
    """Give a model an optimizer of the same settings for the variables that are trainable now."""
    before = _undecayed(model.optimizer, model.trainable_variables)
    model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    if before is not None:
        _exclude_from_decay(model.optimizer, before)
    model.optimizer.build(model.trainable_variables)


def _exclude_from_decay(optimizer: keras.Optimizer, variables: Iterable[keras.Variable]) -> None:
    """Exclude variables from an optimizer's weight decay: Keras keeps keys of them, which mean nothing elsewhere."""
    innermost = _innermost(optimizer)
    setattr(innermost, _UNDECAYED, {innermost._var_key(variable) for variable in variables})
    innermost._exclude_from_weight_decay_cache = {}


def _undecayed(optimizer: keras.Optimizer | None, variables: Iterable[keras.Variable]) -> list[keras.Variable] | None:
    """Return those of ``variables`` that an optimizer does not decay; None where nobody has excluded any.

    Keras' keys are ids of variables on JAX and torch, and names that TensorFlow makes.
    """
    innermost = _innermost(optimizer)
    keys = getattr(innermost, _UNDECAYED, None)
    return None if keys is None else [variable for variable in variables if innermost._var_key(variable) in keys]


def _innermost(optimizer: keras.Optimizer | None) -> Any:
    return getattr(optimizer, "inner_optimizer", optimizer)


def assign_variables(model: keras.Model, arrays: Sequence[np.ndarray | None]) -> None:
    """Assign a model's own variables, in the order of ``build_alike``; None leaves one as it is."""
    _assign(variables_of(model), iter(arrays), len(arrays))


def variables_of(model: keras.Model) -> list[keras.Variable]:
    """Return a model's variables, those of an opened one in the order of the original's."""
    return _orders.get(model) or model.variables


def _keys(model: keras.Model) -> dict[int, _Key]:
    """Return ``{id of a variable: its key}``."""
    keys: dict[int, _Key] = {}
    for number, layer in enumerate(keras_internals.layers_of(model)):
        seen: collections.Counter[str] = collections.Counter()
        for variable in [*layer._trainable_variables, *layer._non_trainable_variables]:
            keys[id(variable)] = (number, variable.name, seen[variable.name])
            seen[variable.name] += 1
        for index, generator in enumerate(layer._seed_generators):
            keys[id(generator.state)] = (number, "seed", index)
    return keys


def call_on_shapes(model: keras.Model, shape: Any) -> Any:
    """Return a model's symbolic outputs for inputs of a shape; this builds it as a call on data does.

    A subclassed one makes its variables in ``call``, not in ``build``.
    """
    return model(keras.tree.map_shape_structure(keras.KerasTensor, shape))


def shapes_built_with(model: keras.Model) -> Any:
    """Return the shape of the inputs that built a subclassed model, in the structure of the inputs; None if unknown."""
    return _plain_shapes((model.get_build_config() or {}).get("input_shape"))


def _plain_shapes(shapes: Any) -> Any:
    """Return shapes in plain dicts and tuples: JAX does not take those of Keras' own classes."""
    if isinstance(shapes, dict):
        return {name: _plain_shapes(each) for name, each in shapes.items()}
    return tuple(map(_plain_shapes, shapes)) if isinstance(shapes, list | tuple) else shapes


def _assign_all(model: keras.Model, arrays: Sequence[np.ndarray | None]) -> None:
    first, *others = optimizers(model) or [None]
    variables = [*variables_of(model), *(first.variables if first is not None else [])]
    remaining = iter(arrays)
    _assign(variables, remaining, len(arrays))
    for optimizer in others:
        changed = next(remaining, None)
        if optimizer is not None and changed is not None and len(changed):
            if not optimizer.built:
                optimizer.build([variables_of(model)[number] for number in changed])
            _assign(optimizer.variables, remaining, len(arrays))


def optimizers(model: keras.Model) -> list[keras.Optimizer]:
    """Return the optimizers in a model's attributes, and in lists and dicts there, the compiled one first."""
    values = [getattr(model, "optimizer", None)]
    for value in vars(model).values():
        values += value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    return list({id(each): each for each in values if isinstance(each, keras.optimizers.Optimizer)}.values())


def was_trained(model: keras.Model) -> bool:
    """Tell whether an optimizer of ``model`` has made an update."""
    return any(int(optimizer.iterations.value) for optimizer in optimizers(model))


def _assign(variables: Sequence[keras.Variable], arrays: Iterator[np.ndarray | None], count: int) -> None:
    """Assign the next ``len(variables)`` of ``count`` arrays."""
    values = [array for _, array in zip(variables, arrays, strict=False)]
    shapes = [tuple(v.shape) if a is None else tuple(a.shape) for v, a in zip(variables, values, strict=False)]
    if [tuple(v.shape) for v in variables] != shapes:
        raise InvalidModelError(
            f"The trained model has {count} variables and the given one others, or their shapes differ; a layer is "
            "built differently each time it is made. Build the model fully before fit."
        )
    for variable, array in zip(variables, values, strict=True):
        if array is not None:
            variable.assign(array)


def changes(model: keras.Model, arrays: list[np.ndarray]) -> list[np.ndarray | None]:
    """Return ``arrays`` of ``get_state`` with None for each that the model's own variable equals."""
    own = [keras.ops.convert_to_numpy(variable.value) for variable in variables_of(model)]
    changed = [None if _same(array, other) else array for array, other in zip(arrays, own, strict=False)]
    return changed + arrays[len(changed) :]


def _same(array: np.ndarray, other: np.ndarray) -> bool:
    return array.dtype == other.dtype and array.shape == other.shape and array.tobytes() == other.tobytes()


def pack_state(arrays: Iterable[np.ndarray | None]) -> bytes:
    """Return arrays (None for an unchanged one) as bytes: a line of JSON with dtypes and shapes, then the contents."""
    arrays = [array if array is None else np.asarray(array, order="C") for array in arrays]
    head = json.dumps([array if array is None else [array.dtype.name, array.shape] for array in arrays]).encode()
    return b"\n".join([head, b"".join(array.tobytes() for array in arrays if array is not None)])


def open_state(data: bytes) -> list[np.ndarray | None]:
    """Return the arrays of ``pack_state``."""
    head, contents = data.split(b"\n", 1)
    arrays: list[np.ndarray | None] = []
    offset = 0
    for description in json.loads(head):
        if description is None:
            arrays.append(None)
            continue
        dtype, shape = np.dtype(description[0]), description[1]
        count = int(np.prod(shape))
        arrays.append(np.frombuffer(contents, dtype, count, offset).reshape(shape))
        offset += count * dtype.itemsize
    return arrays
