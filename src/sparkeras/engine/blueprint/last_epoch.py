"""What Keras' own ``fit`` leaves in a model beside its weights: the metrics of the last epoch, and whether it stopped.

Runs on: driver, Spark task, training process.
"""

import contextlib

import keras

from sparkeras.engine.blueprint.models import metrics_of


def taken(model, batch):
    """Return what ``assign`` needs, as plain values and NumPy arrays.

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


def _described(array):
    return None if array is None else " ".join(map(str, (array.dtype.name, *array.shape)))


def assign(model, kept):
    """Give ``model`` the metrics' state and ``stop_training`` of a training elsewhere.

    Metrics of a model that Keras cannot build from shapes alone stay as they were; weights do not depend on them. A
    metric of an earlier compile, which Keras keeps, starts anew.
    """
    model.stop_training = kept["stop_training"]
    with contextlib.suppress(Exception):  # of the user's own code, which is called on shapes alone
        model._symbolic_build(data_batch=keras.tree.map_structure(_symbolic, kept["batch"]))
    arrays = list(zip(kept["names"], kept["metrics"], strict=True))
    for name, variable in _variables(model):
        place = next((place for place, (of, _) in enumerate(arrays) if of == name), None)
        if place is None:
            variable.assign(keras.ops.zeros_like(variable.value))
        elif arrays[place][1].shape == tuple(variable.shape):
            variable.assign(arrays.pop(place)[1])


def _variables(model):
    """Return (name of its metric, variable) of all metrics."""
    return [(metric.name, variable) for metric in metrics_of(model) for variable in metric.variables]


def _symbolic(described):
    if described is None:
        return None
    dtype, *shape = described.split()
    return keras.KerasTensor(tuple(map(int, shape)), dtype)
