"""Models that learn without labels in a TrainingRun: their test, and the further files of their run's folder.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras import fitting
from sparkeras.engine.columns.arrow import to_array
from sparkeras.errors import InvalidModelError
from sparkeras.runs.report import TestRows, WrongRow
from sparkeras.zoo.gan import GAN
from sparkeras.zoo.samples import SampleGrid

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkeras.runs.run_folder import RunFolder

MOST_MISTAKES = 25
# Most numbers of reconstructed rows that a report compares; a scatter of more shows no more.
_MOST_NUMBERS = 20_000
_MOST_ROWS = 2_000


def is_unlabelled(model: keras.Model) -> bool:
    """Tell whether a compiled model compares nothing with labels."""
    return model.loss is None


def require_reportable(model: keras.Model) -> None:
    """Raise InvalidModelError for a model without labels that neither reconstructs its rows nor makes images."""
    if isinstance(model, GAN):
        return
    pair = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if not isinstance(pair[0], tuple) or pair[0] != pair[1]:
        raise InvalidModelError(
            "The model was compiled without a loss and does not give back rows like its own, so there is nothing to "
            "test it by. Compile it with a loss, or train it by sparkeras.fit(model, df, label=None)."
        )


def callbacks(model: keras.Model, seed: int) -> list[keras.callbacks.Callback] | None:
    """Return the callbacks of a training: a GAN keeps a grid of samples of each epoch."""
    return [SampleGrid(seed=seed)] if isinstance(model, GAN) else None


def write_samples(folder: RunFolder, used: Sequence[SampleGrid] | None) -> None:
    """Write the grids that ``callbacks`` kept into the run's folder ``samples``."""
    for callback in used or ():
        for name, png in callback.pictures.items():
            path = folder.file("samples") / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(png)


def collect(model: keras.Model, rows: DataFrame, input_shape: Sequence[int], seed: int) -> TestRows:
    """Return what ``predictions.collect`` returns, for a model that learns without labels.

    An autoencoder is a regression of the numbers in its rows: labels are some of them, predictions their
    reconstructions. A GAN's discriminator is a classifier: class 1 are test rows, class 0 as many generated images.
    """
    if isinstance(model, GAN):
        return _real_and_generated(model, rows, input_shape, seed)
    features, output = _features_and_output(model, rows)
    chosen = np.random.default_rng(seed).choice(features.size, min(features.size, _MOST_NUMBERS), replace=False)
    return TestRows(features.ravel()[chosen], output.ravel()[chosen])


def facts(model: keras.Model) -> dict[str, Any]:
    """Return the entries of a report's data that differ: the task and the classes of such a model's test."""
    if isinstance(model, GAN):
        return {"task": "classification", "num_classes": 2, "class_names": ["made", "real"]}
    return {"task": "regression", "num_classes": None}


def _real_and_generated(model: GAN, rows: DataFrame, input_shape: Sequence[int], seed: int) -> TestRows:
    real, output_of_real = _features_and_output(model, rows)
    generated = model.generate(len(real), seed)
    output_of_generated = model.predict(generated, verbose=0)
    logits = np.concatenate([output_of_generated.ravel(), output_of_real.ravel()]).astype(np.float64)
    label = np.repeat([0, 1], len(real))
    of_real = 1 / (1 + np.exp(-logits))
    probability = np.stack([1 - of_real, of_real], axis=1)
    prediction, confidence = probability.argmax(axis=1), probability.max(axis=1)
    wrong = np.flatnonzero(prediction != label)
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:MOST_MISTAKES]
    images = np.concatenate([generated, real.reshape(len(real), *input_shape)])
    mistakes = [WrongRow(images[i], label[i], prediction[i], confidence[i]) for i in worst]
    return TestRows(label, prediction, probability, mistakes)


def _features_and_output(model: keras.Model, rows: DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return some rows' features and the model's output, (rows, ...) each."""
    table = fitting.predict(model, rows.limit(_MOST_ROWS)).select("features", "prediction").toArrow().combine_chunks()
    columns = (table[name].combine_chunks() for name in ("features", "prediction"))
    arrays = [to_array(each.chunk(0) if hasattr(each, "chunk") else each, "features")[0] for each in columns]
    return arrays[0], arrays[1]
