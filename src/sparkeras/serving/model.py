"""One model that answers requests: a run's ``model.keras``, its inputs and outputs by name, its forward pass.

Runs on: driver.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np

from sparkeras.engine import model_files
from sparkeras.engine.blueprint.forward import padded_forward
from sparkeras.engine.blueprint.outputs import output_names
from sparkeras.errors import InvalidModelError
from sparkeras.runs import table_columns, text_rows
from sparkeras.runs.run_folder import Run

MOST_ROWS = 64  # of one forward pass
# Each number of rows is compiled for itself; others are filled up to the next of these.
SIZES = (1, 2, 4, 8, 16, 32, MOST_ROWS)
MOST_PROGRAMS = 100  # kept at a time; each takes some 2 MB, and each size of a row needs its own


@dataclass(frozen=True)
class Tensor:
    """An input or output: its name, the shape of one row (None where any size will do), NumPy's name of its type."""

    name: str
    shape: tuple[int | None, ...]
    dtype: str


class ServedModel:
    """A model ready to answer; ``predict`` is for one thread at a time.

    Attributes
    ----------
    folder : path of its run
    inputs, outputs : list of Tensor
    task : str or None
        ``"classification"`` or ``"regression"``, as the run has it.
    classes : list of str
        Their names, empty where the run has none.
    words : text_rows.Words
        Of a model of texts, else None.
    spec : Features
        Of the model of a table, else None.

    Raises
    ------
    RunFolderError, InvalidModelError
        If the folder is not a finished run, or its model is damaged, unsafe, or has no inputs of known shape.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
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
        self.words, self.spec = text_rows.of_run(run), table_columns.of_run(run)
        self.compiled: set[tuple[tuple[int, ...], ...]] = set()

    def warm_up(self, sizes: Sequence[int] = SIZES) -> None:
        """Compile the forward pass for each number of rows, so that no request has to wait for that.

        Rows of any size are compiled when the first of each size comes.
        """
        if any(None in each.shape for each in self.inputs):
            return
        shapes = [tuple(size or 0 for size in each.shape) for each in self.inputs]
        for rows in sizes:
            self.predict(
                [np.zeros((rows, *shape), each.dtype) for shape, each in zip(shapes, self.inputs, strict=True)]
            )

    def predict(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Return the outputs, float32 arrays (rows, ...), for one array per input of up to MOST_ROWS rows."""
        rows = len(arrays[0])
        size = next(each for each in SIZES if each >= rows)
        self._drop_programs(tuple((size, *array.shape[1:]) for array in arrays))
        by_name = dict(zip((each.name for each in self.inputs), arrays, strict=True))
        outputs = padded_forward(self.model, arrays[0] if len(arrays) == 1 else by_name, rows, size)
        return [array.astype(np.float32, copy=False) for array in outputs]

    def _drop_programs(self, shapes: tuple[tuple[int, ...], ...]) -> None:
        """Forget all compiled programs where another one, for ``shapes``, would be too many."""
        if len(self.compiled | {shapes}) > MOST_PROGRAMS:
            self.model.make_predict_function(force=True)
            self.compiled.clear()
        self.compiled.add(shapes)


def by_class(outputs: np.ndarray) -> np.ndarray:
    """Return the outputs of a classification, (rows, units), as probabilities (rows, classes).

    One sigmoid unit gives the probability of class 1.
    """
    return np.column_stack([1 - outputs[:, 0], outputs[:, 0]]) if outputs.shape[1] == 1 else outputs


def _tensor(symbolic: keras.KerasTensor, name: str) -> Tensor:
    return Tensor(name, tuple(symbolic.shape[1:]), str(symbolic.dtype))
