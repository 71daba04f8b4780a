"""Rows of a data set on the driver, for pictures: images, points, and what a model says of them.

Runs on: driver.
"""

import numpy as np

from sparkeras import fitting
from sparkeras.engine.blueprint.labels import output_kind
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.outputs import classify
from sparkeras.errors import DataError
from sparkeras.runs.predictions import as_images

BATCH = 1024


def first(model, data, count, invalid="error"):
    """Return the first test images, their labels and what the model says: arrays (rows, ...), (rows,), (rows,).

    ``model`` is None for one that says nothing of labels, such as a GAN: then what it says is None. ``invalid`` is
    ``"skip"`` where the run left out broken images.
    """
    if model is None:
        table = data.test.limit(count).select("features", "label").toArrow()
        features, label = (table[name].combine_chunks() for name in ("features", "label"))
        return as_images(features, data.input_shape), to_array(label, "label")[0], None
    said = fitting.predict(model, data.test.limit(count), handle_invalid=invalid)
    table = said.select("features", "label", "prediction").toArrow()
    features, label, output = (table[name].combine_chunks() for name in ("features", "label", "prediction"))
    label, output = (to_array(column, "label")[0] for column in (label, output))
    if data.task == "classification":
        output = classify(output.astype(np.float64), output_kind(model))[1].argmax(axis=1)
    return as_images(features, data.input_shape), label, output.reshape(label.shape)


def one(data, number):
    """Return the features of one test row, of the data's shape.

    Raises
    ------
    DataError
        If there are fewer test rows.
    """
    column = data.test.select("features").limit(number + 1).toArrow()["features"].combine_chunks()
    if len(column) <= number:
        raise DataError(f"There is no test row {number}: {data.name} has {len(column)}, counted from 0.")
    return as_images(column.slice(number, 1), data.input_shape)[0]


def points(data):
    """Return the test rows, (rows, numbers), and their labels, (rows,)."""
    table = data.test.select("features", "label").toArrow()
    return [to_array(table[name].combine_chunks(), name)[0] for name in ("features", "label")]


def probability(model, rows):
    """Return the probability of each class, (rows, classes)."""
    output = model.predict(rows.astype(np.float32), batch_size=BATCH, verbose=0)
    return classify(output.astype(np.float64), output_kind(model))[1]
