"""The reference models have the parameters that their docstrings say, learn, travel by file, and refuse wrong rows."""

import inspect
import re

import keras
import numpy as np
import pytest

from sparkeras import datasets, zoo
from sparkeras.engine.blueprint.without_initial_weights import weights_to_come
from sparkeras.errors import InvalidModelError
from sparkeras.zoo import catalogue

pytestmark = pytest.mark.thorough

DIGITS = datasets.load_arrays("digits")
CLASSIFIERS = ["linear", "mlp", "mlp-maxout", "cnn", "cnn-99", "resnet-small", "unet"]
PARAMETERS = {
    "linear": 7_850,
    "mlp": 235_146,
    "mlp-maxout": 218_122,
    "cnn": 220_234,
    "cnn-99": 107_650,
    "resnet-small": 78_426,
    "unet": 116_906,
    "autoencoder": 209_968,
}


def classifier(name, **settings):
    """Build a model for the embedded digits, compiled."""
    keras.utils.set_random_seed(1)
    model = zoo.build(name, (8, 8), 10, scaling=DIGITS.scaling, **settings)
    if not model.compiled:
        model.compile("adam", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(("name", "parameters"), PARAMETERS.items())
def test_a_model_has_the_parameters_that_it_says(name, parameters):
    with weights_to_come():  # drawing them takes longer than all else
        model = zoo.build(name, (28, 28), 10, scaling=("rescale", 1 / 255))
    assert model.output_shape == ((None, 10) if name in CLASSIFIERS else (None, 28, 28))
    assert model.count_params() == parameters
    assert f"{parameters:,}" in inspect.getdoc(catalogue.module_of(name).build)


# By default the unet is tested as what it is for, a segmenter.
LEARNING = [pytest.param(name, marks=pytest.mark.slow if name == "unet" else ()) for name in CLASSIFIERS]


@pytest.mark.parametrize("name", LEARNING)
def test_a_classifier_learns_and_opens_again_as_it_was(name, tmp_path):
    smaller = {"unet": {"filters": 4, "depth": 1}}.get(name, {})  # compiled in a quarter of the time
    model, x, y = classifier(name, **smaller), DIGITS.x_train[:64], DIGITS.y_train[:64]
    losses = model.fit(x, y, batch_size=64, epochs=6, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    model.save(tmp_path / "model.keras")
    zoo.register()
    opened = keras.saving.load_model(tmp_path / "model.keras")
    assert [(type(a), a.name) for a in opened.layers] == [(type(b), b.name) for b in model.layers]
    for before, after in zip(model.get_weights(), opened.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("name", ["linear", "mlp", "mlp-maxout"])
def test_a_table_of_several_targets_is_a_regression(name):
    scaling = ("standardize", (np.array([10.0, -1]), np.array([4.0, 1])))
    model = zoo.build(name, (2,), None, scaling=scaling, targets=2)
    np.testing.assert_allclose(model.get_layer("scaling")(np.array([[12.0, 0.0]])), [[1, 1]], rtol=1e-5)
    assert model.output_shape == (None, 2)


@pytest.mark.parametrize("name", ["linear", "mlp", "mlp-maxout"])
def test_amounts_are_learnt_standardised_and_said_in_their_own_units(name, tmp_path):
    x = np.random.default_rng(0).normal(size=(400, 3))
    y = np.stack([200_000 + 50_000 * x[:, 0], 0.001 * x[:, 1]], axis=1)
    keras.utils.set_random_seed(0)
    model = zoo.build(name, (3,), targets=2, label_scaling=("standardize", (y.mean(axis=0), y.var(axis=0))))
    model.compile(keras.optimizers.Adam(0.01), "mean_squared_error")
    np.testing.assert_allclose(model.predict(x, verbose=0).mean(axis=0), y.mean(axis=0), rtol=0.3, atol=0.001)
    model.fit(x, y, epochs=30, verbose=0)
    assert np.mean((model.predict(x, verbose=0)[:, 0] - y[:, 0]) ** 2) < 0.1 * y[:, 0].var()
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(opened.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-6)


@pytest.mark.parametrize("shape", [(10, 7), (9, 12, 3)])
def test_a_unet_gives_each_pixel_its_class_whatever_the_sides(shape):
    model = zoo.build("unet", shape, 4, segment=True, filters=2, depth=1)
    said = model.predict(np.zeros((2, *shape), np.float32), verbose=0)
    assert said.shape == (2, *shape[:2], 4)
    np.testing.assert_allclose(said.sum(axis=-1), 1, rtol=1e-5)


def test_a_unet_learns_where_ink_is():
    keras.utils.set_random_seed(0)
    model = zoo.build("unet", (8, 8), 2, scaling=DIGITS.scaling, segment=True, filters=4, depth=1)
    model.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy", metrics=["accuracy"])
    x = DIGITS.x_train[:256]
    history = model.fit(x, np.eye(2)[(x > 8).astype("int32")], epochs=10, verbose=0).history
    assert history["accuracy"][-1] > 0.95


def test_what_a_unet_saw_on_the_way_down_reaches_the_same_level_on_the_way_up():
    with weights_to_come():
        model = zoo.build("unet", (28, 28), 10, depth=3)
    joined = [layer for layer in model.layers if isinstance(layer, keras.layers.Concatenate)]
    assert [[tuple(t.shape[1:]) for t in layer.input] for layer in joined] == [
        [(8, 8, 64), (8, 8, 64)],
        [(16, 16, 32), (16, 16, 32)],
        [(32, 32, 16), (32, 32, 16)],  # 28 padded to 32, which three halvings divide
    ]


def test_a_residual_block_adds_what_it_was_given():
    with weights_to_come():
        model = zoo.build("resnet-small", (28, 28), 10, blocks=3)
    assert sum(isinstance(layer, keras.layers.Add) for layer in model.layers) == 9
    convolutions = [w for w in model.trainable_weights if w.path.endswith("kernel") and w.shape[0] in (3, 64)]
    assert len(convolutions) == 20  # ResNet-20: 19 of 3 x 3, and the dense layer; shortcuts are 1 x 1


def test_maxout_takes_the_largest_piece():
    from sparkeras.zoo.layers import Maxout

    layer = Maxout(1, pieces=2)
    layer.build((None, 1))
    layer.set_weights([np.array([[1.0, -1.0]]), np.zeros(2)])  # |x|
    made = keras.ops.convert_to_numpy(layer(np.array([[3.0], [-2.0]])))
    np.testing.assert_allclose(made, [[3.0], [2.0]])


def test_training_images_are_shifted_and_test_images_are_not():
    from sparkeras.zoo.layers import RandomStretch

    x = np.zeros((16, 9, 9, 1), np.float32)
    x[:, 4, 4] = 1
    layer = RandomStretch(shift=0.2, stretch=0.0, seed=3)
    np.testing.assert_array_equal(layer(x), x)
    moved = keras.ops.convert_to_numpy(layer(x, training=True))
    np.testing.assert_allclose(moved.sum(axis=(1, 2, 3)), 1, rtol=1e-5)  # bilinear weights share one pixel out
    assert len(np.unique(moved.reshape(16, -1).argmax(axis=1))) > 3


def test_an_autoencoder_makes_rows_again_in_their_own_units(tmp_path):
    keras.utils.set_random_seed(0)
    model = zoo.build("autoencoder", (8, 8), scaling=DIGITS.scaling)
    losses = model.fit(DIGITS.x_train, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    made = model.predict(DIGITS.x_test, verbose=0)
    assert made.shape == DIGITS.x_test.shape
    squared = np.mean((made - DIGITS.x_test) ** 2) / 16**2
    assert squared == pytest.approx(model.evaluate(DIGITS.x_test, verbose=0, return_dict=True)["loss"], rel=1e-3)
    assert squared < 0.5 * DIGITS.x_test.var(axis=0).mean() / 16**2  # the mean image's
    model.save(tmp_path / "model.keras")
    np.testing.assert_allclose(
        keras.saving.load_model(tmp_path / "model.keras").predict(DIGITS.x_test, verbose=0), made
    )


def test_texts_are_told_apart_by_their_words_and_padding_counts_for_nothing(tmp_path):
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    y = random.integers(0, 2, 400)
    x = random.integers(10, 50, (400, 12)).astype("int32")
    x[np.arange(400), random.integers(0, 6, 400)] = 2 + y  # one word tells
    x[:, 8:] = 0
    model = zoo.build("text", (12,), 2, vocabulary=50)
    assert zoo.build("text", (100,), 2).count_params() == 321_122
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy", metrics=["accuracy"])
    assert model.fit(x, y, epochs=8, verbose=0).history["accuracy"][-1] > 0.95
    longer, empty = np.pad(x, ((0, 0), (0, 0))), np.zeros((1, 12), "int32")
    longer[:, 8:] = 0
    np.testing.assert_allclose(model.predict(longer, verbose=0), model.predict(x, verbose=0))
    assert np.isfinite(model.predict(empty, verbose=0)).all()
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(opened.predict(x, verbose=0), model.predict(x, verbose=0), atol=1e-6)


def test_every_model_has_a_sentence():
    for name in zoo.names():
        assert re.fullmatch(r"[A-Z][^\n]{20,110}\.", zoo.describe(name))


@pytest.mark.parametrize("name", ["cnn", "cnn-99", "resnet-small", "unet", "gan"])
def test_a_table_is_no_image(name):
    with pytest.raises(InvalidModelError, match=rf"{name} needs images.*rows here have shape \(13,\).*--model mlp"):
        zoo.build(name, (13,), 2)


def test_wrong_names_options_and_shapes_are_refused():
    with pytest.raises(InvalidModelError, match="Unknown model 'nosuch'; the zoo has linear, mlp"):
        zoo.build("nosuch", (2,), 2)
    with pytest.raises(InvalidModelError, match="'unet' has no option 'deep'; its options are segment, filters, depth"):
        zoo.build("unet", (8, 8), 2, deep=3)
    with pytest.raises(InvalidModelError, match="'linear' has no option 'deep'; it has none"):
        zoo.build("linear", (8, 8), 2, deep=3)
    for shape in (4, (), (28, 0), ("a",)):
        with pytest.raises(InvalidModelError, match="'input_shape' must be whole numbers of 1 and more"):
            zoo.build("mlp", shape, 2)
    with pytest.raises(InvalidModelError, match="'num_classes' must be 1 or more, or None for a regression; got 0"):
        zoo.build("cnn", (28, 28), 0)
    with pytest.raises(InvalidModelError, match=r"word ids.*shape \(8, 8\)"):
        zoo.build("text", (8, 8), 2)
    with pytest.raises(InvalidModelError, match="each pixel a class: name num_classes"):
        zoo.build("unet", (8, 8), segment=True)
    with pytest.raises(InvalidModelError, match=r"sides divisible by 4.*\(10, 8\).*--model cnn"):
        zoo.build("gan", (10, 8))
