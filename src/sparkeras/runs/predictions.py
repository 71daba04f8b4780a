"""Predictions of labelled rows, collected on the driver for tables and pictures.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F

from sparkeras import fitting
from sparkeras.engine.blueprint.labels import output_kind
from sparkeras.engine.columns import images
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.outputs import classify
from sparkeras.runs.report import TestRows, WrongRow
from sparkeras.runs.table_facts import sample

if TYPE_CHECKING:
    import keras

    from sparkeras.datasets import Arrays, Dataset
    from sparkeras.runs.table_facts.sample import Sample
    from sparkeras.runs.training_data import TrainingData

MOST_MISTAKES = 25
# Pictures of mistakes need the features on the driver; beyond this many numbers a report goes without.
_MOST_NUMBERS = 50_000_000


def collect(model: keras.Model, data: TrainingData, invalid: str = "error") -> TestRows:
    """Predict the test rows of a TrainingData and bring labels and predictions to the driver.

    Returns
    -------
    TestRows
        Its mistakes are the most confident wrong predictions, none for tables.
    """
    rows, task, input_shape = data.dataset.test, data.dataset.task, data.dataset.input_shape
    with_features = len(input_shape) > 1 and rows.count() * int(np.prod(input_shape)) <= _MOST_NUMBERS
    columns = ["label", "prediction", *(["features"] if with_features else [])]
    predicted = fitting.predict(model, rows, features=data.features, handle_invalid=invalid)
    table = predicted.select(*columns).toArrow().combine_chunks()
    label, output = (to_array(_one(table[name]), name)[0] for name in columns[:2])
    if task == "regression":
        return TestRows(label, output.reshape(label.shape))
    probability = _probability(model, output)
    prediction = probability.argmax(axis=1)
    mistakes = []
    if with_features:
        confidence = probability[np.arange(len(label)), prediction]
        wrong = np.flatnonzero(prediction != label)
        worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
        shown = as_images(_one(table["features"]).take(worst), input_shape)
        mistakes = [
            WrongRow(image, label[i], prediction[i], confidence[i]) for image, i in zip(shown, worst, strict=True)
        ]
    return TestRows(label, prediction, probability, mistakes)


def collect_table(
    model: keras.Model, data: TrainingData, invalid: str, seed: int
) -> tuple[TestRows, Sample, np.ndarray]:
    """Predict the test rows of a table as ``collect`` does, and bring their raw columns along.

    Returns
    -------
    TestRows
    Sample
        The columns of these rows; of a large table those of some, chosen by the seed.
    (rows, classes) or (rows,) array
        Probabilities or amounts that the model predicts for the Sample.
    """
    spec, rows = data.spec, data.dataset.test
    assert spec is not None
    count = data.counts[1] if data.counts else rows.count()
    predicted = fitting.predict(model, rows, features=data.features, handle_invalid=invalid)
    share, row = sample.share_of_test(spec, count), sample.row(spec)
    row = row if share == 1 else F.when(F.rand(seed) < share, row)
    table = predicted.select("label", "prediction", row.alias("row")).toArrow().combine_chunks()
    label, output = (to_array(_one(table[name]), name)[0] for name in ("label", "prediction"))
    kept = table["row"].is_valid().to_numpy()
    columns = sample.columns_of(table["row"].filter(pa.array(kept)), spec)
    if data.dataset.task == "regression":
        test, outputs = TestRows(label, output.reshape(label.shape)), output.reshape(label.shape)
    else:
        outputs = _probability(model, output)
        test = TestRows(label, outputs.argmax(axis=1), outputs)
    return test, sample.Sample(spec, columns, label[kept]), outputs[kept]


def on_driver(model: keras.Model, task: str) -> Callable[[dict[str, np.ndarray], int], np.ndarray]:
    """Return a function that predicts arrays here, in batches of some rows: probabilities, or amounts (rows,)."""

    def predict(arrays: dict[str, np.ndarray], batch: int) -> np.ndarray:
        output = np.asarray(model.predict(arrays, batch_size=batch, verbose=0))
        return output[:, 0] if task == "regression" else _probability(model, output)

    return predict


def _probability(model: keras.Model, output: np.ndarray) -> np.ndarray:
    """Return the probability of each class, (rows, classes), of a model's raw outputs."""
    return classify(output.astype(np.float64), output_kind(model))[1]


def area_under_curve(test: TestRows) -> dict[str, float]:
    """Return ``auc``, the area under the ROC curve of two classes; nothing for others, or where one has no row."""
    if test.probability is None or test.probability.shape[1] != 2 or len(np.unique(test.label)) != 2:
        return {}
    from sklearn.metrics import roc_auc_score

    return {"auc": float(roc_auc_score(test.label, test.probability[:, 1]))}


def as_images(column: pa.Array, shape: Sequence[int]) -> np.ndarray:
    """Return cells of features, numbers or image files, as arrays of a shape."""
    if images.holds_images(column.type):
        return images.decode(column, tuple(shape))[0]
    return to_array(column, "features")[0].reshape(len(column), *shape)


def data_facts(data: Dataset | Arrays, train_rows: int, test_rows: int) -> dict[str, Any]:
    """Return the entries of a report on its data."""
    return {
        "name": data.name,
        "source": data.source,
        "train_rows": train_rows,
        "test_rows": test_rows,
        "input_shape": list(data.input_shape),
        "num_classes": data.num_classes,
        "task": data.task,
        "class_names": list(data.schema.classes) if data.schema else [],
        "feature_names": list(data.schema.features) if data.schema else [],
    }


def label_mean(data: Dataset) -> float | list[float]:
    """Return the mean of a Dataset's training labels: a number, or a list with one per target."""
    labels = [F.col("label")] if data.targets == 1 else [F.col("label")[i] for i in range(data.targets)]
    means = list(data.train.agg(*map(F.avg, labels)).collect()[0])
    return means[0] if data.targets == 1 else means


def _one(chunked: pa.ChunkedArray) -> pa.Array:
    """Return a chunked Arrow column as one array; an empty table has no chunk."""
    combined = chunked.combine_chunks()
    return combined.chunk(0) if hasattr(combined, "chunk") else combined
