"""The variables of a model and of its optimizer: taken out, packed as bytes, put back.

Runs on: driver and workers. Imports: Keras (a door) and ``errors``.
"""

import json

import keras
import numpy as np

from sparkeras.errors import InvalidModelError


def get_state(model):
    """Return the arrays of all model variables, then of the optimizer's, in Keras' order, then of further optimizers.

    Of each further one, e.g. of a GAN, first the numbers of the model's variables that it changes.
    """
    first, *others = optimizers(model) or [None]
    variables = [*model.variables, *(first.variables if first is not None else [])]
    arrays = [keras.ops.convert_to_numpy(variable.value) for variable in variables]
    numbers = {id(variable): number for number, variable in enumerate(model.variables)}
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
        # Called on shapes alone: a subclassed model makes its variables in ``call``, and ``build`` makes none.
        model(keras.tree.map_shape_structure(keras.KerasTensor, build_shape))
    first, *others = optimizers(model) or [None]
    if first is not None and not first.built:
        first.build(model.trainable_variables)
    variables = [*model.variables, *(first.variables if first is not None else [])]
    given = iter(arrays)
    _assign(variables, given, len(arrays))
    for optimizer in others:
        changed = next(given, np.zeros(0, np.int32))
        if len(changed):
            if not optimizer.built:
                optimizer.build([model.variables[number] for number in changed])
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
    if [tuple(v.shape) for v in variables] != [tuple(a.shape) for a in found]:
        raise InvalidModelError(
            f"The trained model has {count} variables and the given one others, or their shapes differ; a layer is "
            "built differently each time it is made. Build the model fully before fit."
        )
    for variable, array in zip(variables, found, strict=True):
        variable.assign(array)


def pack_state(arrays):
    """Return arrays as bytes: a line of JSON with dtypes and shapes, then their raw contents."""
    arrays = [np.asarray(array, order="C") for array in arrays]
    head = json.dumps([[array.dtype.name, array.shape] for array in arrays]).encode()
    return b"\n".join([head, b"".join(array.tobytes() for array in arrays)])


def open_state(data):
    """Return the arrays that ``pack_state`` packed."""
    head, contents = data.split(b"\n", 1)
    arrays, offset = [], 0
    for dtype, shape in json.loads(head):
        dtype = np.dtype(dtype)
        count = int(np.prod(shape))
        arrays.append(np.frombuffer(contents, dtype, count, offset).reshape(shape))
        offset += count * dtype.itemsize
    return arrays
