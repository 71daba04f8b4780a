"""What a model says of labelled rows, collected for tables and pictures.

Runs on: driver.
"""

from types import SimpleNamespace

import numpy as np
import pyspark.sql.functions as F

from sparkeras import fitting
from sparkeras.engine.blueprint.labels import output_kind
from sparkeras.engine.columns import images
from sparkeras.engine.columns.arrow import to_array
from sparkeras.engine.columns.outputs import classify

MOST_MISTAKES = 25
# Pictures of mistakes need the features on the driver; beyond this many numbers a report goes without.
_MOST_NUMBERS = 50_000_000


def collect(model, rows, task, input_shape, invalid="error"):
    """Predict labelled rows and bring labels and predictions to the driver.

    Returns
    -------
    namespace
        ``label`` and ``prediction`` (rows,); ``probability`` (rows, classes) or None; ``mistakes``, the most
        confident wrong ones as (features, label, prediction, probability), empty for tables.
    """
    with_features = len(input_shape) > 1 and rows.count() * int(np.prod(input_shape)) <= _MOST_NUMBERS
    wanted = ["label", "prediction", *(["features"] if with_features else [])]
    table = fitting.predict(model, rows, handle_invalid=invalid).select(*wanted).toArrow().combine_chunks()
    label, output = (to_array(_one(table[name]), name)[0] for name in wanted[:2])
    if task == "regression":
        return SimpleNamespace(label=label, prediction=output.reshape(label.shape), probability=None, mistakes=[])
    _, probability = classify(output.astype(np.float64), output_kind(model))
    prediction = probability.argmax(axis=1)
    said = probability[np.arange(len(label)), prediction]
    mistakes = []
    if with_features:
        wrong = np.flatnonzero(prediction != label)
        worst = wrong[np.argsort(-said[wrong], kind="stable")][:MOST_MISTAKES]
        shown = as_images(_one(table["features"]).take(worst), input_shape)
        mistakes = [(image, label[i], prediction[i], said[i]) for image, i in zip(shown, worst, strict=True)]
    return SimpleNamespace(label=label, prediction=prediction, probability=probability, mistakes=mistakes)


def as_images(column, shape):
    """Return cells of features, numbers or image files, as arrays of a shape."""
    if images.holds_images(column.type):
        return images.decode(column, shape)[0]
    return to_array(column, "features")[0].reshape(len(column), *shape)


def data_facts(data, train_rows, test_rows):
    """Return what a report tells of a ``datasets.Dataset`` or ``datasets.Arrays``."""
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


def label_mean(data):
    """Return the mean of a Dataset's training labels: a number, or a list with one per target."""
    if data.targets == 1:
        return data.train.agg(F.avg("label")).first()[0]
    return list(data.train.agg(*(F.avg(F.col("label")[i]) for i in range(data.targets))).first())


def _one(chunked):
    """Return a chunked Arrow column as one array; an empty table has no chunk."""
    combined = chunked.combine_chunks()
    return combined.chunk(0) if hasattr(combined, "chunk") else combined
