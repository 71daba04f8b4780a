"""Graphs, shared layers, merges, models inside of models: wired as they were."""

import numpy as np
import pytest

from sparkeras import legacy
from sparkeras.errors import InvalidModelError
from tests.legacy.forward import batch_norm, relu, softmax
from tests.legacy.old_files import answer, assert_near, entry, graph, numbers, row, write_json, write_weights
from tests.legacy.test_layers import revive


def inputs(**shapes):
    return [
        entry("InputLayer", name, batch_input_shape=[None, *shape], dtype="float32") for name, shape in shapes.items()
    ]


MERGES = {
    "Add": lambda a, b: a + b,
    "Subtract": lambda a, b: a - b,
    "Multiply": lambda a, b: a * b,
    "Average": lambda a, b: (a + b) / 2,
    "Maximum": np.maximum,
    "Minimum": np.minimum,
    "Concatenate": lambda a, b: np.concatenate([a, b], axis=-1),
    "add": lambda a, b: a + b,
}


@pytest.mark.parametrize("kind", MERGES)
def test_merges(kind, tmp_path):
    layers = [*inputs(a=(3,), b=(3,)), entry(kind, "m", [[["a", 0, 0, {}], ["b", 0, 0, {}]]])]
    draw = numbers()
    a, b = draw(4, 3), draw(4, 3)
    assert_near(answer(revive(tmp_path, graph(layers, ["a", "b"], ["m"])), a, b), MERGES[kind](a, b))


KERAS_1 = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate"}


@pytest.mark.parametrize("mode", [*KERAS_1, "dot"])
def test_merges_of_keras_1(mode, tmp_path):
    merge = {"mode": mode, "mode_type": "raw", "concat_axis": -1, "dot_axes": [1, 1], "output_shape": None,
             "output_shape_type": "raw", "output_mask": None, "output_mask_type": "raw", "arguments": {}}  # fmt: skip
    layers = [*inputs(a=(3,), b=(3,)), entry("Merge", "m", [[["a", 0, 0], ["b", 0, 0]]], **merge)]
    draw = numbers()
    a, b = draw(4, 3), draw(4, 3)
    golden = (a * b).sum(axis=1, keepdims=True) if mode == "dot" else MERGES[KERAS_1[mode]](a, b)
    assert_near(answer(revive(tmp_path, graph(layers, ["a", "b"], ["m"], version="1.2.2")), a, b), golden)


def test_a_row_of_keras_1_may_begin_with_a_merge_of_rows(tmp_path):
    dense = {"output_dim": 2, "activation": "linear"}
    left = {"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": {"name": "l", "batch_input_shape": [None, 3], **dense}}]}  # fmt: skip
    right = {"class_name": "Sequential", "config": [
        {"class_name": "Dense", "config": {"name": "r", "batch_input_shape": [None, 4], **dense}},
        {"class_name": "Activation", "config": {"name": "relu", "activation": "relu"}}]}  # fmt: skip
    merge = ("Merge", {"layers": [left, right], "mode": "concat", "concat_axis": -1, "mode_type": "raw"})
    document = row(merge, ("Dense", dense), version="1.1.0", backend=None)
    draw = numbers()
    w, v, u = draw(3, 2), draw(4, 2), draw(4, 2)
    zero = np.zeros(2, "float32")
    model = revive(tmp_path, document, {"l": [w, zero], "r": [v, zero], "dense_2": [u, zero]})  # one by one, as Keras 1
    a, b = draw(5, 3), draw(5, 4)
    assert_near(answer(model, a, b), np.concatenate([a @ w, relu(b @ v)], axis=1) @ u)


@pytest.mark.parametrize("version", ["1.2.2", "2.2.4", "2.9.0"])
def test_a_shared_layer_with_two_inputs_and_two_outputs(version, tmp_path):
    more = [] if version.startswith("1") else [{}]  # Keras 1 had no keyword arguments
    size = {"output_dim": 2} if version.startswith("1") else {"units": 2}
    layers = [
        *inputs(a=(3,), b=(3,)),
        entry("Dense", "shared", [[["a", 0, 0, *more]], [["b", 0, 0, *more]]], activation="relu", **size),
        entry("Dense", "first", [[["shared", 0, 0, *more]]], activation="softmax", **size),
        entry("Dense", "second", [[["shared", 1, 0, *more]]], activation="linear", **size),
    ]
    draw = numbers()
    w, v, u = draw(3, 2), draw(2, 2), draw(2, 2)
    b = [draw(2) for _ in range(3)]
    arrays = {"shared": [w, b[0]], "first": [v, b[1]], "second": [u, b[2]]}
    model = revive(tmp_path, graph(layers, ["a", "b"], ["first", "second"], version), arrays)
    x, y = draw(4, 3), draw(4, 3)
    first, second = answer(model, x, y)
    assert_near(first, softmax(relu(x @ w + b[0]) @ v + b[1]))
    assert_near(second, relu(y @ w + b[0]) @ u + b[2])


def test_layers_may_stand_before_what_they_need(tmp_path):
    layers = [
        entry("Dense", "last", [[["first", 0, 0, {}]]], units=1, use_bias=False),
        entry("Dense", "first", [[["x", 0, 0, {}]]], units=2, use_bias=False),
        *inputs(x=(3,)),
    ]
    draw = numbers()
    w, v = draw(2, 1), draw(3, 2)
    x = draw(4, 3)
    model = revive(tmp_path, graph(layers, ["x"], ["last"]), {"last": [w], "first": [v]})
    assert_near(answer(model, x), x @ v @ w)


def test_keyword_arguments_of_a_call(tmp_path):
    layers = [
        *inputs(x=(3,)),
        entry("Dropout", "drop", [[["x", 0, 0, {"training": False, "noise": None}]]], rate=0.5),
        entry("Dense", "y", [[["drop", 0, 0, {}]]], units=2, use_bias=False),
    ]
    draw = numbers()
    w, x = draw(3, 2), draw(4, 3)
    assert_near(answer(revive(tmp_path, graph(layers, ["x"], ["y"], "2.4.0", "Functional"), {"y": [w]}), x), x @ w)


def base(trainable=True):
    """Return a graph with BatchNormalization, to be used inside of another model."""
    return graph(
        [
            *inputs(i=(3,)),
            entry("Dense", "d1", [[["i", 0, 0, {}]]], units=2, trainable=trainable),
            entry("BatchNormalization", "bn", [[["d1", 0, 0, {}]]], trainable=trainable),
            entry("Dense", "d2", [[["bn", 0, 0, {}]]], units=2, trainable=trainable),
        ],
        ["i"],
        ["d2"],
    )["config"] | {"name": "base"}


class Inside:
    """The arrays of ``base``, and what it answers."""

    def __init__(self, draw):
        self.d1, self.d2 = (draw(3, 2), draw(2)), (draw(2, 2), draw(2))
        self.bn = (draw(2), draw(2), draw(2), abs(draw(2)) + 0.1)

    def forward(self, x):
        return batch_norm(x @ self.d1[0] + self.d1[1], *self.bn) @ self.d2[0] + self.d2[1]


def trained_first(inside):
    """As Keras 2 stored a model in a model: what is trained of all layers, then the moving averages."""
    arrays = [*inside.d1, *inside.bn[:2], *inside.d2, *inside.bn[2:]]
    names = ["d1/kernel:0", "d1/bias:0", "bn/gamma:0", "bn/beta:0", "d2/kernel:0", "d2/bias:0", "bn/moving_mean:0"]
    return dict(zip([*names, "bn/moving_variance:0"], arrays, strict=True))


def layer_by_layer(inside):
    """As tf.keras stored one that is frozen."""
    stored = trained_first(inside)
    return {name: stored[name] for layer in ("d1", "bn", "d2") for name in stored if name.startswith(f"{layer}/")}


@pytest.mark.parametrize("trainable", [True, False])
@pytest.mark.parametrize("stored", [trained_first, layer_by_layer])
@pytest.mark.parametrize("first_call", [0, 1])
def test_a_model_in_a_model_called_twice(stored, trainable, first_call, tmp_path):
    calls = [[["a", 0, 0, {}]], [["b", 0, 0, {}]]]
    layers = [
        *inputs(a=(3,), b=(3,)),
        {**entry("Model", "base", calls), "config": base(trainable)},
        entry("Add", "sum", [[["base", first_call, 0, {}], ["base", first_call + 1, 0, {}]]]),
    ]
    draw = numbers()
    inside = Inside(draw)
    path = write_json(tmp_path / "m.json", graph(layers, ["a", "b"], ["sum"]))
    model = legacy.load(path, write_weights(tmp_path / "w.h5", {"base": stored(inside)}, "2.2.4", "tensorflow"))
    a, b = draw(4, 3), draw(4, 3)
    assert_near(answer(model, a, b), inside.forward(a) + inside.forward(b))
    assert len(model.trainable_weights) == (6 if trainable else 0)


def test_names_that_a_second_session_made_are_dealt_in_order(tmp_path):
    draw = numbers()
    inside = Inside(draw)
    document = row(("Model", {}), ("Activation", {"activation": "relu"}))
    document["config"]["layers"][0]["config"] = base()
    arrays = {name.replace("/", "_5/", 1): array for name, array in trained_first(inside).items()}
    path = write_json(tmp_path / "m.json", document)
    model = legacy.load(path, write_weights(tmp_path / "w.h5", {"base": arrays}, "2.2.4", "tensorflow"))
    x = draw(4, 3)
    assert_near(answer(model, x), relu(inside.forward(x)))


def test_names_that_do_not_tell_are_refused_where_order_does_not_either(tmp_path):
    document = row(("Model", {}))
    document["config"]["layers"][0]["config"] = base(trainable=False)
    arrays = {f"w{i}": array for i, array in enumerate(trained_first(Inside(numbers())).values())}
    path = write_json(tmp_path / "m.json", document)
    with pytest.raises(InvalidModelError, match=r"Layer 'base' \(Model\) holds frozen BatchNormalization"):
        legacy.load(path, write_weights(tmp_path / "w.h5", {"base": arrays}, "2.2.4", "tensorflow"))


def test_rows_in_rows_without_names(tmp_path):
    inner = [{"class_name": "Dense", "config": {"name": "in", "units": 2, "batch_input_shape": [None, 3]}}]
    document = {"class_name": "Sequential", "keras_version": "2.0.8", "config": [
        {"class_name": "Sequential", "config": inner},
        {"class_name": "Dense", "config": {"name": "out", "units": 1, "use_bias": False}}]}  # fmt: skip
    draw = numbers()
    w, b, v = draw(3, 2), draw(2), draw(2, 1)
    x = draw(4, 3)
    model = revive(tmp_path, document, {"sequential_1": [w, b], "out": [v]})
    assert_near(answer(model, x), (x @ w + b) @ v)


def test_a_model_in_a_model_with_inputs_and_outputs_by_name(tmp_path):
    inner = [
        *inputs(a=(3,), b=(2,)),
        entry("Dense", "zz", [[["b", 0, 0, {}]]], units=2, use_bias=False),
        entry("Dense", "aa", [[["a", 0, 0, {}]]], units=2, use_bias=False),
    ]
    ends = {"input_layers": {"a": ["a", 0, 0], "b": ["b", 0, 0]},
            "output_layers": {"u": ["zz", 0, 0], "t": ["aa", 0, 0]}}  # fmt: skip
    layers = [
        *inputs(x=(3,), y=(2,)),
        {**entry("Functional", "in", [{"a": ["x", 0, 0, {}], "b": ["y", 0, 0, {}]}]),
         "config": {"name": "in", "layers": inner, **ends}},
        entry("Subtract", "d", [[["in", 1, 0, {}], ["in", 1, 1, {}]]]),  # outputs are in the order of their names
    ]  # fmt: skip
    draw = numbers()
    w, v = draw(3, 2), draw(2, 2)
    path = write_json(tmp_path / "m.json", graph(layers, ["x", "y"], ["d"], "2.15.0"))
    weights = write_weights(tmp_path / "w.h5", {"in": {"zz/kernel:0": v, "aa/kernel:0": w}}, "2.15.0", "tensorflow")
    x, y = draw(4, 3), draw(4, 2)
    assert_near(answer(legacy.load(path, weights), x, y), x @ w - y @ v)


def test_slashes_in_names(tmp_path):
    layers = [*inputs(x=(3,)), entry("Dense", "block/one", [[["x", 0, 0, {}]]], units=2, use_bias=False)]
    draw = numbers()
    w, x = draw(3, 2), draw(4, 3)
    model = revive(tmp_path, graph(layers, ["x"], ["block/one"]), {"block/one": [w]})
    assert_near(answer(model, x), x @ w)
    assert model.layers[-1].name == "block_one"


def test_a_graph_that_lacks_a_layer(tmp_path):
    layers = [*inputs(x=(3,)), entry("Dense", "y", [[["z", 0, 0, {}]]], units=2)]
    with pytest.raises(InvalidModelError, match=r"Layer 'y' \(Dense\)|'y' waits for"):
        legacy.load(write_json(tmp_path / "m.json", graph(layers, ["x"], ["y"])))
