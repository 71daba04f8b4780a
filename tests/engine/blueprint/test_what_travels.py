"""What configs and files of Keras forget travels all the same: settings, adapters, attributes; or it is refused."""

import inspect

import keras
import numpy as np
import pytest
from keras import layers

from sparkeras.engine import blueprint
from sparkeras.engine.blueprint import attributes, state
from sparkeras.errors import InvalidModelError


def dense(**compiled):
    model = keras.Sequential([keras.Input((6,)), layers.Dense(5), layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **compiled})
    return model


LOSSES = {
    "Huber": (keras.losses.Huber, {"delta": 0.5}),
    "cosine": (keras.losses.CosineSimilarity, {"axis": 1}),
    "sparse": (keras.losses.SparseCategoricalCrossentropy, {"axis": 1, "ignore_class": 3}),
    "focal": (keras.losses.BinaryFocalCrossentropy, {"alpha": 0.4, "gamma": 3.0}),
    "Tversky": (keras.losses.Tversky, {"alpha": 0.3, "beta": 0.7}),
}


@pytest.mark.parametrize("name", LOSSES)
def test_the_arguments_of_a_loss_travel(name):
    kind, arguments = LOSSES[name]
    opened = blueprint.copy(dense(loss=kind(**arguments), metrics=[keras.metrics.CosineSimilarity(axis=1)]))
    kept = {**vars(opened.loss), **getattr(opened.loss, "_fn_kwargs", {})}
    assert {key: kept[key] for key in arguments} == arguments
    assert opened._compile_metrics._user_metrics[0]._fn_kwargs == {"axis": 1}


def test_what_was_set_in_an_optimizer_after_its_construction_travels():
    optimizer = keras.optimizers.AdamW(0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    model = dense(optimizer=optimizer)
    model.optimizer.beta_1, model.optimizer.clipnorm = 0.5, 2.0
    opened = blueprint.copy(model).optimizer
    assert (opened.beta_1, opened.clipnorm) == (0.5, 2.0)
    excluded = [opened._use_weight_decay(variable) for variable in model.trainable_variables]
    assert excluded == [True, False] * 2


class Rate(keras.optimizers.schedules.LearningRateSchedule):
    """As the Transformer tutorial has it: no get_config."""

    def __init__(self, width, warmup=10):
        self.width, self.warmup = width, warmup

    def __call__(self, step):
        return keras.ops.cast(step, "float32") / self.warmup / self.width


class Weighted(keras.Loss):
    """A loss that keeps an argument as a tensor, and no config."""

    def __init__(self, weights):
        super().__init__()
        self.weights = keras.ops.convert_to_tensor(weights)

    def call(self, y_true, y_pred):
        return keras.ops.mean(self.weights * keras.ops.square(y_true - y_pred), axis=-1)


class Spread(keras.regularizers.Regularizer):
    """A regularizer without a config."""

    def __init__(self, by):
        self.by = by

    def __call__(self, weights):
        return self.by * keras.ops.std(weights)


def test_schedules_losses_and_regularizers_without_a_config_travel():
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, kernel_regularizer=Spread(0.25))])
    model.compile(keras.optimizers.Adam(Rate(64)), Weighted([2.0]))
    opened = blueprint.copy(model)
    assert vars(opened.optimizer._learning_rate) == {"width": 64, "warmup": 10}
    assert np.asarray(keras.ops.convert_to_numpy(opened.loss.weights)) == [2.0]
    assert opened.layers[0].kernel_regularizer.by == 0.25
    assert blueprint.pack_once(model)[0] == blueprint.pack_once(model)[0]
    assert not {"from_config"} & vars(Rate).keys()


def test_adapters_travel_as_they_are():
    model = dense()
    model.layers[0].enable_lora(2)
    model.compile("sgd", "mse")
    model.layers[0].lora_kernel_b.assign(np.full((2, 5), 0.5))
    opened = blueprint.copy(model)
    for name in ("lora_kernel_a", "lora_kernel_b", "_kernel", "bias"):
        mine, others = (keras.ops.convert_to_numpy(getattr(each.layers[0], name)) for each in (model, opened))
        np.testing.assert_array_equal(mine, others)
    assert len(opened.trainable_variables) == len(model.trainable_variables)


@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_quantized_models_travel(mode):
    model = dense()
    model.quantize(mode)
    opened = blueprint.copy(model)
    x = np.random.default_rng(0).normal(size=(5, 6)).astype("float32")
    np.testing.assert_allclose(opened(x), model(x), rtol=1e-5, atol=1e-6)


class BuiltLate(keras.Model):
    """Layers made in build, as many examples have it."""

    def build(self, shape):
        self.hidden, self.out = layers.Dense(8, "relu"), layers.Dense(1)
        self.built = True

    def call(self, x):
        return self.out(self.hidden(x))


def test_layers_that_a_subclass_makes_in_build_travel_with_their_optimizer():
    model, x = BuiltLate(), np.random.default_rng(0).normal(size=(20, 4))
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], verbose=0)
    opened = blueprint.copy(model)
    np.testing.assert_allclose(opened.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6)
    assert [v.shape for v in opened.optimizer.variables] == [v.shape for v in model.optimizer.variables]


class Scaled(layers.Layer):
    """A number, a table and a function in attributes that no config has."""

    def __init__(self, **named):
        super().__init__(**named)
        self.by, self._table, self.then = 1.0, np.ones(1), None

    def call(self, x):
        made = x * self.by * self._table
        return made if self.then is None else self.then(made)


def test_attributes_that_were_set_later_travel():
    scaled = Scaled()
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1), scaled])
    scaled.by, scaled._table = 5.0, np.array([3.0])
    x = np.ones((2, 4))
    np.testing.assert_allclose(blueprint.copy(model)(x), model(x), rtol=1e-6)


def test_a_model_that_would_be_another_is_refused_by_its_layer():
    scaled = Scaled(name="scaled")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(1, name="first"), scaled])
    scaled.then = lambda x: x * 3
    with pytest.raises(InvalidModelError, match=r"The layer 'scaled' \(Scaled\) gives different output .* get_config"):
        blueprint.pack(model)


class Holder(keras.Model):
    """Takes a model, and forgets to open it from its config."""

    def __init__(self, inner, **settings):
        super().__init__(**settings)
        self.inner = inner
        inner.trainable = False

    def call(self, x):
        return self.inner(x)

    def get_config(self):
        return {"inner": self.inner}


class Opening(Holder):
    @classmethod
    def from_config(cls, config):
        return cls(**config | {"inner": keras.saving.deserialize_keras_object(config["inner"])})


def test_a_model_that_takes_a_model_is_told_to_open_it_from_its_config():
    inner = keras.Sequential([keras.Input((4,)), layers.Dense(1)])
    with pytest.raises(InvalidModelError, match="come back from a config as dicts: .* from_config.*deserialize_keras"):
        blueprint.pack(Holder(inner))
    x = np.ones((2, 4), np.float32)
    model = Opening(inner)
    expected = model(x)
    np.testing.assert_allclose(blueprint.copy(model)(x), expected, rtol=1e-6)


def test_variables_keep_their_paths_and_weight_decay_its_exceptions():
    model = keras.Sequential([keras.Input((4,)), layers.Dense(3, name="first"), layers.Dense(1)], name="whole")
    optimizer = keras.optimizers.AdamW(weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_list=[model.layers[0].kernel])
    model.compile(optimizer, "mse")
    optimizer.build(model.trainable_variables)
    opened = blueprint.open_blueprint(blueprint.pack(model))
    assert [v.path for v in opened.variables] == [v.path for v in model.variables]
    decayed = [opened.optimizer._use_weight_decay(variable) for variable in opened.trainable_variables]
    assert decayed == [False, True, True, True]


class Noisy(layers.Layer):
    def call(self, x):
        return x + np.random.normal()


def test_a_layer_that_draws_numbers_of_its_own_is_no_other_model():
    assert blueprint.pack(keras.Sequential([keras.Input((4,)), Noisy(), layers.Dense(1)]))


def test_a_model_with_a_layer_frozen_since_its_last_training_travels():
    model = dense(optimizer="adam")
    model.fit(np.ones((8, 6)), np.ones((8, 1)), verbose=0)
    model.layers[0].trainable = False
    opened = blueprint.copy(model)
    # Keras on JAX trains with an optimizer of just the variables that train.
    kept = keras.config.backend() != "jax"
    assert (len(opened.optimizer.variables) == len(model.optimizer.variables)) is kept
    assert int(opened.optimizer.iterations) == kept
    state.set_state(model, state.get_state(opened))
    assert len(opened.optimizer.variables) == len(model.optimizer.variables)


class Anchored(keras.optimizers.SGD):
    """Its slots begin as copies of the weights."""

    def build(self, variables):
        super().build(variables)
        self.anchors = [keras.Variable(keras.ops.convert_to_numpy(v), trainable=False) for v in variables]


def test_slots_that_begin_as_copies_copy_the_models_weights():
    model = dense(optimizer=Anchored(0.1))
    opened = blueprint.copy(model)
    opened.optimizer.build(opened.trainable_variables)
    for anchor, weight in zip(opened.optimizer.anchors, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(anchor), keras.ops.convert_to_numpy(weight))


def _with_other_values(kind):
    """Return constructor arguments, each alone, that are not the default."""
    needed = {"inner_optimizer": lambda: keras.optimizers.SGD()}
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    made = {p.name: needed[p.name]() for p in parameters if p.name in needed}
    for parameter in parameters:
        default = parameter.default
        if isinstance(default, bool):
            yield {**made, parameter.name: not default}
        elif isinstance(default, float) and parameter.name != "learning_rate":
            yield {**made, parameter.name: default / 2}


OPTIMIZERS = [
    kind
    for kind in vars(keras.optimizers).values()
    if isinstance(kind, type) and issubclass(kind, keras.optimizers.Optimizer) and kind is not keras.Optimizer
]


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.__name__)
def test_each_argument_of_each_optimizer_travels(kind):
    for arguments in _with_other_values(kind):
        try:
            model = dense(optimizer=kind(**arguments))
        except (TypeError, ValueError):
            continue  # it wants another argument beside
        assert attributes.differing(model, blueprint.copy(model)) == [], arguments
