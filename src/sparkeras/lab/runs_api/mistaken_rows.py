"""The test rows of a run predicted again: the confusion matrix, and the rows that the model gets wrong.

Runs on: driver.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import datasets
from sparkeras.errors import DataError, SparkerasError
from sparkeras.serving.model import by_class

if TYPE_CHECKING:
    from sparkeras.runs.run_folder import Summary
    from sparkeras.serving.model import ServedModel

MOST_ROWS, MOST_SHOWN, PASS = 10_000, 240, 64


def of_run(served: ServedModel, summary: Summary) -> dict[str, Any]:
    """Return classes, the matrix of counts (true class, predicted class), and mistakes, the surest first, for JSON.

    Parameters
    ----------
    served : ServedModel
    summary : dict
        Of its run.

    Raises
    ------
    DataError
        If the run is not a classification, or its test rows are not at hand any more.
    """
    if summary["data"].get("task") != "classification" or len(served.outputs) != 1:
        raise DataError("Only the run of a classification has a matrix of mistakes.")
    x, y = _test_rows(summary)
    probability = _probability(served, x)
    predicted = probability.argmax(axis=1)
    names = served.classes or [str(number) for number in range(probability.shape[1])]
    matrix = np.zeros((len(names),) * 2, int)
    np.add.at(matrix, (y, predicted), 1)
    wrong = np.flatnonzero(predicted != y)
    wrong = wrong[np.argsort(-probability[wrong, predicted[wrong]], kind="stable")][:MOST_SHOWN]
    rows = [_row(x[i], int(y[i]), int(predicted[i]), float(probability[i, predicted[i]])) for i in wrong]
    return {"classes": names, "matrix": matrix, "rows": len(y), "mistakes": rows}


def _test_rows(summary: Summary) -> tuple[np.ndarray, np.ndarray]:
    settings, missing = summary["settings"], "The test rows of this run are not at hand"
    name = settings.get("data") or summary["data"].get("name")
    if name not in datasets.names():
        raise DataError(f"{missing}: only those of data sets with a name are read again.")
    try:
        arrays = datasets.load_arrays(name, label=settings.get("label"), seed=settings.get("seed") or 0)
    except SparkerasError as error:
        raise DataError(f"{missing}: {str(error).splitlines()[0]}") from error
    if arrays.x_test.dtype.kind not in "biuf":
        raise DataError("The rows of this run are texts, which this page does not show.")
    return arrays.x_test[:MOST_ROWS], arrays.y_test[:MOST_ROWS]


def _probability(served: ServedModel, x: np.ndarray) -> np.ndarray:
    """Return the probability of each class, (rows, classes)."""
    shape = [size if size is not None else -1 for size in served.inputs[0].shape]
    rows = x.reshape(len(x), *shape).astype(served.inputs[0].dtype)
    passes = [served.predict([rows[first : first + PASS]])[0] for first in range(0, len(rows), PASS)]
    return by_class(np.concatenate(passes))


def _row(features: np.ndarray, label: int, predicted: int, probability: float) -> dict[str, Any]:
    """Return a row for JSON: an image as bytes, base64, else its first numbers."""
    row = {"label": label, "predicted": predicted, "probability": round(probability, 3)}
    if features.ndim in (2, 3) and features.shape[0] >= 4 and (*features.shape, 1)[2] in (1, 3):
        pixels = np.uint8(features / max(float(features.max()), 1e-9) * 255)
        return row | {"shape": list(features.shape), "pixels": base64.b64encode(pixels.tobytes()).decode()}
    return row | {"numbers": [round(float(each), 4) for each in np.ravel(features)[:16]]}
