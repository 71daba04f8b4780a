"""The variables of a model and of its optimizer: taken out, packed as bytes, put back.

Runs on: driver and workers. Imports: Keras (a door) and ``errors``.
"""

import json

import keras
import numpy as np

from sparkeras.errors import InvalidModelError


def get_state(model):
    """Return the arrays of all model variables, then of all optimizer variables, in Keras' order."""
    optimizer = getattr(model, "optimizer", None)
    variables = [*model.variables, *(optimizer.variables if optimizer is not None else [])]
    return [keras.ops.convert_to_numpy(variable.value) for variable in variables]


def set_state(model, arrays, build_shape=None):
    """Assign what ``get_state`` returned for a model of the same architecture.

    Parameters
    ----------
    model : keras.Model
        Built first, and its optimizer too, where the caller's model had not seen data yet.
    arrays : list of arrays
    build_shape : tuple, dict or None
        Shape of one local batch, batch axis None; needed for a model that is not built.
    """
    if not model.built:
        # Called on shapes alone: a subclassed model makes its variables in ``call``, and ``build`` makes none.
        model(keras.tree.map_shape_structure(keras.KerasTensor, build_shape))
    optimizer = getattr(model, "optimizer", None)
    if optimizer is not None and not optimizer.built:
        optimizer.build(model.trainable_variables)
    variables = [*model.variables, *(optimizer.variables if optimizer is not None else [])]
    if [tuple(v.shape) for v in variables] != [tuple(a.shape) for a in arrays]:
        raise InvalidModelError(
            f"The trained model has {len(arrays)} variables and the given one {len(variables)}, or their shapes "
            "differ; a layer is built differently each time it is made. Build the model fully before fit."
        )
    for variable, array in zip(variables, arrays, strict=True):
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
