"""A name that Keras does not know is refused before training, and only such a name: Keras' own fit raises for each."""

import keras
import numpy as np
import pytest
from keras import layers

from sparkeras.engine import blueprint
from sparkeras.errors import InvalidModelError

X, Y = np.ones((4, 3), np.float32), np.ones((4, 1), np.float32)


def one(**compiled):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def two(names=None, **compiled):
    inputs = keras.Input((3,))
    outputs = [layers.Dense(1, name=name)(inputs) for name in ("left", "right")]
    model = keras.Model(inputs, dict(zip(names, outputs, strict=True)) if names else outputs)
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


def fit_by_keras(model):
    struct = getattr(model, "_outputs_struct", None)
    labels = Y if len(model.outputs) == 1 else dict.fromkeys(struct, Y) if isinstance(struct, dict) else [Y, Y]
    return model.fit(X, labels, verbose=0).history


REFUSED = {
    "a metric": (lambda: one(metrics=["acuracy"]), "metrics='acuracy'.* not in keras.metrics. Did you mean 'accuracy'"),
    "a class of metrics": (lambda: one(metrics=["F1"]), "metrics='F1'.* not in keras.metrics"),
    "a class with arguments": (lambda: one(metrics=["MeanIoU"]), "metrics='MeanIoU'.* arguments: .*'num_classes'"),
    "a weighted metric": (lambda: one(weighted_metrics=["mea"]), "weighted_metrics='mea'.* not in keras.metrics"),
    "a loss": (lambda: one(loss="mean_square_error"), "loss='mean_square_error'.* Did you mean 'mean_squared_error'"),
    "one of several losses": (lambda: two(loss=["mse", "mea"]), "loss='mea'.* not in keras.losses"),
    "a metric in a dict": (lambda: two(metrics={"left": ["mae", "mes"]}), "metrics='mes'.* not in keras.metrics"),
    "metrics of no output": (lambda: two(metrics={"top": "mae"}), "metrics for an output 'top'; .* 'left', 'right'"),
    "a loss of no output": (lambda: two(loss={"left": "mse", "top": "mse"}), "loss for an output 'top'"),
    "a loss left out": (lambda: two(loss={"left": "mse"}), r"no entry for the output 'right'.*'right': None"),
    "one metric for two": (lambda: two(metrics=["mae"]), r"2 outputs .*metrics for 1. .*metrics={'left': ...}"),
    "three metrics for two": (lambda: two(weighted_metrics=["mae"] * 3), "weighted_metrics for 3"),
    "layers for keys": (lambda: two("ab", metrics={"left": "mae"}), "metrics for an output 'left'; .* 'a', 'b'"),
    "metrics in third place": (
        lambda: one(loss_weights=["mae"]),
        r"loss_weights='mae'.* not a number.*metrics=\['mae'\]",
    ),
    "a loss of layers": (lambda: two("ab", loss={"left": "mse", "right": "mse"}), "loss for an output 'left'"),
}
TRAINED = {
    "short names": lambda: one(metrics=["acc", "accuracy", "mae", "MeanSquaredError"]),
    "by the labels": lambda: one(loss="crossentropy", metrics=["Accuracy", "MSE"]),
    "a dict for one output": lambda: one(metrics={"whatever": "mae"}),
    "one loss for two": lambda: two(loss=["mse"]),
    "none for one": lambda: two(loss={"left": "mse", "right": None}, metrics=[None, "mae"]),
    "lists of metrics": lambda: two(metrics=[["mae", "mse"], []]),
    "some outputs": lambda: two(metrics={"right": "mae"}),
    "keys": lambda: two("ab", loss={"a": "mse", "b": "mae"}, metrics={"b": ["mae"]}),
    "weights of losses": lambda: two(loss=["mse", "mae"], loss_weights=[0.5, np.float32(2)]),
    "some keys": lambda: two("ab", loss={"a": "mse"}),
}


@pytest.mark.parametrize(("build", "words"), REFUSED.values(), ids=REFUSED)
def test_a_name_that_keras_does_not_know_is_refused_in_one_sentence(build, words):
    model = build()
    with pytest.raises(InvalidModelError, match=words):
        blueprint.require_compiled(model)
    with pytest.raises((ValueError, KeyError, TypeError)):
        fit_by_keras(model)


@pytest.mark.parametrize("build", TRAINED.values(), ids=TRAINED)
def test_what_keras_trains_is_not_refused(build):
    model = build()
    blueprint.require_compiled(model)
    assert np.isfinite(fit_by_keras(model)["loss"]).all()
