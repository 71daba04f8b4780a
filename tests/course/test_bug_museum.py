"""The bug museum shows what each mistake does, in figures and pictures."""

import json

import numpy as np
import pytest
from PIL import Image

from sparkeras.course import bug_museum
from sparkeras.scratch.building import build
from tests.cli.test_commands import sparkeras

pytestmark = pytest.mark.classic


def test_another_activation_is_another_network():
    network = build([3, 4, 2], "tanh", "sigmoid")
    x = np.random.default_rng(0).normal(size=(5, 3))
    other = bug_museum.with_activation(network, "sigmoid")
    assert [type(layer).__name__ for layer in other.layers] == ["Dense", "Sigmoid", "Dense", "Sigmoid"]
    assert [type(layer).__name__ for layer in network.layers] == ["Dense", "Tanh", "Dense", "Sigmoid"]
    assert not np.allclose(network.forward(x), other.forward(x))


def test_rounded_outputs_say_nothing_or_too_much():
    y = np.array([[0.2, 0.4], [0.9, 0.8], [0.1, 0.7]])
    assert bug_museum.rounded(y).tolist() == [[False, False], [True, True], [False, True]]
    assert bug_museum.largest(y).tolist() == [[False, True], [True, False], [False, True]]


@pytest.mark.slow  # the course visits it too
def test_a_visit_shows_what_the_mistakes_cost(spark, tmp_path, capsys):
    folder = tmp_path / "museum"
    assert sparkeras("museum", folder, "--epochs", 60) == 0
    figures = json.loads((folder / "museum.json").read_text())
    assert figures["training accuracy"] > 0.8
    assert figures["activation"]["sigmoid"] < figures["activation"]["tanh, as it was trained"] - 0.4
    assert figures["rounding"]["each output rounded"] < figures["rounding"]["the largest output"]
    assert figures["rounding"]["no class"] > 0.05
    assert len(figures["steps"]) == 3
    assert list(figures["partitions"]) == ["1 partition", "2 partitions"]
    for name in ("activation", "rounding", "steps", "partitions"):
        assert Image.open(folder / f"{name}.png").size[1] > 300
    assert "Pictures and figures are in" in capsys.readouterr().out
    assert sparkeras("museum", folder) != 0
    assert "exists already" in capsys.readouterr().err
