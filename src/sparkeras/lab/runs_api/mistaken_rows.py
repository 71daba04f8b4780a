"""What a run's model says of its test rows: how often which class was said for which, and the rows that it gets wrong.

Runs on: driver.
"""

import base64

import numpy as np

from sparkeras import datasets
from sparkeras.errors import DataError, SparkerasError
from sparkeras.serving.model import by_class

MOST_ROWS, MOST_SHOWN, PASS = 10_000, 240, 64


def of_run(served, summary):
    """Return classes, the matrix of counts (true class, said class), and mistakes, the surest first; a dict for JSON.

    Parameters
    ----------
    served : ServedModel
    summary : dict
        Of its run.

    Raises
    ------
    DataError
        If the run is no classification, or its test rows are not at hand any more.
    """
    if summary["data"].get("task") != "classification" or len(served.outputs) != 1:
        raise DataError("Only a run that tells classes has a matrix of mistakes.")
    x, y = _test_rows(summary)
    probability = _said(served, x)
    said = probability.argmax(axis=1)
    names = served.classes or [str(number) for number in range(probability.shape[1])]
    matrix = np.zeros((len(names),) * 2, int)
    np.add.at(matrix, (y, said), 1)
    wrong = np.flatnonzero(said != y)
    wrong = wrong[np.argsort(-probability[wrong, said[wrong]], kind="stable")][:MOST_SHOWN]
    rows = [_row(x[i], int(y[i]), int(said[i]), float(probability[i, said[i]])) for i in wrong]
    return {"classes": names, "matrix": matrix, "rows": len(y), "mistakes": rows}


def _test_rows(summary):
    settings, missing = summary["settings"], "The test rows of this run are not at hand"
    name = settings.get("data") or summary["data"].get("name")
    if name not in datasets.names():
        raise DataError(f"{missing}: only those of data sets with a name are read again.")
    try:
        found = datasets.load_arrays(name, label=settings.get("label"), seed=settings.get("seed") or 0)
    except SparkerasError as error:
        raise DataError(f"{missing}: {str(error).splitlines()[0]}") from error
    if found.x_test.dtype.kind not in "biuf":
        raise DataError("The rows of this run are texts, which this page does not show.")
    return found.x_test[:MOST_ROWS], found.y_test[:MOST_ROWS]


def _said(served, x):
    shape = served.inputs[0].shape
    rows = x.reshape(len(x), *shape).astype(served.inputs[0].dtype)
    passes = [served.predict([rows[first : first + PASS]])[0] for first in range(0, len(rows), PASS)]
    return by_class(np.concatenate(passes))


def _row(features, label, said, sure):
    """Return a row for JSON: an image as bytes, base64, else its first numbers."""
    told = {"label": label, "said": said, "sure": round(sure, 3)}
    if features.ndim in (2, 3) and features.shape[0] >= 4 and (*features.shape, 1)[2] in (1, 3):
        pixels = np.uint8(features / max(float(features.max()), 1e-9) * 255)
        return told | {"shape": list(features.shape), "pixels": base64.b64encode(pixels.tobytes()).decode()}
    return told | {"numbers": [round(float(each), 4) for each in np.ravel(features)[:16]]}
