"""What users write themselves: losses, metrics, schedules, callbacks."""

import keras
import numpy as np
from keras import ops

from tests.engine.process.ranks.own import Largest as Largest


def squared_per_row(y, said):
    return ops.mean(ops.square(y - said), axis=-1)


def squared_per_unit(y, said):
    return ops.square(y - said)


def scaled(by):
    def loss(y, said):
        return by * ops.mean(ops.abs(y - said), axis=-1)

    return loss


def mean_squared(y, said):
    return ops.mean(ops.square(y - said))


def summed(y, said):
    return ops.sum(ops.square(y - said))


def rmse(y, said):
    return ops.sqrt(ops.mean(ops.square(y - said)))


def ranking(y, said):
    """A loss over pairs of rows: the order of each two."""
    difference = said - ops.transpose(said)
    wanted = ops.sign(y - ops.transpose(y))
    return ops.mean(ops.softplus(-wanted * difference))


def mae_per_row(y, said):
    return ops.mean(ops.abs(y - said), axis=-1)


def largest_error(y, said):
    return ops.max(ops.abs(y - said))


class Pinball(keras.losses.Loss):
    def __init__(self, share=0.5, **settings):
        super().__init__(**settings)
        self.share = share

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        return ops.mean(ops.maximum(self.share * error, (self.share - 1) * error), axis=-1)

    def get_config(self):
        return super().get_config() | {"share": self.share}


class Scaled(keras.losses.Loss):
    """A loss with a variable of its own."""

    def __init__(self):
        super().__init__()
        self.by = keras.Variable(1.5)

    def call(self, y_true, y_pred):
        return self.by * ops.mean(ops.square(y_true - y_pred), axis=-1)


class Relative(keras.losses.Loss):
    """A loss that keeps its own running mean."""

    def __init__(self):
        super().__init__()
        self.mean = keras.Variable(1.0, trainable=False)

    def call(self, y_true, y_pred):
        values = ops.mean(ops.square(y_true - y_pred), axis=-1)
        self.mean.assign(0.9 * self.mean + 0.1 * ops.mean(ops.stop_gradient(values)))
        return values / (ops.stop_gradient(self.mean) + 0.1)


class Seeded(keras.losses.Loss):
    """A loss that draws, though nothing comes of it."""

    def __init__(self):
        super().__init__()
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, y_true, y_pred):
        drawn = keras.random.uniform((), seed=self.seeds)
        return ops.mean(ops.square(y_true - y_pred), axis=-1) * (1 + 0 * drawn)


class MeanError(keras.metrics.Mean):
    """A mean of the user's own, with labels and answers."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        return super().update_state(ops.mean(ops.abs(y_true - y_pred), axis=-1), sample_weight)


class WrappedError(keras.metrics.MeanMetricWrapper):
    def __init__(self, name="wrapped", **settings):
        super().__init__(fn=mae_per_row, name=name, **settings)

    def get_config(self):
        return {"name": self.name, "dtype": self.dtype}


class Sums(keras.metrics.Metric):
    """Sums of its own, by row weights, as Keras' guides write a metric."""

    def __init__(self, name="sums", **settings):
        super().__init__(name=name, **settings)
        self.total = self.add_weight(name="total", initializer="zeros")
        self.count = self.add_weight(name="count", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        errors = ops.mean(ops.square(y_true - y_pred), axis=-1)
        weights = ops.ones_like(errors) if sample_weight is None else ops.reshape(sample_weight, ops.shape(errors))
        self.total.assign_add(ops.sum(errors * weights))
        self.count.assign_add(ops.sum(weights))

    def result(self):
        return self.total / self.count


class ByName(Sums):
    """A result of several figures."""

    def result(self):
        return {"mean": self.total / self.count, "rows": self.count + 0}


class CountsWithoutWeights(Sums):
    def update_state(self, y_true, y_pred, sample_weight=None):
        self.total.assign_add(ops.sum(ops.square(y_true - y_pred)))
        self.count.assign_add(ops.cast(ops.shape(y_true)[0], "float32"))


class Warmup(keras.optimizers.schedules.LearningRateSchedule):
    """As the Transformer tutorial has it: without ``get_config``."""

    def __init__(self, width=4, steps=10):
        super().__init__()
        self.width, self.steps = width, steps

    def __call__(self, step):
        step = ops.cast(step, "float32") + 1
        return 0.1 * ops.minimum(1 / ops.sqrt(step), step * self.steps**-1.5) / self.width**0.5


class KeptWarmup(Warmup):
    def get_config(self):
        return {"width": self.width, "steps": self.steps}


class LargestOf(keras.metrics.Metric):
    """A metric that a step gives one array."""

    def __init__(self, name="largest_of", **settings):
        super().__init__(name=name, **settings)
        self.largest = self.add_weight(name="largest", initializer="zeros")

    def update_state(self, values, sample_weight=None):
        self.largest.assign(ops.maximum(self.largest, ops.max(values)))

    def result(self):
        return self.largest + 0


class RatesByPath(keras.optimizers.SGD):
    """Layers learn at rates of their own, by the paths of their variables."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.rates = {}

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate * self.rates.get(variable.path, 1.0))


class SignSGD(keras.optimizers.Optimizer):
    """An optimizer as Keras' guide writes it."""

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, ops.cast(learning_rate, variable.dtype) * ops.sign(gradient))


class NonNegative(keras.constraints.Constraint):
    def __call__(self, w):
        return ops.maximum(w, 0)


class Unnamed(keras.regularizers.Regularizer):
    """Neighbouring weights are alike; without ``get_config``."""

    def __call__(self, w):
        return 0.1 * ops.sum(ops.square(w[1:] - w[:-1]))


class Smooth(Unnamed):
    def get_config(self):
        return {}


class Halves(keras.initializers.Initializer):
    def __call__(self, shape, dtype=None, **settings):
        return ops.full(shape, 0.5, dtype=dtype)


class Counting(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, sorted(logs)))


class AddsFigure(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["doubled"] = 2 * logs["loss"]


class AddsArray(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        logs["both"] = np.array([logs["loss"], epoch])


class ShrinksWeights(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.set_weights([0.5 * weight for weight in self.model.get_weights()])


class Stops(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = epoch == 1
