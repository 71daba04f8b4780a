"""Rows of a data set on the driver, for pictures: images, points, and their predictions.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkeras import fitting
from sparkeras.engine.blueprint.labels import output_kind
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.outputs import classify
from sparkeras.errors import DataError
from sparkeras.features.reading import as_numbers
from sparkeras.runs.predictions import as_images
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    import keras

    from sparkeras.datasets import Dataset
    from sparkeras.features import Features

BATCH = 1024


def first(
    model: keras.Model | None, data: Dataset, count: int, invalid: str = "error"
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return the first test images, their labels and predictions: arrays (rows, ...), (rows,), (rows,).

    ``model`` is None for one without labels, such as a GAN; then the predictions are None. ``invalid`` is
    ``"skip"`` where the run left out broken images.
    """
    if model is None:
        table = data.test.limit(count).select("features", "label").toArrow()
        features, label = (table[name].combine_chunks() for name in ("features", "label"))
        return as_images(features, data.input_shape), to_array(label, "label")[0], None
    predicted = fitting.predict(model, data.test.limit(count), handle_invalid=invalid)
    table = predicted.select("features", "label", "prediction").toArrow()
    features, label, output = (table[name].combine_chunks() for name in ("features", "label", "prediction"))
    label, output = (to_array(column, "label")[0] for column in (label, output))
    if data.task == "classification":
        output = classify(output.astype(np.float64), output_kind(model))[1].argmax(axis=1)
    return as_images(features, data.input_shape), label, output.reshape(label.shape)


def one(data: Dataset, number: int) -> np.ndarray:
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


def points(data: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Return the test rows, (rows, numbers), and their labels, (rows,)."""
    table = data.test.select("features", "label").toArrow()
    features, label = (to_array(table[name].combine_chunks(), name)[0] for name in ("features", "label"))
    return features, label


def points_of_table(data: Dataset, spec: Features) -> tuple[np.ndarray, np.ndarray]:
    """Return the two numbers of the test rows that have both, (rows, 2), and their labels, (rows,).

    Raises
    ------
    DataError
        If a column is not a number.
    """
    other = next((column for column in spec.columns if column.kind != "number"), None)
    if other is not None:
        raise DataError(
            f"A decision boundary needs two columns of numbers; {other.sources[0]!r} is a {other.kind}. Train on two "
            "numbers, e.g. --features age,size, or look at importance and calibration."
        )
    table = data.test.select("label", *(quoted(name) for name in spec.sources)).toArrow().combine_chunks()
    numbers = [as_numbers(table[name].combine_chunks())[0] for name in spec.sources]
    points = np.stack(numbers, axis=1)
    good = np.isfinite(points).all(axis=1)
    return points[good], table["label"].to_numpy()[good]


def probability(model: keras.Model, rows: np.ndarray, spec: Features | None = None) -> np.ndarray:
    """Return the probability of each class, (rows, classes), for rows of numbers, or of the columns of a spec."""
    arrays: Any = rows.astype(np.float32)
    if spec:
        arrays = spec.encode({name: pa.array(rows[:, place]) for place, name in enumerate(spec.sources)})
    output = model.predict(arrays, batch_size=BATCH, verbose=0)
    return classify(output.astype(np.float64), output_kind(model))[1]
