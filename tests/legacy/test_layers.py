"""Layer by layer: old names and arguments give the numbers that the old layer gave."""

import keras
import numpy as np
import pytest

from sparkeras import legacy
from sparkeras.errors import InvalidModelError
from tests.legacy.forward import batch_norm, conv1d, conv2d, hard_sigmoid, pooled, relu, softmax
from tests.legacy.old_files import answer, assert_near, numbers, row, write_json, write_weights


def revive(tmp_path, document, layers=None, **options):
    """Load a document with arrays per layer: ``{name: [array, ...]}``."""
    path = write_json(tmp_path / "m.json", document)
    named = {name: {f"{name}/{i}": array for i, array in enumerate(arrays)} for name, arrays in (layers or {}).items()}
    weights = write_weights(tmp_path / "w.h5", named or {"none": {}})
    return legacy.read(path, weights, **options).model


@pytest.mark.parametrize(
    ("layer", "golden"),
    [
        (("Activation", {"activation": "hard_sigmoid"}), hard_sigmoid),
        (("LeakyReLU", {"alpha": 0.25}), lambda x: np.where(x > 0, x, 0.25 * x)),
        (("LeakyReLU", {"alpha": {"type": "ndarray", "value": 0.25}}), lambda x: np.where(x > 0, x, 0.25 * x)),
        (("ELU", {"alpha": 0.5}), lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
        (("ThresholdedReLU", {"theta": 0.5}), lambda x: np.where(x > 0.5, x, 0)),
        (("ReLU", {"max_value": 0.5, "negative_slope": 0.1, "threshold": 0.0}),
         lambda x: np.where(x > 0, np.minimum(x, 0.5), 0.1 * x)),
        (("ReLU", {"max_value": None, "negative_slope": None, "threshold": None}), relu),
        (("Softmax", {"axis": -1}), softmax),
        (("Dropout", {"p": 0.5}), lambda x: x),
        (("GaussianNoise", {"sigma": 0.5}), lambda x: x),
        (("GaussianDropout", {"p": 0.5}), lambda x: x),
        (("Reshape", {"target_shape": [2, 3]}), lambda x: x.reshape(-1, 2, 3)),
        (("RepeatVector", {"n": 2}), lambda x: np.stack([x, x], axis=1)),
        (("Activation", {"activation": {"class_name": "function", "config": "softsign"}}), lambda x: x / (1 + abs(x))),
    ],
)  # fmt: skip
def test_layers_of_vectors(layer, golden, tmp_path):
    x = 3 * numbers()(5, 6)
    assert_near(answer(revive(tmp_path, row(layer, shape=(6,))), x), golden(x))


@pytest.mark.parametrize(
    ("layer", "golden"),
    [
        (("AveragePooling2D", {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": "tf"}),
         lambda x: pooled(x, 2, np.mean)),
        (("MaxPooling2D", {"pool_size": [3, 3], "strides": [3, 3], "padding": "valid", "data_format": None}),
         lambda x: pooled(x, 3)),
        (("GlobalMaxPooling2D", {"dim_ordering": "tf"}), lambda x: x.max(axis=(1, 2))),
        (("GlobalAveragePooling2D", {"data_format": "channels_last"}), lambda x: x.mean(axis=(1, 2))),
        (("UpSampling2D", {"size": [2, 2], "dim_ordering": "tf"}), lambda x: x.repeat(2, axis=1).repeat(2, axis=2)),
        (("ZeroPadding2D", {"padding": [1, 2], "dim_ordering": "tf"}),
         lambda x: np.pad(x, ((0, 0), (1, 1), (2, 2), (0, 0)))),
        (("ZeroPadding2D", {"padding": [1, 2, 3, 4], "dim_ordering": "tf"}),
         lambda x: np.pad(x, ((0, 0), (1, 2), (3, 4), (0, 0)))),
        (("ZeroPadding2D", {"padding": {"top_pad": 1, "right_pad": 2}, "dim_ordering": "tf"}),
         lambda x: np.pad(x, ((0, 0), (1, 0), (0, 2), (0, 0)))),
        (("Cropping2D", {"cropping": [[1, 2], [0, 1]]}), lambda x: x[:, 1:-2, :-1]),
        (("Permute", {"dims": [3, 1, 2]}), lambda x: x.transpose(0, 3, 1, 2)),
        (("SpatialDropout2D", {"p": 0.5, "noise_shape": None, "dim_ordering": "tf"}), lambda x: x),
        (("Flatten", {}), lambda x: x.reshape(2, -1)),
        (("Flatten", {"data_format": "channels_first"}), lambda x: x.transpose(0, 2, 3, 1).reshape(2, -1)),
    ],
)  # fmt: skip
def test_layers_of_images(layer, golden, tmp_path):
    x = numbers()(2, 7, 6, 3)
    assert_near(answer(revive(tmp_path, row(layer, shape=(7, 6, 3))), x), golden(x))


def test_keras_json_does_not_decide_where_channels_are(tmp_path):
    before = keras.config.image_data_format()
    try:
        keras.config.set_image_data_format("channels_first")
        model = revive(tmp_path, row(("GlobalMaxPooling2D", {"data_format": None}), shape=(7, 6, 3)))
    finally:
        keras.config.set_image_data_format(before)
    assert model.output_shape == (None, 3)


@pytest.mark.parametrize("width_first", [True, False])
def test_convolution1d_was_an_image_of_width_1(width_first, tmp_path):
    draw = numbers()
    w, b = draw(3, 2, 4), draw(4)
    stored = w[:, None] if width_first else w[:, None].transpose(3, 2, 0, 1)  # since 1.1, before
    config = {"nb_filter": 4, "filter_length": 3, "border_mode": "valid", "subsample_length": 1, "activation": "relu"}
    model = revive(
        tmp_path, row(("Convolution1D", config), shape=(8, 2), version="1.2.0"), {"convolution1d_1": [stored, b]}
    )
    x = draw(3, 8, 2)
    assert_near(answer(model, x), relu(conv1d(x, w, b)))


def test_hard_sigmoid_after_weights_keeps_its_slope(tmp_path):
    draw = numbers()
    w, b, v, c = draw(2, 2, 3, 4), draw(4), draw(5, 4), draw(4)
    conv = ("Conv2D", {"filters": 4, "kernel_size": [2, 2], "activation": "hard_sigmoid"})
    x = 3 * draw(2, 5, 4, 3)
    assert_near(
        answer(revive(tmp_path, row(conv, shape=(5, 4, 3)), {"conv2d_1": [w, b]}), x), hard_sigmoid(conv2d(x, w, b))
    )
    (tmp_path / "w.h5").unlink()
    dense = ("TimeDistributed", {"layer": {"class_name": "Dense", "config": {
        "name": "d", "units": 4, "activation": "hard_sigmoid"}}})  # fmt: skip
    x = 3 * draw(2, 6, 5)
    assert_near(
        answer(revive(tmp_path, row(dense, shape=(6, 5)), {"timedistributed_1": [v, c]}), x), hard_sigmoid(x @ v + c)
    )


@pytest.mark.parametrize("name", ["BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2"])
def test_batch_normalization(name, tmp_path):
    draw = numbers()
    gamma, beta, mean, variance = draw(3), draw(3), draw(3), abs(draw(3))
    config = {"axis": [3], "epsilon": 0.01, "momentum": 0.9, "renorm": False, "virtual_batch_size": None, "fused": None}
    document = row((name, config), shape=(4, 5, 3), version="2.2.4-tf")
    model = revive(tmp_path, document, {f"{name.lower()}_1": [gamma, beta, mean, variance]})
    x = draw(2, 4, 5, 3)
    assert_near(answer(model, x), batch_norm(x, gamma, beta, mean, variance, 0.01))
    assert model.layers[0].momentum == 0.9


def test_separable_and_depthwise(tmp_path):
    draw = numbers()
    d, p, b = draw(2, 2, 3, 2), draw(1, 1, 6, 4), draw(4)
    config = {"filters": 4, "kernel_size": [2, 2], "depth_multiplier": 2, "activation": "hard_sigmoid", "groups": 1}
    model = revive(tmp_path, row(("SeparableConv2D", config), shape=(5, 4, 3)), {"separableconv2d_1": [d, p, b]})
    x = 3 * draw(2, 5, 4, 3)
    each = [conv2d(x[..., i : i + 1], d[:, :, i : i + 1]) for i in range(3)]  # two filters per channel
    assert_near(answer(model, x), hard_sigmoid(np.concatenate(each, axis=-1) @ p[0, 0] + b))


def test_dilation_of_keras_1(tmp_path):
    draw = numbers()
    w, b = draw(2, 2, 3, 4), draw(4)
    config = {"nb_filter": 4, "nb_row": 2, "nb_col": 2, "atrous_rate": [2, 2], "dim_ordering": "tf"}
    document = row(("AtrousConvolution2D", config), shape=(5, 6, 3), version="1.2.2")
    model = revive(tmp_path, document, {"atrousconvolution2d_1": [w, b]})
    wide = np.zeros((3, 3, 3, 4))
    wide[::2, ::2] = w
    x = draw(2, 5, 6, 3)
    assert_near(answer(model, x), conv2d(x, wide, b))


def test_dtypes_of_policies_and_of_inputs(tmp_path):
    half = {"class_name": "Policy", "config": {"name": "mixed_float16"}}
    document = row(
        ("Embedding", {"input_dim": 9, "output_dim": 2, "dtype": "int32"}),
        ("Dense", {"units": 1, "dtype": half}),
        shape=(3,),
    )
    model = revive(tmp_path, document, {"embedding_1": [np.zeros((9, 2))], "dense_2": [np.zeros((2, 1)), np.zeros(1)]})
    assert model.inputs[0].dtype == "int32"
    assert [layer.compute_dtype for layer in model.layers] == ["float32", "float16"]


def test_the_batch_of_a_stateful_layer_stays(tmp_path):
    document = row(("LSTM", {"units": 2, "stateful": True, "batch_input_shape": [4, 6, 3]}))
    with pytest.warns(UserWarning, match="fresh weights"):
        model = legacy.load(write_json(tmp_path / "m.json", document))
    assert model.input_shape == (4, 6, 3)


def test_a_model_that_does_not_say_its_shape_asks_for_it(tmp_path):
    path = write_json(tmp_path / "m.json", row(("Dense", {"units": 2})))
    with pytest.raises(InvalidModelError, match=r"does not have the shape of a row. Give it: .*input_shape=\(...\)"):
        legacy.load(path)
    assert legacy.read(path, input_shape=(7,)).model.input_shape == (None, 7)


@pytest.mark.parametrize(
    ("key", "value", "kind", "golden"),
    [
        ("kernel_initializer", {"class_name": "VarianceScaling", "config": {"distribution": "normal", "scale": 2.0}},
         "VarianceScaling", {"distribution": "truncated_normal", "scale": 2.0}),
        ("kernel_initializer", {"class_name": "RandomNormal", "config": {"stddev": 0.5, "dtype": "float32"}},
         "RandomNormal", {"stddev": 0.5}),
        ("init", "uniform", "RandomUniform", {"minval": -0.05}),
        ("init", "zero", "Zeros", {}),
        ("kernel_constraint", {"class_name": "NonNeg", "config": {}}, "NonNeg", {}),
        ("W_constraint", {"name": "MaxNorm", "m": 3, "axis": 0}, "MaxNorm", {"max_value": 3}),
        ("W_regularizer", {"name": "WeightRegularizer", "l1": 0.5, "l2": 0.0}, "L1L2", {"l1": 0.5}),
        ("kernel_regularizer", {"class_name": "L2", "config": {"l2": 0.25}}, "L1L2", {"l2": 0.25}),
    ],
)  # fmt: skip
def test_objects_of_arguments(key, value, kind, golden, tmp_path):
    model = legacy.read(write_json(tmp_path / "m.json", row(("Dense", {"units": 2, key: value}), shape=(3,)))).model
    what = (
        key.replace("W_", "kernel_").replace("init", "kernel_initializer") if key in ("init",) or key[0] == "W" else key
    )
    given = getattr(model.layers[0], what)
    assert type(given).__name__ == kind
    assert golden.items() <= given.get_config().items()


@pytest.mark.parametrize(
    ("config", "arrays", "golden"),
    [
        ({"axis": [-1]}, True, lambda x, mean, variance: (x - mean) / np.sqrt(variance)),
        ({"axis": -1, "invert": True}, True, lambda x, mean, variance: x * np.sqrt(variance) + mean),
        ({"axis": [-1], "mean": [1.0, 2.0, 3.0], "variance": [4.0, 1.0, 9.0]}, False,
         lambda x, *_: (x - [1.0, 2.0, 3.0]) / [2.0, 1.0, 3.0]),
        ({"axis": None, "mean": {"class_name": "__tensor__", "config": {"value": 2.0}}, "variance": 4.0}, False,
         lambda x, *_: (x - 2.0) / 2.0),
    ],
)  # fmt: skip
def test_normalization(config, arrays, golden, tmp_path):
    draw = numbers()
    mean, variance = draw(3), abs(draw(3)) + 0.1
    stored = {"normalization_1": [mean, variance, np.int64(100)]} if arrays else None
    x = draw(4, 3)
    model = revive(tmp_path, row(("Normalization", config), shape=(3,)), stored)
    assert_near(answer(model, x), golden(x, mean, variance))
    model.save(tmp_path / "new.keras")
    assert_near(answer(keras.saving.load_model(tmp_path / "new.keras"), x), golden(x, mean, variance))


@pytest.mark.parametrize(
    ("layer", "golden"),
    [
        (("Discretization", {"bin_boundaries": [0.0, 1.0], "num_bins": None, "output_mode": "int", "sparse": False}),
         lambda x: np.digitize(x, [0.0, 1.0])),
        (("RandomFlip", {"mode": "horizontal", "seed": None}), lambda x: x),
        (("CenterCrop", {"height": 3, "width": 2}), lambda x: x[:, 2:5, 2:4]),
        (("Resizing", {"height": 14, "width": 12, "interpolation": "nearest", "crop_to_aspect_ratio": False}),
         lambda x: x.repeat(2, axis=1).repeat(2, axis=2)),
    ],
)  # fmt: skip
def test_preprocessing_layers(layer, golden, tmp_path):
    x = numbers()(2, 7, 6, 3)
    assert_near(answer(revive(tmp_path, row(layer, shape=(7, 6, 3))), x), golden(x))
