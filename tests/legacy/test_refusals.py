"""What is not an old model, or has parts unknown to Keras 3: one sentence that names the layer and the way out."""

import json

import keras
import pytest

from sparkeras import legacy
from sparkeras.errors import DataError, InvalidModelError
from tests.legacy.forward import relu
from tests.legacy.old_files import answer, assert_near, entry, graph, numbers, row, write_json, write_weights


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (("Lambda", {"function": ["4wEAAAA=", None, None], "function_type": "lambda"}),
         r"Layer 'lambda_1' \(Lambda\) is a function, which the file holds as code that is never run. "
         r"Pass a layer of your own under its name: custom_objects=\{'lambda_1': layer\}."),
        (("Spectral", {"units": 3}),
         r"Layer 'spectral_1' \(Spectral\) is not a layer of Keras 3. Pass its class: .*\{'Spectral': CLASS\}."),
        (("TFOpLambda", {"function": "math.add"}),
         r"Layer 'tfoplambda_1' \(TFOpLambda\) is an operation of TensorFlow"),
        (("Highway", {"transform_bias": -2}), r"Layer 'highway_1' \(Highway\) is not a layer of Keras 3"),
        (("IntegerLookup", {}), r"Layer 'integerlookup_1' .* is a layer whose old files are not translated"),
        (("Merge", {"mode": "cos"}), r"Layer 'merge_1' \(Merge\) merges by 'cos', which no layer of Keras 3 does"),
        (("Merge", {"mode": "4wEAAAA=", "mode_type": "lambda"}), r"merges by a function, which the file holds as code"),
        (("Dense", {"units": 2, "activation": "swisch"}),
         r"Layer 'dense_1' \(Dense\) has the activation 'swisch', unknown to Keras 3. Pass it in custom_objects."),
        (("Dense", {"units": 2, "kernel_initializer": {"class_name": "Mine", "config": {}}}),
         r"has the kernel_initializer 'Mine', unknown"),
        (("Dense", {"units": 2, "W_regularizer": {"name": "EigenvalueRegularizer", "k": 1}}),
         r"has the kernel_regularizer 'EigenvalueRegularizer', unknown"),
        (("Dense", {"units": 2,
         "wings": 4}), r"Layer 'dense_1' \(Dense\) has the argument 'wings', which Keras 3 does not know"),
        (("BatchNormalization", {"mode": 1}), r"normalizes by the batch or the row at hand \(mode 1\)"),
        (("BatchNormalization", {"renorm": True}), r"has renorm=True, which Keras 3 does not support"),
        (("Conv1D", {"filters": 2,
         "kernel_size": 2, "border_mode": "full"}), r"has the padding 'full', which only Theano"),
        (("UpSampling2D", {"interpolation": "bilinear"}),
         r"enlarges bilinearly with corners where TensorFlow 1 put them"),
        (("Resizing", {"height": 2, "width": 2, "interpolation": "bicubic"}),
         r"Layer 'resizing_1' \(Resizing\) resizes by 'bicubic', which Keras 3 computes otherwise"),
        (("Discretization", {"bin_boundaries": None, "num_bins": 4}),
         r"Layer 'discretization_1' \(Discretization\) learned its boundaries by adapt\(\), which Keras 3 does not"),
        (("CategoryEncoding", {"num_tokens": 4, "sparse": True}), r"has sparse=True, which Keras 3 does not support"),
        (("Dense", {"units": -1}), r"Layer 'dense_1' \(Dense\) cannot be made in Keras 3: "),
        (("Bidirectional", {"merge_mode": "sum"}),
         r"Layer 'bidirectional_1' \(Bidirectional\) cannot be made in Keras 3"),
    ],
)  # fmt: skip
def test_a_layer_is_refused_by_name(layer, words, tmp_path):
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(write_json(tmp_path / "m.json", row(layer, shape=(3,))))


def test_ragged_inputs(tmp_path):
    document = graph([entry("InputLayer", "x", batch_input_shape=[None, None], ragged=True)], ["x"], ["x"])
    with pytest.raises(InvalidModelError, match=r"Layer 'x' \(InputLayer\) takes ragged tensors.* Pad the rows"):
        legacy.load(write_json(tmp_path / "m.json", document))


def test_a_sparse_input_takes_plain_rows(tmp_path):
    x = entry("InputLayer", "x", batch_input_shape=[None, 3], sparse=True)
    document = graph([x, entry("Dense", "y", [[["x", 0, 0, {}]]], units=2)], ["x"], ["y"])
    assert legacy.read(write_json(tmp_path / "m.json", document)).model.input_shape == (None, 3)


class Doubling(keras.layers.Layer):
    def __init__(self, times=2.0, **kwargs):
        super().__init__(**kwargs)
        self.times = times

    def call(self, x):
        return self.times * x


@pytest.mark.parametrize("custom", [{"Mine": Doubling}, {"mine_1": Doubling(3.0, name="mine_1")}])
def test_a_layer_of_the_users_goes_where_it_was(custom, tmp_path):
    document = row(
        ("Mine", {"times": 3.0}), ("Dense", {"units": 2, "use_bias": False, "activation": "Mine>relu"}), shape=(3,)
    )
    path = write_json(tmp_path / "m.json", document)
    w = numbers()(3, 2)
    weights = write_weights(tmp_path / "w.h5", {"dense_2": {"w": w}})
    x = numbers(1)(4, 3)
    model = legacy.load(path, weights, custom_objects=custom | {"Mine>relu": keras.ops.relu})
    assert_near(answer(model, x), relu(3 * x @ w))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", r"'.*m.json' is not JSON at line 1, column 2; expected what model.to_json\(\) gives. Is it whole\?"),
        ("[1, 2]", r"holds no architecture; expected what model.to_json\(\) gives, with class_name and config"),
        ('"{"', "is not JSON"),
        ("[" * 100_000, "is not JSON"),
    ],
)
def test_what_is_no_architecture(text, words, tmp_path):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(DataError, match=words):
        legacy.load(tmp_path / "m.json")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"class_name": "Sequential", "config": []}, "is a Sequential without layers"),
        (
            {"class_name": "Sequential", "config": [3]},
            "cannot be read as an architecture of Keras 2, version not recorded",
        ),
        ({"class_name": "Model", "config": {"input_layers": 3}}, "cannot be read as an architecture"),
        ({"class_name": "Graph", "config": {}}, r"Layer 'graph' \(Graph\) is not a layer of Keras 3"),
        ({"class_name": "Dense", "config": {"units": 2}}, "holds a Dense; expected Sequential or Model"),
    ],
)
def test_damaged_architectures(document, words, tmp_path):
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(write_json(tmp_path / "m.json", document))


def test_a_text_that_was_dumped_twice_is_read(tmp_path):
    path = write_json(tmp_path / "m.json", json.dumps(row(("Dense", {"units": 2}), shape=(3,))))
    assert legacy.read(path).model.output_shape == (None, 2)


def test_files_of_another_kind_are_named(tmp_path):
    with pytest.raises(DataError, match="There is no file '.*nosuch.json'"):
        legacy.load(tmp_path / "nosuch.json")
    weights = write_weights(tmp_path / "w.h5", {"none": {}})
    with pytest.raises(
        DataError, match=r"holds weights and no architecture. Name the JSON file of the architecture first"
    ):
        legacy.load(weights)
    (tmp_path / "m.json").write_bytes(b"\x80\x81")
    with pytest.raises(DataError, match="is neither JSON nor HDF5"):
        legacy.load(tmp_path / "m.json")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.save(tmp_path / "m.keras")
    with pytest.raises(
        DataError, match=r"is not an old file but a .keras file of Keras 3.*; keras.saving.load_model opens"
    ):
        legacy.load(tmp_path / "m.keras")


def test_code_in_files_of_keras_3_is_not_run_either(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1, name="plus")])
    (tmp_path / "m.json").write_text(model.to_json())
    with pytest.raises(InvalidModelError, match=r"Layer 'plus' \(Lambda\) is a function, .* never run"):
        legacy.load(tmp_path / "m.json")
