"""What Keras' own ``fit`` leaves in a model beside its weights: the metrics of the last epoch, and whether it stopped.

Runs on: driver and workers. Imports: Keras (a door).
"""

import contextlib

import keras


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
        "metrics": [keras.ops.convert_to_numpy(variable.value) for variable in model.metrics_variables],
        "batch": keras.tree.map_structure(_described, batch),
    }


def _described(array):
    return None if array is None else " ".join(map(str, (array.dtype.name, *array.shape)))


def assign(model, kept):
    """Give ``model`` the metrics' state and ``stop_training`` of a training elsewhere.

    Metrics of a model that Keras cannot build from shapes alone stay as they were; weights do not depend on them.
    """
    model.stop_training = kept["stop_training"]
    with contextlib.suppress(Exception):  # of the user's own code, which is called on shapes alone
        model._symbolic_build(data_batch=keras.tree.map_structure(_symbolic, kept["batch"]))
    variables = model.metrics_variables
    if [tuple(v.shape) for v in variables] == [array.shape for array in kept["metrics"]]:
        for variable, array in zip(variables, kept["metrics"], strict=True):
            variable.assign(array)


def _symbolic(described):
    if described is None:
        return None
    dtype, *shape = described.split()
    return keras.KerasTensor(tuple(map(int, shape)), dtype)
