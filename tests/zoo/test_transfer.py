"""Transfer: the backbone's numbers fit the rows, its weights stay as they are, and only the head learns."""

import keras
import numpy as np
import pytest

from sparkeras import datasets, zoo
from sparkeras.errors import InvalidModelError, SetupError
from tests.marks import on_torch_too

pytestmark = pytest.mark.thorough

DIGITS = datasets.load_arrays("digits")


@pytest.fixture(scope="module")
def backbone():
    """Return a small network with batch normalisation that was trained on the digits 0 to 4."""
    keras.utils.set_random_seed(0)
    model = zoo.build("resnet-small", (8, 8), 10, scaling=DIGITS.scaling)
    model.compile("adam", "sparse_categorical_crossentropy")
    low = DIGITS.y_train < 5
    model.fit(DIGITS.x_train[low], DIGITS.y_train[low], batch_size=128, epochs=3, verbose=0)
    return model


def frozen(model):
    """Return the arrays of the backbone inside a transfer model."""
    return [array.copy() for array in model.get_layer("backbone").get_weights()]


def test_frozen_weights_and_moving_statistics_stay_bit_for_bit(backbone, tmp_path):
    model = zoo.build("transfer", (8, 8), 10, scaling=DIGITS.scaling, backbone=backbone)
    model.compile("adam", "sparse_categorical_crossentropy")
    before, high = frozen(model), DIGITS.y_train > 4
    losses = model.fit(DIGITS.x_train[high], DIGITS.y_train[high], epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
    assert len(model.trainable_variables) == 4
    model.save(tmp_path / "model.keras")
    zoo.register()
    opened = keras.saving.load_model(tmp_path / "model.keras")
    for each in (model, opened):
        for a, b in zip(before, frozen(each), strict=True):
            np.testing.assert_array_equal(a, b)
    assert len(opened.trainable_variables) == 4


@on_torch_too
def test_several_workers_leave_frozen_weights_alone(backbone, spark):
    import sparkeras

    model = zoo.build("transfer", (8, 8), 10, scaling=DIGITS.scaling, backbone=backbone)
    model.compile("adam", "sparse_categorical_crossentropy")
    before = frozen(model)
    rows = datasets.frame_from_arrays(spark, DIGITS.x_train[:200], DIGITS.y_train[:200])
    sparkeras.fit(model, rows, epochs=2, num_workers=2)
    for a, b in zip(before, frozen(model), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("shape", [(28, 28), (16, 12, 3)])
def test_images_are_brought_to_the_backbones_size_colours_and_units(backbone, shape):
    model = zoo.build("transfer", shape, 3, scaling=("rescale", 1 / 255), backbone=backbone)
    body = model.get_layer("backbone")
    between = keras.Model(model.input, body._inbound_nodes[-1].input_tensors[0])
    white = np.full((1, *shape), 255, np.uint8)
    np.testing.assert_allclose(between.predict(white, verbose=0), np.full((1, 8, 8), 16), rtol=1e-4)


def test_a_backbone_ends_with_its_convolutions(backbone):
    def features(model):
        return zoo.build("transfer", (8, 8), 3, backbone=model).get_layer("backbone").output_shape

    assert features(backbone) == (None, 64)  # averages of images
    assert features(zoo.build("cnn", (8, 8), 5)) == (None, 2 * 2 * 64)  # before its two dense layers
    assert features(zoo.build("mlp", (8, 8), 5)) == (None, 128)  # all are dense: before the last
    amounts = zoo.build("cnn", (8, 8), label_scaling=("standardize", ([1.0], [2.0])))
    assert features(amounts) == (None, 2 * 2 * 64)


def test_a_file_and_a_runs_folder_are_backbones(backbone, tmp_path):
    (tmp_path / "run").mkdir()
    backbone.save(tmp_path / "run" / "model.keras")
    for path in (tmp_path / "run", tmp_path / "run" / "model.keras"):
        model = zoo.build("transfer", (8, 8), 5, scaling=DIGITS.scaling, backbone=str(path))
        assert model.output_shape == (None, 5)


def test_digits_are_learnt_on_the_spot_and_that_is_said():
    said = []
    rows = DIGITS.x_train[:100], DIGITS.y_train[:100]
    model = zoo.build("transfer", (28, 28), 10, backbone="digits", rows=rows, say=said.append)
    assert model.output_shape == (None, 10)
    assert said == ["The backbone is a cnn, trained here and now on 100 handwritten digits of 8 x 8 pixels."]


def test_without_imagenets_weights_it_says_so_and_how_to_go_on(monkeypatch):
    def offline(**settings):
        raise Exception("URL fetch failure on https://storage.example: no route")

    monkeypatch.setattr(keras.applications, "ResNet50", offline)
    with pytest.raises(SetupError, match="ImageNet weights cannot be had.*no route.*--backbone digits"):
        zoo.build("transfer", (28, 28), 10, backbone="imagenet")
    said = []
    rows = DIGITS.x_train[:64], DIGITS.y_train[:64]
    zoo.build("transfer", (28, 28), 10, rows=rows, say=said.append)
    assert "so the backbone is one trained on 8 x 8 digits" in said[0]


def test_imagenets_network_gets_bgr_less_the_mean():
    from sparkeras.zoo.layers import ImageNetInput

    made = ImageNetInput()(np.array([[[[1.0, 0.5, 0.0]]]], np.float32))
    np.testing.assert_allclose(made, [[[[-103.939, 127.5 - 116.779, 255 - 123.68]]]], rtol=1e-5)


def test_what_is_no_backbone_is_refused(tmp_path):
    with pytest.raises(InvalidModelError, match="no backbone 'nosuch': expected imagenet, digits"):
        zoo.build("transfer", (8, 8), 2, backbone="nosuch")
    (tmp_path / "bad.keras").write_text("no model")
    with pytest.raises(InvalidModelError, match="cannot open the backbone"):
        zoo.build("transfer", (8, 8), 2, backbone=tmp_path / "bad.keras")
    inputs = keras.Input((4,))
    headless = keras.Model(inputs, keras.layers.LayerNormalization()(keras.layers.Dense(3)(inputs)))
    with pytest.raises(InvalidModelError, match="whose last layer is a Dense one"):
        zoo.build("transfer", (4,), 2, backbone=headless)
    table = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.ReLU(), keras.layers.Dense(2)])
    with pytest.raises(InvalidModelError, match=r"takes rows of shape \(4,\); rows here have shape \(5,\)"):
        zoo.build("transfer", (5,), 2, backbone=table)
