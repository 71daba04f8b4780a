"""``sparkeras convert``: old files to .keras, .keras to two files and back, bad input in one line."""

import json
import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

from tests.cli.test_commands import sparkeras
from tests.legacy.forward import hard_sigmoid
from tests.legacy.old_files import (
    answer,
    assert_near,
    numbers,
    row,
    write_archive,
    write_json,
    write_model,
    write_weights,
)

DENSE = row(("Dense", {"units": 4, "activation": "hard_sigmoid"}), ("Dense", {"units": 2}), shape=(3,))


def assert_said(capsys, words):
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1


@pytest.fixture
def old(tmp_path, monkeypatch):
    """An old model in the working folder: m.json, w.h5, whole.h5; its arrays are returned."""
    monkeypatch.chdir(tmp_path)
    draw = numbers()
    w, b, v, c = draw(3, 4), draw(4), draw(4, 2), draw(2)
    layers = {"dense_1": {"k": w, "b": b}, "dense_2": {"k": v, "b": c}}
    write_json(tmp_path / "m.json", DENSE)
    write_weights(tmp_path / "w.h5", layers, "2.2.4", "tensorflow")
    write_model(tmp_path / "whole.h5", DENSE, layers, {"loss": "mse", "optimizer_config": {"class_name": "SGD"}})
    return w, b, v, c


@pytest.mark.parametrize("sources", [("m.json", "w.h5"), ("whole.h5",)])
def test_old_files_become_one_keras_file_that_keras_opens_alone(sources, old, tmp_path, capsys):
    assert sparkeras("convert", *sources, "new/m.keras") == 0
    out = capsys.readouterr().out
    assert f"{' and '.join(sources)}: Keras 2.2.4 on tensorflow, 2 layers, 26 parameters\n" in out
    assert out.endswith("new/m.keras holds the model\n")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["m.keras"]
    w, b, v, c = old
    x = numbers(1)(5, 3)
    assert_near(answer(keras.saving.load_model("new/m.keras"), x), hard_sigmoid(x @ w + b) @ v + c)


def test_a_keras_file_goes_into_two_and_comes_back(old, tmp_path, capsys):
    assert sparkeras("convert", "m.json", "w.h5", "a.keras") == 0
    assert sparkeras("convert", "a.keras", "b.json", "b.weights.h5") == 0
    assert "b.json holds the architecture, b.weights.h5 the weights" in capsys.readouterr().out
    assert json.loads((tmp_path / "b.json").read_text())["class_name"] == "Sequential"
    assert sparkeras("convert", "b.json", "b.weights.h5", "c.keras") == 0
    assert "b.json and b.weights.h5: Keras 3, 2 layers" in capsys.readouterr().out
    x = numbers(1)(5, 3)
    models = [keras.saving.load_model(name) for name in ("a.keras", "c.keras")]
    np.testing.assert_array_equal(*(answer(model, x) for model in models))


def test_the_whole_model_of_keras_3_in_hdf5(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.save("three.h5")
    assert sparkeras("convert", "three.h5", "three.keras") == 0
    x = numbers()(5, 3)
    np.testing.assert_array_equal(answer(keras.saving.load_model("three.keras"), x), answer(model, x))


def test_a_keras_file_of_tensorflow_2_15(old, tmp_path, capsys):
    w, b, v, c = old
    arrays = {"dense/vars/0": w, "dense/vars/1": b, "dense_1/vars/0": v, "dense_1/vars/1": c}
    write_archive(tmp_path / "old.keras", DENSE, {f"layers/{name}": array for name, array in arrays.items()})
    assert sparkeras("convert", "old.keras", "new.keras") == 0
    assert "old.keras: tf.keras 2.15.0, 2 layers, 26 parameters\n" in capsys.readouterr().out
    assert sparkeras("convert", "old.keras", "new.json", "new.weights.h5") == 0
    assert "old.keras: Keras 2.15.0, 2 layers" in capsys.readouterr().out
    assert sparkeras("convert", "new.json", "new.weights.h5", "both.keras") == 0
    x = numbers(1)(5, 3)
    for name in ("new.keras", "both.keras"):
        assert_near(answer(keras.saving.load_model(name), x), hard_sigmoid(x @ w + b) @ v + c)
    capsys.readouterr()
    assert sparkeras("convert", "new.keras", "newer.keras") == 14
    assert_said(capsys, "'new.keras' is not an old file but a .keras file of Keras 3")


def test_a_saved_model_folder_is_called_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "saved_model.pb").write_bytes(b"")
    assert sparkeras("convert", "old", "new.keras") == 14
    assert_said(capsys, "'old' is a SavedModel folder of TensorFlow, which Keras 3 does not open. Load it in the")


def test_nothing_is_replaced_unasked_and_nothing_is_left_behind(old, tmp_path, capsys):
    (tmp_path / "m.keras").write_text("mine")
    assert sparkeras("convert", "m.json", "w.h5", "m.keras") == 14
    assert_said(capsys, "'m.keras' exists already. Choose another file, or --overwrite.")
    assert (tmp_path / "m.keras").read_text() == "mine"
    assert sparkeras("convert", "m.json", "w.h5", "m.keras", "--overwrite") == 0
    before = {path.name for path in tmp_path.iterdir()}
    (tmp_path / "w.h5").write_bytes((tmp_path / "w.h5").read_bytes()[:3000])
    assert sparkeras("convert", "m.json", "w.h5", "x.keras") == 14
    assert_said(capsys, "'w.h5' is damaged or cut short")
    assert {path.name for path in tmp_path.iterdir()} == before
    capsys.readouterr()
    assert sparkeras("convert", "m.keras", "m.json", "m.weights.h5") == 14
    assert_said(capsys, "'m.json' exists already")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["m.json",
         "m.keras"], 14, "The weights are missing: a JSON file holds the architecture alone; expected 'MODEL.json"),
        (["w.h5",
         "m.json", "m.keras"], 14, "The order of the files does not tell what to read and what to write; expected"),
        (["m.json"], 14, "No conversion from and to .json; expected"),
        (["w.h5",
         "m.keras"], 14, "'w.h5' holds weights and no architecture. Name the JSON file of the architecture first"),
        (["m.json", "m.json.h5", "m.keras"], 14, "There is no file 'm.json.h5'"),
        (["nosuch.json", "w.h5", "m.keras"], 14, "There is no file 'nosuch.json'"),
        (["nosuch.keras", "b.json", "b.weights.h5"], 12, "There is no model file 'nosuch.keras'"),
        (["nosuch.keras",
         "b.json", "b.h5"], 14, "Keras 3 wants the weights' name to end in .weights.h5: 'b.weights.h5'"),
        (["other.json",
         "w.h5", "m.keras"], 12, r"Layer 'dense_1' \(Dense\) needs the shape \(3, 5\), and 'w.h5' has .*\(3, 4\)"),
        (["lambda.json",
         "w.h5", "m.keras"], 12, r"Layer 'lambda_1' \(Lambda\) is a function, which the file holds as code"),
        (["w.json", "w.h5", "m.keras"], 14, "'w.json' is not JSON at line 1, column 1"),
        (["three.json", "w.h5", "m.keras"], 12, "The weights of 'w.h5' do not fit 'three.json'"),
    ],
)  # fmt: skip
def test_bad_input_ends_in_one_line(arguments, code, words, old, tmp_path, capsys):
    write_json(tmp_path / "other.json", row(("Dense", {"units": 5}), ("Dense", {"units": 2}), shape=(3,)))
    write_json(tmp_path / "lambda.json", row(("Lambda", {}), shape=(3,)))
    (tmp_path / "w.json").write_text("weights")
    (tmp_path / "three.json").write_text(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).to_json())
    assert sparkeras("convert", *arguments) == code
    assert_said(capsys, words)
    assert not list(tmp_path.glob("*.keras")) + list(tmp_path.glob("b.*"))


def test_theano_kernels(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    config = {"nb_filter": 2, "nb_row": 2, "nb_col": 3, "dim_ordering": "th"}
    write_json(tmp_path / "m.json", row(("Convolution2D", config), shape=(1, 4, 5), version="1.2.2", backend=None))
    write_weights(tmp_path / "w.h5", {"convolution2d_1": {"W": numbers()(2, 1, 2, 3), "b": np.zeros(2)}})
    assert sparkeras("convert", "m.json", "w.h5", "m.keras") == 12
    assert_said(capsys, "has a kernel in Theano's order .* Allow it with --theano-kernels")
    assert sparkeras("convert", "m.json", "w.h5", "m.keras", "--theano-kernels") == 0
    assert "note: Images stay channels first" in capsys.readouterr().out


def test_the_backend_is_the_one_that_is_installed(old, tmp_path):
    """In a process of its own, as Keras takes TensorFlow where nobody chose another backend."""
    command = [
        sys.executable,
        "-c",
        "from sparkeras.cli.app import main; main()",
        "convert",
        "m.json",
        "w.h5",
        "m.keras",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    environment |= {"KERAS_HOME": str(tmp_path / "home")}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
