"""Metrics of several numbers and logs of any kind on real Spark: history and model are as after Keras' own fit."""

import keras
import numpy as np
import pytest
from keras import ops

import sparkeras

ROWS = 24


class Ends(keras.metrics.Metric):
    """A metric whose result is a dict."""

    def __init__(self, name="ends", **settings):
        super().__init__(name=name, **settings)
        self.low, self.high = (self.add_weight(initializer="zeros", name=n) for n in ("low", "high"))

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.low.assign(ops.min(y_pred))
        self.high.assign(ops.max(y_pred))

    def result(self):
        return {"low": self.low.value, "high": self.high.value}


class Adds(keras.callbacks.Callback):
    """Puts everything but numbers into the logs."""

    def on_epoch_end(self, epoch, logs=None):
        logs |= {"words": f"epoch {epoch}", "counts": np.arange(3), "kinds": {"a": 1, 2: (0.5,)}, "steps": 3}
        if epoch:
            logs["late"] = ops.convert_to_tensor([0.5, 0.25])


def rows(spark):
    drawn = np.random.default_rng(0)
    x, y = drawn.normal(size=(ROWS, 4)).astype(np.float32), np.eye(3)[drawn.integers(0, 3, ROWS)]
    return (
        x,
        y,
        spark.createDataFrame(
            list(zip(x.tolist(), y.tolist(), strict=True)), "features array<float>, label array<float>"
        ),
    )


def classifier():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    vectors = [keras.metrics.F1Score(), keras.metrics.Precision(thresholds=[0.2, 0.4], name="precision"), Ends()]
    model.compile(keras.optimizers.SGD(0.5), "categorical_crossentropy", metrics=vectors)
    return model


def require_equal(found, expected):
    assert list(found) == list(expected)
    for name in expected:
        for one, other in zip(found[name], expected[name], strict=True):
            if isinstance(other, str | dict):
                assert one == other
            else:
                assert np.ndim(one) == np.ndim(other)
                np.testing.assert_allclose(one, ops.convert_to_numpy(other), rtol=1e-4)


@pytest.mark.thorough
def test_history_metrics_and_stop_are_as_keras_gives_them(spark):
    x, y, frame = rows(spark)
    found, plain = classifier(), classifier()
    stop = {"monitor": "loss", "mode": "max"}  # which falls, so that the second epoch is the last
    callbacks = [Adds(), keras.callbacks.EarlyStopping(**stop)]
    history = sparkeras.fit(found, frame, epochs=5, batch_size=ROWS, shuffle=False, callbacks=callbacks)
    expected = plain.fit(
        x,
        y,
        epochs=5,
        batch_size=ROWS,
        shuffle=False,
        verbose=0,
        callbacks=[Adds(), keras.callbacks.EarlyStopping(**stop)],
    )
    require_equal(history.history, expected.history)
    assert history.epoch == expected.epoch == [0, 1]
    assert found.stop_training is plain.stop_training is True
    measured, kept = found.get_metrics_result(), plain.get_metrics_result()
    require_equal({name: [value] for name, value in measured.items()}, {name: [value] for name, value in kept.items()})
    figures = sparkeras.evaluate(found, frame, batch_size=ROWS)
    require_equal(
        {name: [value] for name, value in figures.items()},
        {name: [value] for name, value in plain.evaluate(x, y, batch_size=ROWS, verbose=0, return_dict=True).items()},
    )


@pytest.mark.thorough
@pytest.mark.skipif(keras.config.backend() == "tensorflow", reason="TensorFlow trains with one worker")
def test_logs_of_any_kind_end_no_training_of_two_workers(spark):
    _, _, frame = rows(spark)
    model = classifier()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy"])
    history = sparkeras.fit(model, frame, epochs=2, batch_size=ROWS, num_workers=2, callbacks=[Adds()])
    assert history.history["words"] == ["epoch 0", "epoch 1"]
    assert history.history["kinds"] == [{"a": 1, 2: (0.5,)}] * 2
    np.testing.assert_array_equal(history.history["late"], [[0.5, 0.25]])  # of the second epoch only, as Keras has it
    assert model.stop_training is False
    np.testing.assert_allclose(model.get_metrics_result()["loss"], history.history["loss"][-1], rtol=1e-4)


@pytest.mark.thorough
@pytest.mark.parametrize("named", [False, True], ids=["list", "dict"])
def test_several_outputs_train_and_are_evaluated(spark, named):
    x, _, frame = rows(spark)
    frame = frame.selectExpr("features", "features[0] AS a", "features[1] AS b")
    entry = keras.Input((4,))
    heads = {name: keras.layers.Dense(1, name=name, kernel_initializer="ones")(entry) for name in "ab"}
    build = (entry, heads) if named else (entry, list(heads.values()))
    found, plain = keras.Model(*build), keras.Model(*build)
    plain.set_weights(weights := found.get_weights())
    for model in (found, plain):
        model.compile("sgd", {"a": "mse", "b": "mae"} if named else ["mse", "mae"])
    y = {"a": x[:, 0], "b": x[:, 1]} if named else [x[:, 0], x[:, 1]]
    plain.set_weights(weights)
    expected = plain.fit(x, y, epochs=2, batch_size=ROWS, shuffle=False, verbose=0)
    found.set_weights(weights)
    history = sparkeras.fit(found, frame, label=["a", "b"], epochs=2, batch_size=ROWS, shuffle=False)
    require_equal(history.history, expected.history)
    figures = sparkeras.evaluate(found, frame, label=["a", "b"])
    assert set(figures) == {"loss", "a_loss", "b_loss"}
    measured = found.get_metrics_result()
    assert set(measured) == set(figures)
