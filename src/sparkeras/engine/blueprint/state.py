"""The variables of a model and of its optimizer: taken out, packed as bytes, put back.

Runs on: driver, Spark task, training process.
"""

import collections
import json
import weakref

import keras
import numpy as np

from sparkeras.errors import InvalidModelError

# Of opened models whose variables are in another order than their original's: that order.
_orders: "weakref.WeakKeyDictionary[keras.Model, list]" = weakref.WeakKeyDictionary()


_UNDECAYED = "_exclude_from_weight_decay"


def get_state(model):
    """Return the arrays of all model variables, then of the optimizer's, in Keras' order, then of further optimizers.

    Of each further one, e.g. of a GAN, first the numbers of the model's variables that it changes.
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


def set_state(model, arrays, build_shape=None):
    """Assign what ``get_state`` returned for a model of the same architecture.

    Parameters
    ----------
    model : keras.Model
        Built first, and its optimizers too, where the caller's model had not seen data yet.
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


def layout(model):
    """Return what ``take_over`` must know of a model beside its arrays, as JSON takes it.

    Returns
    -------
    dict
        ``variables``: of each its layer's number, its name there, and which of that name it is; ``paths``: as Keras
        names them, by which optimizers may choose; ``optimized``: the numbers of those that the optimizer changes, None
        before it is built; ``undecayed``: of those that its weight decay leaves alone.
    """
    first = next(iter(optimizers(model)), None)
    variables = variables_of(model) if model.built else []
    numbers = {id(variable): number for number, variable in enumerate(variables)}
    changed = [numbers.get(id(v)) for v in first._trainable_variables] if first is not None and first.built else None
    keys, spared = _keys(model), getattr(_innermost(first), _UNDECAYED, None)
    return {
        "variables": [keys.get(id(variable)) for variable in variables],
        "paths": [variable.path for variable in variables],
        "optimized": changed,
        "undecayed": None if spared is None else [number for key, number in numbers.items() if key in spared],
    }


def build_alike(model, told):
    """Give an opened model the variables of the one whose ``layout`` is told, in their order.

    Keras builds no layer that a subclass makes in ``build``; a call on shapes does. A layer that was quantized after it
    was built has made its variables in another order.
    """
    if len(model.variables) != len(told["variables"]):
        call_on_shapes(model, shapes_built_with(model))
    keys = _keys(model)
    there = {tuple(keys[id(variable)]): variable for variable in model.variables if id(variable) in keys}
    wanted = [key and tuple(key) for key in told["variables"]]
    if None not in wanted and there.keys() == set(wanted):
        _orders[model] = [there[key] for key in wanted]
    variables = variables_of(model)
    if len(variables) == len(told["variables"]):
        for variable, path in zip(variables, told.get("paths", ()), strict=False):
            variable._path = path
        if told.get("undecayed") is not None:
            _spare_decay(next(iter(optimizers(model))), [variables[number] for number in told["undecayed"]])


def take_over(model, arrays, told):
    """Assign what ``get_state`` said of the model that this one, made by ``build_alike``, is a copy of.

    The optimizer gets the variables that the original's has: a layer may be frozen since. Keras on JAX takes an
    optimizer for just the variables that train, so there it starts anew for those.
    """
    variables, first = variables_of(model), next(iter(optimizers(model)), None)
    _assign(variables, iter(arrays), len(arrays))  # before the optimizer is built: a slot may begin as a copy
    if first is not None and not first.built and told["optimized"] is not None and None not in told["optimized"]:
        changed = [variables[number] for number in told["optimized"]]
        if keras.config.backend() == "jax" and list(map(id, changed)) != list(map(id, model.trainable_variables)):
            first.build(model.trainable_variables)
            return
        first.build(changed)
    _assign_all(model, arrays)


def _start_anew(model):
    """Give a model an optimizer of the same settings for the variables that train now."""
    before = getattr(_innermost(model.optimizer), _UNDECAYED, None)
    model.optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
    if before is not None:
        _spare_decay(model.optimizer, [variable for variable in model.trainable_variables if id(variable) in before])
    model.optimizer.build(model.trainable_variables)


def _spare_decay(optimizer, variables):
    """Let an optimizer's weight decay leave variables alone: Keras keeps their ids, which mean nothing elsewhere."""
    setattr(_innermost(optimizer), _UNDECAYED, set(map(id, variables)))
    _innermost(optimizer)._exclude_from_weight_decay_cache = {}


def _innermost(optimizer):
    return getattr(optimizer, "inner_optimizer", optimizer)


def assign_variables(model, arrays):
    """Assign a model's own variables, in the order of ``build_alike``; None leaves one as it is."""
    _assign(variables_of(model), iter(arrays), len(arrays))


def variables_of(model):
    """Return a model's variables, those of an opened one in the order of the original's."""
    return _orders.get(model) or model.variables


def _keys(model):
    """Return ``{id of a variable: [number of its layer, its name there, which of that name]}``."""
    keys = {}
    for number, layer in enumerate(model._flatten_layers()):
        seen = collections.Counter()
        for variable in [*layer._trainable_variables, *layer._non_trainable_variables]:
            keys[id(variable)] = [number, variable.name, seen[variable.name]]
            seen[variable.name] += 1
        for place, generator in enumerate(layer._seed_generators):
            keys[id(generator.state)] = [number, "seed", place]
    return keys


def call_on_shapes(model, shape):
    """Return what a model gives for inputs of a shape; it is built as by a call on data.

    A subclassed one makes its variables in ``call``, ``build`` makes none.
    """
    return model(keras.tree.map_shape_structure(keras.KerasTensor, shape))


def shapes_built_with(model):
    """Return the shape of the inputs that built a subclassed model, several in their structure; None if unknown."""
    return _plain_shapes((model.get_build_config() or {}).get("input_shape"))


def _plain_shapes(shapes):
    """Return shapes in plain dicts and tuples: Keras keeps them in its own, which JAX does not take."""
    if isinstance(shapes, dict):
        return {name: _plain_shapes(each) for name, each in shapes.items()}
    return tuple(map(_plain_shapes, shapes)) if isinstance(shapes, list | tuple) else shapes


def _assign_all(model, arrays):
    first, *others = optimizers(model) or [None]
    variables = [*variables_of(model), *(first.variables if first is not None else [])]
    given = iter(arrays)
    _assign(variables, given, len(arrays))
    for optimizer in others:
        changed = next(given, np.zeros(0, np.int32))
        if len(changed):
            if not optimizer.built:
                optimizer.build([variables_of(model)[number] for number in changed])
            _assign(optimizer.variables, given, len(arrays))


def optimizers(model):
    """Return the optimizers that a model holds, in attributes or in lists and dicts there, the compiled one first."""
    found = [getattr(model, "optimizer", None)]
    for value in vars(model).values():
        found += value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else [value]
    kept = [each for each in found if isinstance(each, keras.optimizers.Optimizer)]
    return list({id(optimizer): optimizer for optimizer in kept}.values())


def was_trained(model):
    """Tell whether an optimizer of ``model`` has made an update yet."""
    return any(int(optimizer.iterations.value) for optimizer in optimizers(model))


def _assign(variables, arrays, count):
    found = [array for _, array in zip(variables, arrays, strict=False)]
    shapes = [tuple(v.shape) if a is None else tuple(a.shape) for v, a in zip(variables, found, strict=False)]
    if [tuple(v.shape) for v in variables] != shapes:
        raise InvalidModelError(
            f"The trained model has {count} variables and the given one others, or their shapes differ; a layer is "
            "built differently each time it is made. Build the model fully before fit."
        )
    for variable, array in zip(variables, found, strict=True):
        if array is not None:
            variable.assign(array)


def changes(model, arrays):
    """Return ``arrays`` of ``get_state`` with None for each that the model's own variable has already."""
    there = [keras.ops.convert_to_numpy(variable.value) for variable in variables_of(model)]
    kept = [None if _same(array, other) else array for array, other in zip(arrays, there, strict=False)]
    return kept + arrays[len(kept) :]


def _same(array, other):
    return array.dtype == other.dtype and array.shape == other.shape and array.tobytes() == other.tobytes()


def pack_state(arrays):
    """Return arrays (None for one that stays) as bytes: a line of JSON with dtypes and shapes, then their contents."""
    arrays = [array if array is None else np.asarray(array, order="C") for array in arrays]
    head = json.dumps([array if array is None else [array.dtype.name, array.shape] for array in arrays]).encode()
    return b"\n".join([head, b"".join(array.tobytes() for array in arrays if array is not None)])


def open_state(data):
    """Return the arrays that ``pack_state`` packed."""
    head, contents = data.split(b"\n", 1)
    arrays, offset = [], 0
    for told in json.loads(head):
        if told is None:
            arrays.append(None)
            continue
        dtype, shape = np.dtype(told[0]), told[1]
        count = int(np.prod(shape))
        arrays.append(np.frombuffer(contents, dtype, count, offset).reshape(shape))
        offset += count * dtype.itemsize
    return arrays
