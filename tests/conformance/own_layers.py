"""What users write themselves: layers and models."""

import keras
from keras import layers, ops

from tests.conformance.own import LargestOf
from tests.engine.process.ranks.own import AddsMean as AddsMean
from tests.engine.process.ranks.own import AddsSum as AddsSum


class AddsRoot(layers.Layer):
    def call(self, x):
        self.add_loss(0.1 * ops.sqrt(ops.mean(ops.square(x))))
        return x


class Antirectifier(layers.Layer):
    """A layer with a weight of its own, as Keras' examples have it."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1] * 2, shape[-1]), name="kernel")
        self.built = True

    def call(self, x):
        return ops.matmul(ops.concatenate([ops.relu(x), ops.relu(-x)], axis=-1), self.kernel)


class Runs(layers.Layer):
    """A state that is not a mean: the largest so far."""

    def build(self, shape):
        self.largest = self.add_weight(shape=(), initializer="zeros", trainable=False, name="largest")

    def call(self, x, training=None):
        if training:
            self.largest.assign(ops.maximum(self.largest, ops.max(ops.abs(x))))
        return x


class CentersWhileTraining(layers.Layer):
    """Rows are mixed, and only while training."""

    def call(self, x, training=None):
        return x - ops.mean(x, axis=0, keepdims=True) if training else x


class DividesBySpread(layers.Layer):
    """Rows are mixed while training, by a spread over them."""

    def call(self, x, training=None):
        return x / (ops.std(x, axis=0, keepdims=True) + 1.0) if training else x


class LooksAtTheRowBefore(layers.Layer):
    """Rows are mixed whether it trains or not."""

    def call(self, x):
        return x + 0.5 * ops.roll(x, 1, axis=0)


class AddsLossWhileTraining(layers.Layer):
    """A penalty that only training has, and a second one that evaluation has too."""

    def call(self, x, training=None):
        if training:
            self.add_loss(0.1 * ops.mean(ops.square(x)))
        self.add_loss(0.01 * ops.mean(ops.abs(x)))
        return x


class Counts(layers.Layer):
    """A state that counts steps or rows, as a number of some type."""

    def __init__(self, rows=True, kind="float32", **settings):
        super().__init__(**settings)
        self.rows, self.kind = rows, kind

    def get_config(self):
        return super().get_config() | {"rows": self.rows, "kind": self.kind}

    def build(self, shape):
        self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False, dtype=self.kind, name="seen")

    def call(self, x, training=None):
        if training:
            self.seen.assign(self.seen + ops.cast(ops.shape(x)[0] if self.rows else 1, self.kind))
        return x


class Drops(layers.Layer):
    """A dropout of the user's own."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.seeds = keras.random.SeedGenerator(3)

    def call(self, x, training=None):
        return keras.random.dropout(x, 0.5, seed=self.seeds) if training else x


class Tracking(keras.Model):
    """A model that keeps a sum beside Keras' own figures; its constructor as in Keras' guide to fit."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.rows_seen = keras.metrics.Sum(name="rows_seen")

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        self.rows_seen.update_state(ops.mean(ops.abs(y), axis=-1), sample_weight)
        return super().compute_metrics(x, y, y_pred, sample_weight)


class Twice(layers.Wrapper):
    """A wrapper that calls its layer twice."""

    def call(self, x):
        return self.layer(self.layer(x))


def crossing():
    first, second = keras.Input((1,), dtype="int32", name="first"), keras.Input((1,), dtype="int32", name="second")
    crossed = layers.HashedCrossing(5, output_mode="one_hot")((first, second))
    model = keras.Model([first, second], layers.Dense(1)(crossed))
    model.compile("sgd", "mse")
    return model


class Scaled(layers.Layer):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.by = 1.0

    def call(self, x):
        return x * self.by


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden, self.last = layers.Dense(5, activation="tanh"), layers.Dense(1)

    def call(self, x):
        return self.last(self.hidden(x))


class BuildsLater(keras.Model):
    def build(self, shape):
        self.hidden, self.last = layers.Dense(5, activation="tanh"), layers.Dense(1)
        self.built = True

    def call(self, x):
        return self.last(self.hidden(x))


class NamedNet(Net):
    def __init__(self):
        super().__init__()
        self.other = layers.Dense(1)

    def call(self, x):
        x = self.hidden(x)
        return {"a": self.last(x), "b": self.other(x)}


class OwnComputeLoss(Net):
    """As Keras' guides write it."""

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return ops.mean(ops.square(y - y_pred)) + 0.1 * ops.mean(ops.abs(y_pred))


class LargestInLoss(Net):
    """A metric of another signature, beside a loss of the model's own."""

    def __init__(self):
        super().__init__()
        self.largest = LargestOf()

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        self.largest.update_state(ops.abs(y - y_pred))
        return ops.mean(ops.square(y - y_pred))


class OneFigureInStep(Net):
    """The same metric, given one figure of the rows at hand."""

    def __init__(self):
        super().__init__()
        self.largest = LargestOf()

    def train_step(self, *arguments):
        self.largest.update_state(ops.max(ops.abs(arguments[-1][0])))
        return super().train_step(*arguments)


@ops.custom_gradient
def reversed_gradient(x):
    def gradient(*arguments, upstream=None):
        return -(arguments[0] if upstream is None else upstream)

    return x, gradient


class Reverses(layers.Layer):
    def call(self, x):
        return reversed_gradient(x)


class OwnStep(Net):
    """A step that ends in Keras' own."""

    def train_step(self, *arguments):
        return super().train_step(*arguments)


class LooseLogs(Net):
    """A step that returns a figure which no metric keeps."""

    def train_step(self, *arguments):
        made = super().train_step(*arguments)
        logs, *state = made if isinstance(made, tuple) else (made,)
        logs = {**logs, "largest": ops.max(ops.abs(arguments[-1][0]))}
        return (logs, *state) if state else logs


class Embeds(layers.Layer):
    def call(self, x):
        self.add_loss(ops.mean(ops.square(x - 1)))
        return x


def unlabelled():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(3), Embeds()])
    model.compile(keras.optimizers.SGD(0.1))
    return model


def quantized(mode):
    """Quantize the first layer of a model and leave the others as they are."""
    return lambda model: model.layers[0].quantize(mode)


def torch_module():
    import torch

    wrapped = layers.TorchModuleWrapper(torch.nn.Linear(6, 4))
    model = keras.Sequential([keras.Input((6,)), wrapped, layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), "mse")
    return model
