"""What was changed after a model was built travels, or is refused; and losses that are not functions."""

import functools

import keras
import numpy as np
import pytest
from keras import layers, losses, metrics, ops, regularizers

from sparkeras.engine import blueprint
from sparkeras.errors import InvalidModelError

X = np.random.default_rng(0).normal(size=(32, 3)).astype(np.float32)
Y = X[:, :1]


def mlp(change=None, loss="mse", figures=None):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), layers.Dense(4, "tanh"), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.05), loss, metrics=figures)
    if change:
        change(model)
        model.compile(keras.optimizers.SGD(0.05), loss, metrics=figures)
    return model


def freeze_a_bias(model):
    model.layers[0].bias.trainable = False


def freeze_all_but_say_otherwise(model):
    model.trainable = False
    model.layers[1].trainable = True


def regularize_a_kernel(model):
    model.layers[0].kernel.regularizer = regularizers.L2(0.5)


def constrain_a_kernel(model):
    model.layers[0].kernel.constraint = keras.constraints.NonNeg()


def regularize_too_late(model):
    model.layers[0].kernel_regularizer = regularizers.L2(0.5)  # plain Keras takes no notice of it


class Scaled:
    """A loss that is an object with ``__call__``."""

    def __init__(self, scale):
        self.scale = scale

    def __call__(self, y_true, y_pred):
        return self.scale * ops.mean(ops.square(y_true - y_pred), -1)


class Net(keras.Model):
    """Its loss is one of its methods, and its call takes no ``training``."""

    def __init__(self):
        super().__init__()
        self.last = layers.Dense(1)

    def call(self, x):
        return self.last(x)

    def penalized(self, y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred), -1) + ops.sum(ops.square(self.last.kernel))


def of_a_method():
    keras.utils.set_random_seed(0)
    model = Net()
    model(X[:1])
    model.compile(keras.optimizers.SGD(0.05), model.penalized, metrics=["mae"])
    return model


MODELS = [functools.partial(mlp, change) for change in (freeze_a_bias, freeze_all_but_say_otherwise)]
MODELS += [functools.partial(mlp, change) for change in (regularize_a_kernel, constrain_a_kernel, regularize_too_late)]
MODELS += [functools.partial(mlp, None, functools.partial(losses.huber, delta=0.3))]
MODELS += [functools.partial(mlp, None, Scaled(2.0), [Scaled(3.0), functools.partial(losses.huber, delta=0.3)])]
MODELS += [of_a_method]


@pytest.mark.parametrize("make", MODELS)
def test_an_opened_copy_trains_alike(make):
    opened, plain = blueprint.open_blueprint(blueprint.pack(make())), make()
    found, expected = (each.fit(X, Y, batch_size=32, epochs=3, verbose=0).history for each in (opened, plain))
    assert list(found) == list(expected)
    for name, figures in expected.items():
        np.testing.assert_allclose(found[name], figures, rtol=1e-5)
    for mine, other in zip(opened.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-7)


def nothing(*_, **__):
    return 0.0


REPLACED = {
    "compute_loss": lambda model: model,
    "apply": lambda model: model.optimizer,
    "update_state": lambda model: model._compile_metrics._user_metrics[0],
    "call": lambda model: model.layers[0],
}


@pytest.mark.parametrize("name", REPLACED)
def test_a_method_that_was_replaced_on_one_object_is_refused(name):
    model = mlp(figures=[metrics.MeanAbsoluteError()])
    setattr(REPLACED[name](model), name, nothing)
    with pytest.raises(
        InvalidModelError, match=f"The method '{name}' of .* was replaced on one object.* its own {name}"
    ):
        blueprint.pack(model)


def test_epsilon_travels_to_the_training_process():
    before = keras.config.epsilon()
    try:
        keras.config.set_epsilon(1e-2)
        data = blueprint.pack(mlp())
        keras.config.set_epsilon(before)
        blueprint.open_blueprint(data, adopt_settings=True)
        assert keras.config.epsilon() == 1e-2
    finally:
        keras.config.set_epsilon(before)


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (lambda: keras.Variable(0.5, trainable=False, name="beta"), "beta"),
        (lambda: [keras.Variable(0.5, name="first"), keras.Variable(0.5)], "first"),
        (lambda: {"rate": keras.Variable(0.5, name="rate")}, "rate"),
        (lambda: keras.random.SeedGenerator(3), "seed_generator_state"),
    ],
    ids=["one", "list", "dict", "seed generator"],
)
def test_variables_set_on_a_model_of_keras_are_refused_by_name(made, name):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    model.beta = made()
    with pytest.raises(InvalidModelError, match=f"The variable '{name}' was set as an attribute .* in the loss or"):
        blueprint.pack(model)


class Scales(keras.Model):
    def __init__(self, **settings):
        super().__init__(**settings)
        self.beta = 1.0

    def call(self, x):
        return x * self.beta

    def get_config(self):
        return {}


def test_a_variable_set_on_a_model_of_the_user_is_refused_with_the_cure():
    model = Scales()
    model.beta = keras.Variable(0.5, trainable=False)
    model(np.ones((1, 4)))
    with pytest.raises(InvalidModelError, match="expected 0 variables, .* by self.add_weight"):
        blueprint.pack(model)
