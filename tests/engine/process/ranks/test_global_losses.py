"""Whether a loss needs the rows of all ranks is told by what it does on three rows, not by its class."""

import keras
import numpy as np
import pytest
from keras import ops

from sparkeras.engine.process.ranks.global_losses import needs_all_rows

CLASSES = np.array([0, 2, 1], np.int32)
REAL = np.array([[0.3], [1.7], [-0.4]], np.float32)
MASKS = (np.random.default_rng(0).random((3, 4, 4, 1)) > 0.5).astype(np.float32)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]


def of(function):
    """Return a loss of the user's own as Keras wraps it."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", function)
    model.train_on_batch(np.ones((2, 1)), np.ones((2, 1)))
    return model._compile_loss._flat_losses[0].loss


class Reducing(keras.Loss):
    """A loss that reduces in __call__."""

    def __call__(self, y_true, y_pred, sample_weight=None):
        return ops.mean(ops.square(y_true - y_pred))


CASES = {
    "mean squared error": (keras.losses.MeanSquaredError, REAL, (3, 1), False),
    "Huber": (lambda: keras.losses.Huber(0.1), REAL, (3, 1), False),
    "a class per pixel": (
        keras.losses.SparseCategoricalCrossentropy,
        MASKS[..., 0].astype(np.int32),
        (3, 4, 4, 2),
        False,
    ),
    "ignore_class": (lambda: keras.losses.SparseCategoricalCrossentropy(ignore_class=1), CLASSES, (3, 3), False),
    "Dice of each image": (lambda: keras.losses.Dice(axis=(1, 2, 3)), MASKS, (3, 4, 4, 1), False),
    "Dice of all images": (keras.losses.Dice, MASKS, (3, 4, 4, 1), True),
    "Tversky of all images": (keras.losses.Tversky, MASKS, (3, 4, 4, 1), True),
    "over pairs of rows": (keras.losses.Circle, CLASSES, (3, 3), True),
    "a function of rows": (lambda: of(lambda y, p: ops.mean(ops.abs(y - p), axis=-1)), REAL, (3, 1), False),
    "a function of one number": (lambda: of(lambda y, p: ops.mean(ops.abs(y - p))), REAL, (3, 1), True),
    "rows less their mean": (
        lambda: of(lambda y, p: ops.square(y - p - ops.mean(y - p, axis=0))[:, 0]),
        REAL,
        (3, 1),
        True,
    ),
    "differences of neighbours": (
        lambda: of(lambda y, p: ops.square(p - ops.roll(p, 1, axis=0))[:, 0]),
        REAL,
        (3, 1),
        True,
    ),
    "its own reduction": (Reducing, REAL, (3, 1), True),
}


@pytest.mark.parametrize("name", CASES)
def test_a_loss_needs_all_rows_where_a_value_depends_on_more_than_one(name):
    make, labels, shape, expected = CASES[name]
    assert needs_all_rows(make(), labels, np.zeros(shape, np.float32)) is expected
