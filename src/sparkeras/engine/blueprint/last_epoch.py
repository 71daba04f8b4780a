"""The state that Keras' own ``fit`` leaves in a model beside its weights: the last epoch's metrics, ``stop_training``.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
from typing import Any, TypedDict

import keras
import numpy as np

from sparkeras.engine.blueprint.models import metrics_of
from sparkeras.engine.internals import keras_internals


class LastEpoch(TypedDict):
    """Plain values and NumPy arrays, for ``assign``.

    Attributes
    ----------
    stop_training : bool
    names : list of str
        Of each variable, the name of its metric.
    metrics : list of arrays
        The variables' values.
    batch : nested str or None
        ``"float32 32 784"`` for each array of one batch.
    """

    stop_training: bool
    names: list[str]
    metrics: list[np.ndarray]
    batch: Any


def taken(model: keras.Model, batch: tuple[Any, ...]) -> LastEpoch:
    """Return the LastEpoch of a trained model.

    Parameters
    ----------
    model : keras.Model
        Trained.
    batch : tuple
        (x,) or (x, y) of one batch, arrays in Keras' structure: a metric is built by their shapes.
    """
    return {
        "stop_training": bool(model.stop_training),
        "names": [name for name, _ in _variables(model)],
        "metrics": [keras.ops.convert_to_numpy(variable.value) for _, variable in _variables(model)],
        "batch": keras.tree.map_structure(_described, batch),
    }


def _described(array: np.ndarray | None) -> str | None:
    return None if array is None else " ".join(map(str, (array.dtype.name, *array.shape)))


def assign(model: keras.Model, last: LastEpoch) -> None:
    """Set the metrics' state and ``stop_training`` of a training elsewhere.

    Metrics of a model that Keras cannot build from shapes alone stay as they were; weights do not depend on them. A
    metric of an earlier compile, which Keras keeps, starts anew.
    """
    model.stop_training = last["stop_training"]
    with contextlib.suppress(Exception):  # of the user's own code, which is called on shapes alone
        keras_internals.build_on_shapes(model, keras.tree.map_structure(_symbolic, last["batch"]))
    arrays = list(zip(last["names"], last["metrics"], strict=True))
    for name, variable in _variables(model):
        index = next((index for index, (metric, _) in enumerate(arrays) if metric == name), None)
        if index is None:
            variable.assign(keras.ops.zeros_like(variable.value))
        elif arrays[index][1].shape == tuple(variable.shape):
            variable.assign(arrays.pop(index)[1])


def _variables(model: keras.Model) -> list[tuple[str, keras.Variable]]:
    """Return (name of the metric, variable) of all metrics."""
    return [(metric.name, variable) for metric in metrics_of(model) for variable in metric.variables]


def _symbolic(description: str | None) -> keras.KerasTensor | None:
    if description is None:
        return None
    dtype, *shape = description.split()
    return keras.KerasTensor(tuple(map(int, shape)), dtype)
