"""Models that learn without labels, on the command line: what is tested, and what else their run's folder holds.

Runs on: driver.
"""

from types import SimpleNamespace

import numpy as np

from sparkeras import fitting
from sparkeras.engine.columns.arrow import to_array
from sparkeras.errors import InvalidModelError
from sparkeras.zoo.gan import GAN
from sparkeras.zoo.samples import SampleGrid

MOST_MISTAKES = 25
# Numbers of rows made again that a report compares; a scatter of more says no more.
_MOST_NUMBERS = 20_000
_MOST_ROWS = 2_000


def is_unlabelled(model):
    """Tell whether a compiled model compares nothing with labels."""
    return model.loss is None


def require_reportable(model):
    """Raise InvalidModelError for a model without labels that makes neither its rows again nor images."""
    if isinstance(model, GAN):
        return
    pair = getattr(model, "input_shape", None), getattr(model, "output_shape", None)
    if not isinstance(pair[0], tuple) or pair[0] != pair[1]:
        raise InvalidModelError(
            "The model was compiled without a loss and does not give back rows like its own, so there is nothing to "
            "test it by. Compile it with a loss, or train it by sparkeras.fit(model, df, label=None)."
        )


def callbacks(model, seed):
    """Return the callbacks of a training: a GAN keeps a grid of samples of each epoch."""
    return [SampleGrid(seed=seed)] if isinstance(model, GAN) else None


def write_samples(folder, used):
    """Write the grids that ``callbacks`` kept into the run's folder ``samples``."""
    for callback in used or ():
        for name, png in callback.pictures.items():
            path = folder.file("samples") / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(png)


def collect(model, rows, input_shape, seed):
    """Return what ``predictions.collect`` returns, for a model that learns without labels.

    An autoencoder is a regression of the numbers in its rows: label and prediction are some of them, as given and as
    made. A GAN's discriminator is a classifier: class 1 are test rows, class 0 as many made images.
    """
    if isinstance(model, GAN):
        return _real_and_made(model, rows, input_shape, seed)
    given, made = _features_and_output(model, rows)
    numbers = given.size
    chosen = np.random.default_rng(seed).choice(numbers, min(numbers, _MOST_NUMBERS), replace=False)
    label, prediction = given.ravel()[chosen], made.ravel()[chosen]
    return SimpleNamespace(label=label, prediction=prediction, probability=None, mistakes=[])


def facts(model):
    """Return what a report tells of the data where it differs: what is true of rows and what the model says."""
    if isinstance(model, GAN):
        return {"task": "classification", "num_classes": 2, "class_names": ["made", "real"]}
    return {"task": "regression", "num_classes": None}


def _real_and_made(model, rows, input_shape, seed):
    real, said_of_real = _features_and_output(model, rows)
    made = model.generate(len(real), seed)
    said_of_made = model.predict(made, verbose=0)
    logits = np.concatenate([said_of_made.ravel(), said_of_real.ravel()]).astype(np.float64)
    label = np.repeat([0, 1], len(real))
    of_real = 1 / (1 + np.exp(-logits))
    probability = np.stack([1 - of_real, of_real], axis=1)
    prediction = probability.argmax(axis=1)
    said = probability.max(axis=1)
    wrong = np.flatnonzero(prediction != label)
    worst = wrong[np.argsort(-said[wrong], kind="stable")][:MOST_MISTAKES]
    images = np.concatenate([made, real.reshape(len(real), *input_shape)])
    mistakes = [(images[i], label[i], prediction[i], said[i]) for i in worst]
    return SimpleNamespace(label=label, prediction=prediction, probability=probability, mistakes=mistakes)


def _features_and_output(model, rows):
    """Return some rows' features and the model's output, (rows, ...) each."""
    table = fitting.predict(model, rows.limit(_MOST_ROWS)).select("features", "prediction").toArrow().combine_chunks()
    columns = (table[name].combine_chunks() for name in ("features", "prediction"))
    return tuple(to_array(each.chunk(0) if hasattr(each, "chunk") else each, "features")[0] for each in columns)
