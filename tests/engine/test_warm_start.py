"""Transfer: a trained model goes in, frozen layers stay as they are, the best weights come out."""

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras import KerasClassifier
from tests.models import digits_model, weights_of


@pytest.fixture(scope="module")
def digits(spark):
    frame, _ = sparkeras.datasets.load("digits", spark)
    return frame.repartition(2).cache()


@pytest.fixture(scope="module")
def trained(digits):
    model = digits_model()
    sparkeras.fit(model, digits, epochs=3, batch_size=32)
    return model


def transferred(trained):
    """Return a new head on a frozen body: Dense with weight decay, normalisation that would move if it were not."""
    body = keras.Sequential([*trained.layers[:-1], keras.layers.BatchNormalization()])
    body.build((None, 64))
    body.trainable = False
    model = keras.Sequential([keras.Input((64,)), body, keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.AdamW(0.01, weight_decay=0.1), "sparse_categorical_crossentropy")
    return model, body


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [1, 2])
def test_frozen_layers_stay_bit_for_bit(trained, digits, workers):
    model, body = transferred(trained)
    before, head = weights_of(body), weights_of(model.layers[-1])
    history = sparkeras.fit(model, digits, epochs=2, batch_size=64, num_workers=workers)
    np.testing.assert_array_equal(weights_of(body), before)
    assert not body.trainable
    assert np.abs(weights_of(model.layers[-1]) - head).max() > 0.01
    assert history.history["loss"][1] < history.history["loss"][0]


@pytest.mark.thorough
def test_an_estimator_goes_on_from_a_trained_model(trained, digits):
    before = weights_of(trained)
    cold = KerasClassifier(model=digits_model(), epochs=1, batchSize=32).fit(digits)
    warm = KerasClassifier(model=trained, epochs=1, batchSize=32).fit(digits)
    assert warm.history.epochs[0]["loss"] < 0.7 * cold.history.epochs[0]["loss"]
    np.testing.assert_array_equal(weights_of(trained), before)
    # And the model that came out goes in again.
    again = KerasClassifier(model=warm.keras_model, epochs=1, batchSize=32).fit(digits)
    assert again.history.epochs[0]["loss"] < warm.history.epochs[0]["loss"]


@pytest.mark.thorough
def test_the_best_weights_come_out(digits):
    model = digits_model(optimizer=keras.optimizers.SGD(0.05))
    # From the fourth epoch on the rate is so high that the model becomes worse.
    worse = keras.callbacks.LearningRateScheduler(lambda epoch: 0.05 if epoch < 3 else 20.0)
    stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=2, restore_best_weights=True)
    rows = digits.selectExpr("*", "hash(features) % 5 = 0 AS held_out")
    history = sparkeras.fit(model, rows, epochs=9, batch_size=32, validation="held_out", callbacks=[worse, stop])
    losses = history.history["val_loss"]
    assert len(losses) < 9
    assert min(losses) < losses[-1]
    found = sparkeras.evaluate(model, rows.where("held_out"), batch_size=32)
    assert found["loss"] == pytest.approx(min(losses), rel=1e-4)
