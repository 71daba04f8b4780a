"""Weights that do not fit, files of Theano, damaged files: said by name, and nothing is set."""

import h5py
import numpy as np
import pytest

from sparkeras import legacy
from sparkeras.errors import DataError, InvalidModelError
from tests.legacy.forward import conv1d, conv2d
from tests.legacy.old_files import answer, assert_near, numbers, row, write_json, write_weights
from tests.legacy.test_layers import revive

DENSE = row(("Dense", {"units": 2}), ("Dense", {"units": 1}), shape=(3,))


def files(tmp_path, layers, document=DENSE, **said):
    return write_json(tmp_path / "m.json", document), write_weights(tmp_path / "w.h5", layers, **said)


def arrays(*shapes):
    return {f"w{i}": np.zeros(shape, "float32") for i, shape in enumerate(shapes)}


def test_layers_are_paired_in_order_where_names_differ(tmp_path):
    draw = numbers()
    w, b, v, c = draw(3, 2), draw(2), draw(2, 1), draw(1)
    model = legacy.load(*files(tmp_path, {"dense_7": {"w": w, "b": b}, "drop": {}, "dense_8": {"w": v, "b": c}}))
    x = draw(4, 3)
    assert_near(answer(model, x), (x @ w + b) @ v + c)


def test_long_lists_of_names_lie_in_parts(tmp_path):
    draw = numbers()
    w, b, v, c = draw(3, 2), draw(2), draw(2, 1), draw(1)
    json, weights = files(tmp_path, {"dense_1": {"w": w, "b": b}, "dense_2": {"w": v, "b": c}})
    with h5py.File(weights, "a") as file:
        del file.attrs["layer_names"]
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"dense_1"], [b"dense_2"]
    x = draw(4, 3)
    assert_near(answer(legacy.load(json, weights), x), (x @ w + b) @ v + c)


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({"dense_1": arrays((3, 2), (2,)), "dense_2": arrays((1, 2), (1,))},
         r"Layer 'dense_2' \(Dense\) needs the shape \(2, 1\), and '.*w.h5' has the shape \(1, 2\) in 'w0'. Are"),
        ({"dense_1": arrays((3, 2), (2,)), "dense_2": arrays((2, 1))},
         r"'dense_2' \(Dense\) needs 2 arrays of shapes \(2, 1\), \(1,\), and '.*' has 1 arrays of shapes \(2, 1\)"),
        ({"dense_1": arrays((3, 2), (2,))},
         r"holds weights of 1 layers, and the architecture has 2 .*\(it has no 'dense_2'\)"),
        ({"dense_1": arrays((3, 2), (2,)), "dense_2": arrays((2, 1), (1,)), "dense_3": arrays((1, 1))},
         r"holds weights of 3 layers, and the architecture has 2 with weights"),
    ],
)  # fmt: skip
def test_other_weights_are_refused_by_name(layers, words, tmp_path):
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(*files(tmp_path, layers))


def test_a_small_file_that_promises_much_is_refused_unread(tmp_path):
    json, weights = files(tmp_path, {"dense_1": {}, "dense_2": arrays((2, 1), (1,))})
    with h5py.File(weights, "a") as file:
        file["dense_1"].attrs["weight_names"] = [b"w", b"b"]
        file["dense_1"].create_dataset("w", shape=(2**40, 2**10), dtype="f4", chunks=(1, 1))
        file["dense_1"].create_dataset("b", shape=(2,), dtype="f4")
    with pytest.raises(
        InvalidModelError, match=r"'dense_1' \(Dense\) needs .* has 2 arrays of shapes \(1099511627776, 1024\)"
    ):
        legacy.load(json, weights)


def th(w):
    """Turn (h, w, channels, filters) into what Theano learned: (filters, channels, h, w), the kernel turned."""
    return w[::-1, ::-1].transpose(3, 2, 0, 1)


CONV = {"nb_filter": 4, "nb_row": 3, "nb_col": 2, "border_mode": "valid", "subsample": [1, 1], "dim_ordering": "th"}
THEANO = row(("Convolution2D", CONV), shape=(3, 6, 5), version="1.2.2", backend=None)


def test_kernels_of_theano_are_refused(tmp_path):
    words = (
        r"Layer 'convolution2d_1' \(Convolution2D\) has a kernel in Theano's order \(filters, channels, ...\), "
        r"shape \(4, 3, 3, 2\). Allow it with --theano-kernels, or theano_kernels=True"
    )
    with pytest.raises(InvalidModelError, match=words):
        revive(tmp_path, THEANO, {"convolution2d_1": [th(numbers()(3, 2, 3, 4)), np.zeros(4)]})


def test_kernels_of_theano_are_turned_when_asked(tmp_path):
    draw = numbers()
    w, b = draw(3, 2, 3, 4), draw(4)
    model = revive(tmp_path, THEANO, {"convolution2d_1": [th(w), b]}, theano_kernels=True)
    x = draw(2, 6, 5, 3)
    golden = conv2d(x, w, b).transpose(0, 3, 1, 2)
    assert_near(answer(model, x.transpose(0, 3, 1, 2)), golden)  # channels stay first


def test_layers_of_keras_1_that_do_not_say_where_channels_are_follow_the_others(tmp_path):
    draw = numbers()
    w, b = draw(3, 2, 3, 4), draw(4)
    pad, grow = ("ZeroPadding2D", {"padding": [1, 2]}), ("UpSampling2D", {"size": [2, 2]})
    document = row(pad, ("Convolution2D", CONV), grow, ("Flatten", {}), shape=(3, 6, 5), version="1.2.2", backend=None)
    x = draw(2, 6, 5, 3)
    model = revive(tmp_path, document, {"convolution2d_2": [th(w), b]}, theano_kernels=True)
    golden = conv2d(np.pad(x, ((0, 0), (1, 1), (2, 2), (0, 0))), w, b).repeat(2, axis=1).repeat(2, axis=2)
    assert_near(answer(model, x.transpose(0, 3, 1, 2)), golden.transpose(0, 3, 1, 2).reshape(2, -1))


def test_a_square_kernel_of_as_many_channels_is_turned_too(tmp_path):
    draw = numbers()
    w, b = draw(3, 3, 3, 3), draw(3)
    document = row(
        ("Convolution2D", {**CONV, "nb_filter": 3, "nb_col": 3}), shape=(3, 6, 5), version="1.2.2", backend=None
    )
    x = draw(2, 6, 5, 3)
    model = revive(tmp_path, document, {"convolution2d_1": [th(w), b]}, theano_kernels=True)
    assert_near(answer(model, x.transpose(0, 3, 1, 2)), conv2d(x, w, b).transpose(0, 3, 1, 2))


def test_theanos_order_on_tensorflow_is_put_right_without_turning(tmp_path):
    draw = numbers()
    w, b = draw(3, 2, 3, 4), draw(4)
    layers = {"convolution2d_1": {"w": w.transpose(3, 2, 0, 1), "b": b}}
    json, weights = files(tmp_path, layers, THEANO, backend="tensorflow")
    x = draw(2, 6, 5, 3)
    model = legacy.read(json, weights, theano_kernels=True).model
    assert_near(answer(model, x.transpose(0, 3, 1, 2)), conv2d(x, w, b).transpose(0, 3, 1, 2))


def test_keras_2_on_theano_only_turned(tmp_path):
    draw = numbers()
    w, b = draw(3, 2, 4), draw(4)
    document = row(("Conv1D", {"filters": 4, "kernel_size": [3]}), shape=(6, 2), backend="theano")
    layers = {"conv1d_1": {"w": w[::-1], "b": b}}
    json, weights = files(tmp_path, layers, document, version="2.0.8", backend="theano")
    with pytest.raises(InvalidModelError, match=r"'conv1d_1' \(Conv1D\) was learned by Theano, shape \(3, 2, 4\)"):
        legacy.load(json, weights)
    x = draw(2, 6, 2)
    assert_near(answer(legacy.load(json, weights, theano_kernels=True), x), conv1d(x, w, b))


@pytest.mark.parametrize(
    "layer",
    [
        ("Convolution2D", {**CONV, "border_mode": "same"}),
        ("Convolution2D", {**CONV, "border_mode": "same", "nb_col": 3, "subsample": [2, 2]}),
        ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2], "border_mode": "same", "dim_ordering": "th"}),
    ],
)
def test_theanos_paddings_that_keras_3_has_not(layer, tmp_path):
    with pytest.raises(InvalidModelError, match=r"pads 'same' as Theano did"):
        revive(tmp_path, row(layer, shape=(3, 6, 5), version="1.2.2", backend=None), theano_kernels=True)


def test_deviations_or_variances_of_1_0_6_are_not_guessed(tmp_path):
    document = row(("BatchNormalization", {"epsilon": 1e-3, "mode": 0}), shape=(3,), version="1.0.7", backend=None)
    with pytest.raises(InvalidModelError, match=r"is of Keras 1.0.6 or 1.0.7, which stored a variance on TensorFlow"):
        revive(tmp_path, document, {"batchnormalization_1": [np.ones(3)] * 4})


def test_damaged_files_are_named(tmp_path):
    json, weights = files(tmp_path, {"dense_1": arrays((3, 2), (2,)), "dense_2": arrays((2, 1), (1,))})
    whole = weights.read_bytes()
    with pytest.raises(DataError, match="There is no file '.*nosuch.h5'"):
        legacy.load(json, tmp_path / "nosuch.h5")
    weights.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"'.*w.h5' is damaged or cut short: .*truncated"):
        legacy.load(json, weights)
    weights.write_bytes(b"no file of arrays")
    with pytest.raises(DataError, match=r"'.*w.h5' is not an HDF5 file; expected weights as save_weights"):
        legacy.load(json, weights)
    weights.write_bytes(whole)
    with h5py.File(weights, "a") as file:
        del file["dense_2"]["w1"]
    with pytest.raises(DataError, match="it names the array 'w1' and does not hold it"):
        legacy.load(json, weights)
    with h5py.File(weights, "a") as file:
        del file["dense_2"]
    with pytest.raises(DataError, match="it names the layer 'dense_2' and does not hold it"):
        legacy.load(json, weights)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: file.attrs.__setitem__("nb_layers", 2), "written by Keras 0.x"),
        (lambda file: file.attrs.__delitem__("layer_names"), "it names no layers"),
        (
            lambda file: (
                file.attrs.__delitem__("layer_names"),
                file.create_group("layers/dense").attrs.__setitem__("name", "dense_1"),
            ),
            "its layout is that of Keras 3",
        ),
    ],
)
def test_other_layouts_are_named(change, words, tmp_path):
    json, weights = files(tmp_path, {"dense_1": arrays((3, 2), (2,))})
    with h5py.File(weights, "a") as file:
        change(file)
    with pytest.raises(DataError, match=words):
        legacy.load(json, weights)


def test_arrays_in_other_files_are_not_opened(tmp_path):
    json, weights = files(tmp_path, {"dense_1": arrays((3, 2), (2,)), "dense_2": arrays((2, 1), (1,))})
    (tmp_path / "secret").write_bytes(bytes(24))
    with h5py.File(weights, "a") as file:
        del file["dense_1"]["w0"]
        file["dense_1"].create_dataset("w0", (3, 2), "f4", external=[(str(tmp_path / "secret"), 0, 24)])
    with pytest.raises(DataError, match="has the array 'w0' in another file, which is not opened"):
        legacy.load(json, weights)
