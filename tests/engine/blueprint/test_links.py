"""What code and callbacks hold of a model is part of it, as in plain Keras: the model, its optimizer, layers, loss."""

import keras
import numpy as np
import pytest
from keras import ops

import sparkeras
from sparkeras import KerasRegressor
from sparkeras.engine import blueprint

X = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
Y = X[:, :1] - 2 * X[:, 1:2]


class Holds(keras.callbacks.Callback):
    """Does something with what it was given, before or after each epoch."""

    def __init__(self, held, before=None, after=None):
        super().__init__()
        self.held, self.before, self.after, self.seen = held, before, after, []

    def on_epoch_begin(self, epoch, logs=None):
        if self.before:
            self.before(self.held, epoch)

    def on_epoch_end(self, epoch, logs=None):
        if self.after:
            self.seen.append(self.after(self.held))


class Weighted(keras.losses.Loss):
    """A loss with a penalty whose weight a callback may change, and that keeps no config."""

    def __init__(self, weight=0.0):
        super().__init__()
        self.weight = weight

    def call(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), -1) + self.weight * ops.mean(ops.square(y_pred), -1)


def line(loss="mse", metrics=None, model=None):
    keras.utils.set_random_seed(0)
    model = model or keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="a"), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), loss, metrics=metrics, run_eagerly=False)
    return model


def with_the_model():
    model = line()
    return model, [Holds(model, after=lambda held: held.get_weights()[0].copy())]


def with_the_optimizer():
    model = line()
    return model, [Holds(model.optimizer, before=lambda held, n: setattr(held, "learning_rate", 0.05 / (n + 1)))]


def with_a_layer():
    model = line()
    return model, [Holds(model.layers[0], before=lambda held, n: held.kernel.assign(held.kernel * 0.5))]


def with_the_loss():
    loss = Weighted()
    return line(loss), [Holds(loss, before=lambda held, n: setattr(held, "weight", float(n)))]


def with_a_variable():
    rate = keras.Variable(0.5, name="rate", trainable=False)

    def loss(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), -1) * rate

    return line(loss), [Holds(rate, before=lambda held, n: held.assign(held / (n + 1)), after=lambda held: float(held))]


def with_two_callbacks():
    model = line()
    shared = {"model": model}
    return model, [Holds(shared, after=lambda held: held["model"].get_weights()[0].copy()), Holds(model.layers)]


def metric_of_the_optimizer():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    optimizer = keras.optimizers.SGD(0.05)

    def rate(y_true, y_pred):
        return optimizer.learning_rate

    model.compile(optimizer, "mse", metrics=[rate])
    return model, [keras.callbacks.LearningRateScheduler(lambda epoch: 0.05 / (epoch + 1))]


def loss_of_a_layer():
    layer = keras.layers.Dense(2, name="a")
    model = keras.Sequential([keras.Input((3,)), layer, keras.layers.Dense(1)])

    def loss(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), -1) + ops.sum(ops.square(layer.kernel)) * factor(model)

    def factor(of):
        return 0.1 * len(of.layers)

    return line(loss, model=model), []


CASES = [with_the_model, with_the_optimizer, with_a_layer, with_the_loss, with_a_variable, with_two_callbacks]
CASES += [loss_of_a_layer]
if keras.config.backend() != "jax":  # where plain Keras keeps the optimizer's variables elsewhere during an epoch
    CASES += [metric_of_the_optimizer]


def numbers(found):
    return [np.asarray(each) for each in keras.tree.flatten(found)]


def trained(make, fit):
    keras.utils.set_random_seed(0)
    model, callbacks = make()
    history = fit(model, callbacks)
    return model, callbacks, history


@pytest.fixture(scope="module")
def frame(spark):
    rows = zip(X.tolist(), Y[:, 0].tolist(), strict=True)
    return spark.createDataFrame(list(rows), "features array<double>, label double").cache()


@pytest.mark.parametrize(
    ("make", "workers"),
    [
        *((make, 1) for make in CASES),
        pytest.param(CASES[0], 2, marks=pytest.mark.thorough),
        *(pytest.param(make, 2, marks=pytest.mark.slow) for make in CASES[1:]),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_is_held_is_part_of_the_model_that_trains(frame, make, workers):
    options = {"batch_size": 32, "num_workers": workers, "epochs": 3}
    plain, before, expected = trained(make, lambda m, c: m.fit(X, Y, batch_size=32, epochs=3, callbacks=c, verbose=0))
    model, after, history = trained(make, lambda m, c: sparkeras.fit(m, frame, callbacks=c, **options))
    assert list(history.history) == list(expected.history)
    for name, figures in expected.history.items():
        np.testing.assert_allclose(history.history[name], figures, rtol=1e-4, atol=1e-6)
    for mine, other in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-6)
    for mine, other in zip(after, before, strict=True):
        for a, b in zip(numbers(getattr(mine, "seen", [])), numbers(getattr(other, "seen", [])), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_the_callers_callbacks_hold_the_callers_objects_afterwards(frame):
    model, (held,) = with_the_model()
    sparkeras.fit(model, frame, epochs=1, callbacks=[held])
    assert held.held is model
    model, (held,) = with_a_variable()
    variable = held.held
    sparkeras.fit(model, frame, epochs=2, callbacks=[held])
    assert held.held is variable
    assert float(variable) == pytest.approx(0.25)


def test_an_estimator_trains_a_copy_and_its_callbacks_see_that(frame):
    model, (held,) = with_the_model()
    fitted = KerasRegressor(model=model, epochs=2, batchSize=32, callbacks=[held]).fit(frame)
    np.testing.assert_allclose(held.seen[-1], fitted.keras_model.get_weights()[0], rtol=1e-5)


RATE = keras.optimizers.SGD(0.05)


class ReadsAGlobal(keras.Model):
    """Its method names an object of this module."""

    def __init__(self):
        super().__init__()
        self.last = keras.layers.Dense(1)

    def call(self, x):
        return self.last(x)

    def its_optimizer(self):
        return RATE


def test_packing_leaves_the_callers_classes_as_they_are():
    model = ReadsAGlobal()
    model(X[:1])
    model.compile(RATE, "mse")
    method = ReadsAGlobal.its_optimizer
    blueprint.pack(model)
    assert ReadsAGlobal.its_optimizer is method
    assert model.its_optimizer() is model.optimizer
