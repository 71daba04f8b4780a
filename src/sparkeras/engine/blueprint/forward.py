"""One forward pass over rows padded to a given number: JAX and TensorFlow compile each number of rows anew.

Runs on: driver, Spark task.
"""

from typing import Any

import keras
import numpy as np

from sparkeras.engine.blueprint.models import name_of_only_input


def padded_forward(model: keras.Model, inputs: Any, rows: int, size: int) -> list[np.ndarray]:
    """Return a model's outputs, arrays (rows, ...) in the order of ``keras.tree.flatten``.

    Parameters
    ----------
    model : keras.Model
    inputs : array, tuple or dict of arrays
        (rows, ...) each, as the model's call takes them.
    rows : int
    size : int
        Rows of the forward pass, ``rows`` or more; the others are zero.
    """
    name = name_of_only_input(model)
    if name and not isinstance(inputs, dict):
        inputs = {name: inputs}
    if size > rows:
        inputs = keras.tree.map_structure(lambda array: _padded(array, size), inputs)
    outputs = keras.tree.flatten(model.predict_on_batch(inputs))
    return [np.asarray(output)[:rows] for output in outputs]


def _padded(array: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([array, np.zeros((size - len(array), *array.shape[1:]), array.dtype)])
