"""One model that answers requests: a run's ``model.keras``, its inputs and outputs by name, its forward pass.

Runs on: driver.
"""

from dataclasses import dataclass

import keras
import numpy as np

from sparkeras.engine import model_files
from sparkeras.engine.blueprint.outputs import output_names
from sparkeras.errors import InvalidModelError
from sparkeras.runs import text_rows
from sparkeras.runs.run_folder import Run

MOST_ROWS = 64  # of one forward pass
# Each number of rows is compiled for itself; others are filled up to the next of these.
SIZES = (1, 2, 4, 8, 16, 32, MOST_ROWS)
MOST_PROGRAMS = 100  # kept at a time; each takes some 2 MB, and rows of any size would want one each


@dataclass(frozen=True)
class Tensor:
    """An input or output: its name, the shape of one row (None where any size will do), NumPy's name of its type."""

    name: str
    shape: tuple
    dtype: str


class ServedModel:
    """A model ready to answer; ``predict`` is for one thread at a time.

    Attributes
    ----------
    folder : path of its run
    inputs, outputs : list of Tensor
    classes : list of str
        Their names, empty where the run has none.
    words : text_rows.Words
        Of a model of texts, else None.

    Raises
    ------
    RunFolderError, InvalidModelError
        If the folder is no finished run, or its model is damaged, unsafe, or has no inputs of known shape.
    """

    def __init__(self, folder):
        self.folder, run = folder, Run.open(folder)
        self.model = model_files.open_file(run.model_path)
        if not self.model.inputs or not self.model.outputs:
            raise InvalidModelError(
                f"The model of '{folder}' has inputs that its code alone knows; only functional and sequential models "
                "can be served."
            )
        self.inputs = [_tensor(each, each.name) for each in self.model.inputs]
        names = output_names(self.model)
        self.outputs = [_tensor(each, name) for each, name in zip(self.model.outputs, names, strict=True)]
        data = run.summary["data"]
        self.task = data.get("task")
        self.classes = [str(name) for name in data.get("class_names") or ()]
        self.words = text_rows.of_run(run)
        self.compiled = set()

    def warm_up(self, sizes=SIZES):
        """Compile the forward pass for each number of rows, so that no request has to wait for that.

        Not where rows may have any size: then it is compiled for each size that is asked.
        """
        if any(None in each.shape for each in self.inputs):
            return
        for rows in sizes:
            self.predict([np.zeros((rows, *each.shape), each.dtype) for each in self.inputs])

    def predict(self, arrays):
        """Return the outputs, float32 arrays (rows, ...), for one array per input of up to MOST_ROWS rows."""
        rows = len(arrays[0])
        size = next(each for each in SIZES if each >= rows)
        filled = [_filled(array, size) for array in arrays]
        self._make_room(tuple(array.shape for array in filled))
        given = filled[0] if len(filled) == 1 else dict(zip((each.name for each in self.inputs), filled, strict=True))
        made = keras.tree.flatten(self.model.predict_on_batch(given))
        return [np.asarray(array, np.float32)[:rows] for array in made]

    def _make_room(self, shapes):
        """Let go of all programs where there would be too many with that for these shapes."""
        if len(self.compiled | {shapes}) > MOST_PROGRAMS:
            self.model.make_predict_function(force=True)
            self.compiled.clear()
        self.compiled.add(shapes)


def by_class(said):
    """Return what a classification said, (rows, units), as probabilities (rows, classes).

    One sigmoid unit says that of class 1 alone.
    """
    return np.column_stack([1 - said[:, 0], said[:, 0]]) if said.shape[1] == 1 else said


def _filled(array, size):
    if len(array) == size:
        return array
    return np.concatenate([array, np.zeros((size - len(array), *array.shape[1:]), array.dtype)])


def _tensor(symbolic, name):
    return Tensor(name, tuple(symbolic.shape[1:]), str(symbolic.dtype))
