"""The .keras files of TensorFlow 2.13 to 2.15: arrays by class and number, in a zip archive."""

import copy
import json
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest

from sparkeras import legacy
from sparkeras.engine import model_files
from sparkeras.errors import DataError, InvalidModelError
from tests.legacy.forward import batch_norm, gru, hard_sigmoid, lstm, relu
from tests.legacy.old_files import (
    ARCHIVES,
    answer,
    assert_near,
    entry,
    graph,
    numbers,
    row,
    write_archive,
    write_by_class,
    write_json,
)

CONTAINERS = {
    "2.15.0": "layers",
    "2.14.0": "_layer_checkpoint_dependencies",
    "2.13.1": "_layer_checkpoint_dependencies",
}


def document_of(name):
    return json.loads((ARCHIVES / f"{name}.json").read_text())


def by_class(version="2.15.0", **arrays):
    """Return arrays by their path: ``dense=[w, b]`` is ``layers/dense/vars/0`` and ``.../1``; '__' is a step down."""
    return {f"{CONTAINERS[version]}/{name.replace('__', '/')}/vars/{i}": array
            for name, own in arrays.items() for i, array in enumerate(own)}  # fmt: skip


def recurrent(draw):
    """Return the arrays of ARCHIVES/recurrent, and what it answers."""
    mean, variance = draw(3), abs(draw(3)) + 0.1
    there, back, first = ([draw(n, 8), draw(2, 8), draw(8)] for n in (3, 3, 4))
    second, dense = [draw(2, 9), draw(3, 9), draw(2, 9)], [draw(3, 1), draw(1)]

    def forward(x):
        x = (x - mean) / np.sqrt(variance)
        ways = lstm(x, *there, every=True), lstm(x[:, ::-1], *back, every=True)[:, ::-1]
        steps = lstm(np.concatenate(ways, axis=-1), *first, every=True)
        return gru(steps, *second, reset_after=True) @ dense[0] + dense[1]

    arrays = {
        "normalization": [mean, variance, np.int64(100)],
        "bidirectional__forward_layer__cell": there,
        "bidirectional__backward_layer__cell": back,
        "rnn__cell__cells__lstm_cell": first,
        "rnn__cell__cells__gru_cell": second,
        "dense": dense,
    }
    return arrays, forward


@pytest.mark.parametrize("version", CONTAINERS)
def test_normalization_bidirectional_and_cells(version, tmp_path):
    draw = numbers()
    arrays, forward = recurrent(draw)
    optimizer = {f"optimizer/vars/{i}": draw(3) for i in range(3)} | {"metrics/mean/vars/0": draw()}
    path = write_archive(
        tmp_path / "m.keras", document_of("recurrent"), by_class(version, **arrays) | optimizer, version
    )
    found = legacy.read(path)
    x = draw(5, 4, 3)
    assert found.origin == f"tf.keras {version}"
    assert_near(answer(found.model, x), forward(x))
    found.model.save(tmp_path / "new.keras")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*optimizer.*")
        opened = keras.saving.load_model(tmp_path / "new.keras")
    assert_near(answer(opened, x), forward(x))
    assert opened.optimizer.learning_rate == 0.25


def test_open_file_takes_them_with_what_was_not_kept_said(tmp_path):
    arrays, forward = recurrent(numbers())
    path = write_archive(tmp_path / "m.keras", document_of("recurrent"), by_class(**arrays))
    x = numbers(1)(5, 4, 3)
    with pytest.warns(UserWarning, match="its optimizer starts anew"):
        assert_near(answer(model_files.open_file(path), x), forward(x))


@pytest.mark.parametrize(("version", "second"), [("2.15.0", 1), ("2.14.0", 1), ("2.13.1", 2)])
def test_a_layer_in_two_models_is_stored_once(version, second, tmp_path):
    draw = numbers()
    w, b, v, c, u, d = draw(3, 3), draw(3), draw(3, 2), draw(2), draw(3, 2), draw(2)
    inner = f"__{CONTAINERS[version]}__"
    arrays = by_class(version, **{
        f"functional{inner}dense": [w, b], f"functional{inner}dense_{second}": [v, c],
        f"functional_{second}{inner}dense_{second}": [u, d]})  # fmt: skip
    found = legacy.read(write_archive(tmp_path / "m.keras", document_of("sharing"), arrays, version))
    x, y = draw(5, 3), draw(5, 3)
    assert_near(answer(found.model, x, y), (x @ w + b) @ v + c + (y @ w + b) @ u + d)
    assert found.notes == [
        "Layer 'common' (Dense) is in several models, each of which has its own now: "
        "the same weights until you train it on."
    ]


def test_which_of_two_alike_is_meant_is_not_guessed(tmp_path):
    document = document_of("sharing")
    third = copy.deepcopy(document["config"]["layers"][2])
    third["name"] = third["config"]["name"] = "c"
    document["config"]["layers"].insert(2, third)
    with pytest.raises(InvalidModelError, match=r"'common' \(Dense\) is one of 2 alike, and the file does not show"):
        legacy.load(write_archive(tmp_path / "m.keras", document, {}))


def test_numbers_go_by_class_and_names_do_not_matter(tmp_path):
    draw = numbers()
    w, v, u = draw(3, 3), draw(3, 3), draw(3, 3)
    layers = [
        entry("InputLayer", "x", batch_input_shape=[None, 3]),
        entry("Dense", "z", [[["x", 0, 0, {}]]], units=3, use_bias=False),
        entry("Dropout", "dense_1", [[["z", 0, 0, {}]]], rate=0.5),
        entry("Dense", "dense", [[["dense_1", 0, 0, {}]]], units=3, use_bias=False, activation="relu"),
        entry("Dense", "a", [[["dense", 0, 0, {}]]], units=3, use_bias=False),
    ]
    arrays = by_class(dense=[w], dense_1=[v], dense_2=[u])
    path = write_archive(tmp_path / "m.keras", graph(layers, ["x"], ["a"], cls="Functional"), arrays)
    x = draw(4, 3)
    assert_near(answer(legacy.load(path), x), relu(x @ w @ v) @ u)


def test_attention_models_in_wrappers_and_old_hard_sigmoids(tmp_path):
    draw = numbers()
    q, k, v, o = draw(4, 2, 3), draw(4, 2, 3), draw(4, 2, 3), draw(2, 3, 4)
    norm, w = [draw(4), draw(4), draw(4), abs(draw(4)) + 0.1], draw(4, 4)
    dense = {"units": 4, "use_bias": False, "activation": "hard_sigmoid"}
    inner = row(("BatchNormalization", {}), ("Dense", dense), shape=(4,))
    layers = [
        entry("InputLayer", "x", batch_input_shape=[None, 5, 4]),
        entry("TimeDistributed", "t", [[["x", 0, 0, {}]]], layer=inner),
        entry("MultiHeadAttention", "m", [[["t", 0, 0, {"value": ["t", 0, 0]}]]], num_heads=2, key_dim=3,
              use_bias=False),
    ]  # fmt: skip
    attention = "multi_head_attention__"
    arrays = by_class(**{
        "time_distributed__layer__layers__batch_normalization": norm, "time_distributed__layer__layers__dense": [w],
        f"{attention}_query_dense": [q], f"{attention}_key_dense": [k], f"{attention}_value_dense": [v],
        f"{attention}_output_dense": [o]})  # fmt: skip
    path = write_archive(tmp_path / "m.keras", graph(layers, ["x"], ["m"], cls="Functional"), arrays)
    x = draw(2, 5, 4)
    steps = hard_sigmoid(batch_norm(x, *norm) @ w)
    scores = np.einsum("bid,dhe,bjf,fhe->bhij", steps, q, steps, k) / np.sqrt(3)
    shares = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    golden = np.einsum("bhij,bjd,dhe,heo->bio", shares, steps, v, o)
    assert_near(answer(legacy.load(path), x), golden)


DENSE = row(("Dense", {"units": 2}), ("Dense", {"units": 1}), shape=(3,))
W, B, V, C = np.ones((3, 2)), np.ones(2), np.ones((2, 1)), np.ones(1)


def test_weights_alone_go_with_the_json(tmp_path):
    draw = numbers()
    w, b, v, c = draw(3, 2), draw(2), draw(2, 1), draw(1)
    weights = write_by_class(tmp_path / "m.weights.h5", by_class(dense=[w, b], dense_1=[v, c]))
    x = draw(4, 3)
    model = legacy.load(write_json(tmp_path / "m.json", DENSE), weights)
    assert_near(answer(model, x), (x @ w + b) @ v + c)
    with pytest.raises(DataError, match="holds weights and no architecture. Name the JSON file of the architecture"):
        legacy.load(weights)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        (by_class(dense=[W, B]), r"Layer 'dense_2' \(Dense\) has no weights in '.*m.keras'"),
        (by_class(dense=[W, B], dense_1=[V, C], dense_2=[V, C]),
         "has arrays that no layer of the architecture takes, the first in 'layers/dense_2/vars/0'"),
        (by_class(dense=[W, B], dense_1=[V, C], lstm__cell=[W]), "takes, the first in 'layers/lstm/cell/vars/0'"),
        (by_class(dense=[W, B], dense_1=[V.T, C]),
         r"Layer 'dense_2' \(Dense\) needs the shape \(2, 1\), and '.*m.keras' has the shape \(1, 2\)"),
        (by_class(dense=[W, B], dense_1=[V]), r"'dense_2' \(Dense\) needs 2 arrays of shapes .* has 1 arrays"),
    ],
)  # fmt: skip
def test_other_weights_are_refused_by_name(arrays, words, tmp_path):
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(write_archive(tmp_path / "m.keras", DENSE, arrays))


class Pair(keras.layers.Layer):
    def build(self, shape):
        self.inner = keras.layers.Dense(2)
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x)


def test_a_layer_of_the_users_with_layers_inside_is_refused_by_name(tmp_path):
    document = row(("Pair", {}), shape=(3,))
    document["config"]["layers"][0]["registered_name"] = "mine>Pair"
    path = write_archive(tmp_path / "m.keras", document, by_class(pair__inner=[W, B]))
    words = r"Layer 'pair_1' \(Pair\) has layers inside, whose order is not in '.*'. Save the model as 'model.h5'"
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(path, custom_objects={"mine>Pair": Pair})


def without(path, part):
    """Write an archive again without one of its parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != part}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_damaged_archives_are_named(tmp_path):
    path = write_archive(tmp_path / "m.keras", DENSE, by_class(dense=[W, B], dense_1=[V, C]))
    whole = path.read_bytes()
    without(path, "model.weights.h5")
    with pytest.raises(DataError, match="is a zip archive without 'model.weights.h5', so no"):
        legacy.load(path)
    with pytest.raises(InvalidModelError, match="is a zip archive without 'model.weights.h5', so no"):
        model_files.open_file(path)
    path.write_bytes(whole[:2000])
    with pytest.raises(DataError, match=r"'.*m.keras' is not a complete .keras file \(a zip archive\). Copy it again"):
        legacy.load(path)
    path.write_bytes(whole.replace(b'"units": 2', b'"units": 3'))
    with pytest.raises(DataError, match="is damaged: its 'config.json' cannot be read"):
        legacy.load(path)


def test_arrays_in_other_files_and_loops_are_not_followed(tmp_path):
    weights = write_by_class(tmp_path / "m.weights.h5", by_class(dense=[W, B], dense_1=[V, C]))
    write_by_class(tmp_path / "other.h5", by_class(dense=[W, B]))
    with h5py.File(weights, "a") as file:
        del file["layers/dense"]
        file["layers/dense"] = h5py.ExternalLink("other.h5", "/layers/dense")
        file["layers/dense_1/loop"] = file["layers/dense_1"]
    with pytest.raises(InvalidModelError, match=r"'dense_2' \(Dense\) has no weights in"):
        legacy.load(write_json(tmp_path / "m.json", DENSE), weights)
