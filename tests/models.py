"""Models and custom objects that tests share; being a test's own module, they must travel by value."""

import keras
import numpy as np
from keras import ops

FACTOR = 3.0


def digits_model(**compile_arguments):
    """Return a small compiled classifier of 64 numbers, the same at each call."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Rescaling(1 / 16),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        **{"optimizer": "adam", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **compile_arguments}
    )
    return model


def dense(units=1, width=2, loss="mse", activation=None):
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss)
    return model


def weights_of(model):
    """Return all weights of a model as one array."""
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def scaled_tanh(x):
    return ops.tanh(x) * FACTOR


class Scale(keras.layers.Layer):
    def __init__(self, factor, **settings):
        super().__init__(**settings)
        self.factor = factor

    def call(self, x):
        return scaled_tanh(x) * self.factor


class Halving(keras.Model):
    """A train_step of its own that still ends in Keras'."""

    def compute_loss(self, *arguments, **named):
        return super().compute_loss(*arguments, **named) / 2


class Built(keras.layers.Layer):
    """Its variables come in ``build``, which Keras wraps in a function of its own."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2))

    def call(self, x):
        return x @ self.kernel


class Shift(keras.layers.Layer):
    """A constructor as tutorials write it: no ``**kwargs``, no ``get_config``."""

    def __init__(self, by):
        super().__init__()
        self.by = by

    def call(self, x):
        return x + self.by


class Tutorial(keras.Model):
    """A subclassed model as tutorials write it; it has no variables before it sees data."""

    def __init__(self):
        super().__init__()
        self.shift = Shift(0.5)
        self.said = keras.layers.Dense(10, activation="softmax")

    def call(self, x):
        return self.said(self.shift(x / 16))


def weighted_loss(weight):
    def loss(y, said):
        return ops.mean(ops.square(y - said)) * weight

    return loss


def custom_model():
    """Return a model with a lambda, a layer, an activation, losses of one name, a metric, all defined here."""
    keras.utils.set_random_seed(1)
    inputs = keras.Input((4,))
    x = keras.layers.Lambda(lambda t: scaled_tanh(t))(inputs)
    x = Scale(2.0)(x)
    first = keras.layers.Dense(3, activation=lambda t: ops.relu(t) * FACTOR, name="first")(x)
    second = keras.layers.Dense(3, name="second")(x)
    model = Halving(inputs, [first, second])
    model.compile("adam", [weighted_loss(2.0), weighted_loss(5.0)])
    return model


class OwnCompile(keras.Model):
    """Its own ``compile`` takes what Keras' does not know, as a GAN's takes two optimizers."""

    def compile(self, optimizer, others, factor, loss_of):
        super().compile(optimizer=optimizer, loss="sparse_categorical_crossentropy")
        self.others, self.factor, self.loss_of = others, factor, loss_of

    def compute_loss(self, *arguments, **named):
        return self.loss_of(super().compute_loss(*arguments, **named)) * self.factor


def model_with_own_compile():
    keras.utils.set_random_seed(2)
    inputs = keras.Input((64,))
    model = OwnCompile(inputs, keras.layers.Dense(10, activation="softmax")(keras.layers.Rescaling(1 / 16)(inputs)))
    model.compile("adam", [keras.optimizers.SGD(0.25), keras.optimizers.Adam(0.5)], FACTOR, lambda loss: loss * 2)
    return model
