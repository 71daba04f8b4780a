"""What pictures take from a Keras model: filters, feature maps, and a graph with every connection."""

import keras
import numpy as np
import pytest
from keras import layers as L

from sparkeras.errors import InvalidModelError
from sparkeras.plots import insides


@pytest.fixture(scope="module")
def branched():
    image, table = keras.Input((6, 6, 1), name="image"), keras.Input((3,), name="table")
    first = L.Conv2D(2, 3, padding="same", name="first")(image)
    skipped = L.Add(name="plus")([first, L.Conv2D(2, 3, padding="same", name="second")(first)])
    inner = keras.Sequential([keras.Input((6, 6, 2)), L.Flatten(), L.Dense(5)], name="inner")
    shared = L.Dense(5, name="shared")
    twice = shared(shared(inner(skipped) * 2.0))
    joined = L.Concatenate(name="join")([twice, table])
    return keras.Model([image, table], [L.Dense(4, name="class")(joined), L.Dense(1, name="amount")(joined)])


def by_name(model):
    layers, known = insides.graph(model)
    assert known
    return {layer["name"]: layer for layer in layers}


def test_the_graph_has_every_connection_once(branched):
    found = by_name(branched)
    assert found["plus"]["inputs"] == ["first", "second"]
    assert found["join"]["inputs"] == ["shared (call 2)", "table"]
    assert found["shared (call 2)"]["inputs"] == ["shared"]
    assert found["image"]["inputs"] == []
    assert found["class"]["inputs"] == found["amount"]["inputs"] == ["join"]


def test_a_box_tells_type_shape_and_parameters(branched):
    found = by_name(branched)
    assert (found["first"]["type"], found["first"]["output_shape"], found["first"]["parameters"]) == (
        "Conv2D", [6, 6, 2], 20)  # fmt: skip
    assert (found["inner"]["layers_inside"], found["inner"]["parameters"]) == (2, 365)
    assert found["shared"]["output_shape"] == [5]
    assert [found[name].get("shared") for name in ("shared", "shared (call 2)")] == [False, True]
    assert found["amount"]["output_shape"] == [1]


def test_a_sequential_model_begins_with_its_input():
    layers, known = insides.graph(keras.Sequential([keras.Input((4,)), L.Dense(3, name="a"), L.Dense(2, name="b")]))
    assert known
    assert [(each["name"], each["inputs"]) for each in layers] == [("input", []), ("a", ["input"]), ("b", ["a"])]


class Own(keras.Model):
    def __init__(self):
        super().__init__()
        self.one, self.two = L.Dense(3), L.Dense(2)

    def call(self, x):
        return self.two(self.one(x))


def test_a_subclassed_model_s_connections_are_not_made_up():
    model = Own()
    model(np.zeros((1, 4)))
    layers, known = insides.graph(model)
    assert not known
    assert [each["inputs"] for each in layers] == [[], []]


def test_filters_are_found_in_models_within_the_model():
    inner = keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(7, 5, name="hidden")], name="inner")
    model = keras.Sequential([keras.Input((6, 6, 1)), inner, L.Flatten()], name="outer")
    name, kernel = insides.first_filters(model)
    assert (name, kernel.shape) == ("hidden", (5, 5, 1, 7))
    with pytest.raises(InvalidModelError, match="lies within the model 'inner'. Name a layer of 'outer' itself"):
        insides.feature_maps(model, np.zeros((6, 6, 1)))


def test_feature_maps_are_what_the_layer_answers():
    model = keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(1, 3, name="conv"), L.MaxPooling2D(name="pool")])
    model.get_layer("conv").set_weights([np.ones((3, 3, 1, 1)), np.zeros(1)])
    image = np.ones((6, 6, 1))
    name, maps = insides.feature_maps(model, image)
    assert name == "conv"
    np.testing.assert_allclose(maps, np.full((4, 4, 1), 9.0))
    assert insides.feature_maps(model, image, "pool")[1].shape == (2, 2, 1)


def test_what_has_no_filters_or_maps_says_so(branched):
    dense = keras.Sequential([keras.Input((4,)), L.Dense(3, name="a")], name="dense")
    with pytest.raises(InvalidModelError, match="'dense' has no two-dimensional convolution"):
        insides.first_filters(dense)
    with pytest.raises(InvalidModelError, match="Layer 'a' gives \\(3,\\) per row"):
        insides.feature_maps(dense, np.zeros(4), "a")
    with pytest.raises(InvalidModelError, match="has no layer 'b'; it has a"):
        insides.feature_maps(dense, np.zeros(4), "b")
    with pytest.raises(InvalidModelError, match="of 2 input"):
        insides.feature_maps(branched, np.zeros((6, 6, 1)))


@pytest.mark.parametrize("dark", [False, True])
def test_a_diagram_is_drawn_without_graphviz(branched, tmp_path, monkeypatch, dark):
    monkeypatch.setattr(insides.shutil, "which", lambda name: None)
    assert insides.write_diagram(branched, tmp_path / "it.png", dark=dark) == "sparkeras"
    assert [path.name for path in tmp_path.iterdir()] == ["it.png"]


def test_graphviz_draws_where_it_is(branched, tmp_path, monkeypatch):
    monkeypatch.setattr(insides.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(insides.importlib.util, "find_spec", lambda name: name)
    monkeypatch.setattr(insides.keras.utils, "plot_model", lambda model, path, **_: path.write_bytes(b"drawn"))
    assert insides.write_diagram(branched, tmp_path / "it.png") == "Graphviz"
    assert (tmp_path / "it.png").read_bytes() == b"drawn"
