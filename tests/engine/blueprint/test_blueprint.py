"""A model travels whole: architecture, weights, compile arguments, optimizer state, and the user's code."""

import subprocess
import sys
import types

import keras
import numpy as np
import pytest

from sparkeras.engine import blueprint
from sparkeras.engine.blueprint import state
from sparkeras.errors import InvalidModelError
from tests.models import Built, Scale, Shift, Tutorial, custom_model, digits_model, model_with_own_compile

OPENER = """
import pathlib, sys, numpy as np
from sparkeras.engine import blueprint
model = blueprint.open_blueprint(pathlib.Path("model.blueprint").read_bytes(), adopt_settings=True)
data = np.load("data.npz")
said = model.predict(data["x"], verbose=0)
loss = model.evaluate(data["x"], [data["y"], data["y"]], verbose=0, return_dict=True)["loss"]
np.savez("said.npz", first=said[0], second=said[1], loss=loss, steps=int(model.optimizer.iterations.value))
"""


def test_a_closed_constructor_gets_back_what_it_does_not_take():
    model = keras.Sequential([keras.Input((4,)), Shift(2.0), keras.layers.Dense(1)], name="mine")
    model.layers[0].trainable = False
    copied = blueprint.copy(model)
    assert (copied.name, copied.layers[0].by, copied.layers[0].trainable) == ("mine", 2.0, False)
    assert "from_config" not in vars(Shift)
    half = Tutorial()
    half.dtype_policy = keras.DTypePolicy("mixed_float16")
    opened = blueprint.copy(half)
    assert opened.dtype_policy.name == "mixed_float16"


def test_a_policy_that_was_set_back_after_compile_stays_the_models_own():
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        model.compile("adam", "mse")
    finally:
        keras.config.set_dtype_policy("float32")
    opened = blueprint.open_blueprint(blueprint.pack(model), adopt_settings=True)
    assert opened.dtype_policy.name == opened.layers[0].dtype_policy.name == "mixed_float16"
    assert isinstance(opened.optimizer, keras.optimizers.LossScaleOptimizer)
    assert keras.config.dtype_policy().name == "float32"


def test_a_subclassed_model_whose_arguments_keras_forgets_is_refused():
    class Sized(keras.Model):
        def __init__(self, units=10, name=None):
            super().__init__(name=name)

    with pytest.raises(InvalidModelError, match=r"'Sized' takes 'units', which .* return \{'units': self.units\}"):
        blueprint.pack(Sized(3))

    class Kept(Sized):
        def get_config(self):
            return {"units": 3}

    assert isinstance(blueprint.copy(Kept()), Kept)


def test_the_users_code_travels_to_a_fresh_python(tmp_path, monkeypatch):
    model = custom_model()
    x, y = np.random.default_rng(0).random((2, 32, 4))
    y = y[:, :3]
    model.fit(x, [y, y], verbose=0)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.blueprint").write_bytes(blueprint.pack(model))
    np.savez("data.npz", x=x, y=y)
    subprocess.run([sys.executable, "-c", OPENER], check=True)
    there = np.load("said.npz")
    here = model.predict(x, verbose=0)
    np.testing.assert_allclose(there["first"], here[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(there["second"], here[1], rtol=1e-5, atol=1e-6)
    assert there["loss"] == pytest.approx(model.evaluate(x, [y, y], verbose=0, return_dict=True)["loss"], rel=1e-5)
    assert there["steps"] == 1


def test_packing_leaves_the_names_of_functions_alone():
    model = custom_model()
    blueprint.pack(model)
    assert model.layers[1].function.__name__ == "<lambda>"
    assert model.loss[0].__name__ == model.loss[1].__name__ == "loss"


def test_two_classes_of_one_name_are_refused():
    other = types.new_class("Scale", (Scale,))
    inputs = keras.Input((4,))
    model = keras.Model(inputs, other(2.0)(Scale(1.0)(inputs)))
    with pytest.raises(InvalidModelError, match="two different classes named 'Scale'.*Rename one"):
        blueprint.pack(model)


def test_code_that_holds_a_lock_is_refused_with_words():
    import threading

    lock = threading.Lock()
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x * (lock is not None))(inputs))
    with pytest.raises(
        InvalidModelError, match="cannot travel to the training process.*must not hold open files, locks"
    ):
        blueprint.pack(model)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]), r"not compiled.*Call e\.g\. model\.compile"),
        ("a word", "Expected a keras.Model; got builtins.str"),
    ],
)
def test_what_cannot_be_trained_is_refused(model, words):
    with pytest.raises(InvalidModelError, match=words):
        blueprint.require_compiled(model)


def test_state_survives_the_way_as_bytes():
    arrays = [np.array(3, np.int32), np.ones((2, 3), np.float32), np.zeros((0, 4), np.float16)]
    arrays.append(keras.ops.convert_to_numpy(keras.ops.cast(keras.ops.ones((2,)), "float16")))
    for before, after in zip(arrays, state.open_state(state.pack_state(arrays)), strict=True):
        assert (before.dtype, before.shape) == (after.dtype, after.shape)
        np.testing.assert_array_equal(before, after)


def test_state_of_another_model_is_refused():
    with pytest.raises(InvalidModelError, match="variables"):
        state.set_state(digits_model(), [np.zeros(3)])


def test_the_fingerprint_changes_with_the_weights_and_with_nothing_else():
    model = digits_model()
    first, packed = blueprint.pack_once(model)
    again, same = blueprint.pack_once(model)
    assert (first, id(packed)) == (again, id(same))
    model.layers[-1].bias.assign(np.ones(10))
    assert blueprint.pack_once(model)[0] != first


def test_a_copy_is_independent():
    model = digits_model()
    copied = blueprint.copy(model)
    copied.layers[-1].bias.assign(np.ones(10))
    assert not keras.ops.convert_to_numpy(model.layers[-1].bias.value).any()


def test_a_model_with_a_compile_of_its_own_is_compiled_again():
    model = model_with_own_compile()
    opened = blueprint.open_blueprint(blueprint.pack(model))
    assert [float(optimizer.learning_rate.value) for optimizer in opened.others] == [0.25, 0.5]
    assert (opened.factor, opened.loss_of(1)) == (3.0, 2)
    x, y = np.ones((4, 64), np.float32), np.arange(4)
    assert opened.train_on_batch(x, y) == pytest.approx(model.train_on_batch(x, y))
    again = blueprint.open_blueprint(blueprint.pack(opened))
    assert int(again.optimizer.iterations.value) == 1
    assert again.train_on_batch(x, y) == pytest.approx(model.train_on_batch(x, y), rel=5e-3)


def test_a_layer_with_a_build_of_its_own_travels():
    class Local(Built):
        def build(self, shape):
            super().build(shape)

    for kind in (Built, Local):
        model = keras.Sequential([keras.Input((3,)), kind()])
        model.compile("sgd", "mse")
        opened = blueprint.open_blueprint(blueprint.pack(model))
        x = np.ones((2, 3), np.float32)
        np.testing.assert_array_equal(opened.predict(x, verbose=0), model.predict(x, verbose=0))
