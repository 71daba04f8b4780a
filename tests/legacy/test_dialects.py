"""One file of each dialect, as its Keras wrote it, answers what NumPy says."""

import json

import numpy as np
import pytest

from sparkeras import legacy
from tests.legacy.forward import batch_norm, conv2d, gru, hard_sigmoid, lstm, pooled, relu, sigmoid, softmax
from tests.legacy.old_files import DIALECTS, answer, assert_near, numbers, write_model, write_weights

DENSE = ["tf_keras_2_2_4", "tf_keras_2_3", "tf_keras_2_9", "keras_2_15"]


def two_dense(draw):
    return draw(5, 4), draw(4), draw(4, 2), draw(2)


@pytest.mark.parametrize("dialect", DENSE)
def test_tf_keras(dialect, tmp_path):
    draw = numbers()
    w, b, v, c = two_dense(draw)
    layers = {
        "dense": {"dense/kernel:0": w, "dense/bias:0": b},
        "dense_1": {"dense_1/kernel:0": v, "dense_1/bias:0": c},
    }
    weights = write_weights(tmp_path / "w.h5", layers, "2.3.0-tf", "tensorflow")
    model = legacy.load(DIALECTS / f"{dialect}.json", weights)
    x = draw(6, 5)
    assert model.input_shape == (None, 5)
    assert_near(answer(model, x), softmax(np.tanh(x @ w + b) @ v + c))


@pytest.mark.parametrize("dialect", DENSE)
def test_tf_keras_whole_models(dialect, tmp_path):
    draw = numbers()
    w, b, v, c = two_dense(draw)
    layers = {
        "dense": {"dense/kernel:0": w, "dense/bias:0": b},
        "dense_1": {"dense_1/kernel:0": v, "dense_1/bias:0": c},
    }
    path = write_model(tmp_path / "m.h5", json.loads((DIALECTS / f"{dialect}.json").read_text()), layers)
    x = draw(6, 5)
    assert_near(answer(legacy.load(path), x), softmax(np.tanh(x @ w + b) @ v + c))


@pytest.mark.parametrize(
    ("dialect", "epsilon", "version"), [("keras_1_1_cnn", 1e-5, None), ("keras_2_0_cnn", 1e-3, "2.0.4")]
)
def test_a_convolutional_network(dialect, epsilon, version, tmp_path):
    draw = numbers()
    w, b, v, c = draw(3, 2, 2, 3), draw(3), draw(27, 4), draw(4)
    gamma, beta, mean, variance = draw(3), draw(3), draw(3), abs(draw(3)) + 0.1
    conv, norm = (
        ("convolution2d_1", "batchnormalization_1") if version is None else ("conv2d_1", "batch_normalization_1")
    )
    layers = {
        conv: {"a": w, "b": b},
        norm: {"gamma": gamma, "beta": beta, "mean": mean, "variance": variance},
        "activation_1": {},
        "dense_1": {"a": v, "b": c},
    }
    weights = write_weights(tmp_path / "w.h5", layers, version, version and "tensorflow")
    model = legacy.load(DIALECTS / f"{dialect}.json", weights)
    x = draw(2, 8, 7, 2)
    hidden = pooled(relu(batch_norm(conv2d(x, w, b), gamma, beta, mean, variance, epsilon)), 2)
    assert_near(answer(model, x), softmax(hidden.reshape(2, -1) @ v + c))
    assert model.layers[0].kernel_regularizer.l2 == pytest.approx(1e-3)
    assert model.layers[0].kernel_constraint.max_value == 2
    assert model.layers[4].rate == 0.25


def test_keras_1_0_kept_deviations_and_wrote_no_version(tmp_path):
    draw = numbers()
    w, b, v, c = draw(5, 4), draw(4), draw(4, 2), draw(2)
    gamma, beta, mean, deviation = draw(4), draw(4), draw(4), abs(draw(4)) + 0.1
    layers = {
        "dense_1": {"dense_1_W": w, "dense_1_b": b},
        "batchnormalization_1": {"g": gamma, "b": beta, "m": mean, "s": deviation},
        "dense_2": {"dense_2_W": v, "dense_2_b": c},
    }
    weights = write_weights(tmp_path / "w.h5", layers)
    found = legacy.read(DIALECTS / "keras_1_0_dense.json", weights)
    assert found.origin == "Keras 1, version not recorded"
    x = draw(6, 5)
    hidden = gamma * (np.tanh(x @ w + b) - mean) / (deviation + 0.01) + beta
    assert_near(answer(found.model, x), hard_sigmoid(hidden @ v + c))


def test_keras_1_2_kept_an_array_per_gate(tmp_path):
    draw = numbers()
    table = draw(12, 3)
    lstm_gates = {gate: (draw(3, 4), draw(4, 4), draw(4)) for gate in "icfo"}
    gru_gates = {gate: (draw(4, 3), draw(3, 3), draw(3)) for gate in "zrh"}
    v, c = draw(3, 1), draw(1)
    layers = {
        "embedding_1": {"embedding_1_W": table},
        "lstm_1": {
            f"lstm_1_{what}_{gate}": a for gate, abc in lstm_gates.items() for what, a in zip("WUb", abc, strict=True)
        },
        "gru_1": {
            f"gru_1_{what}_{gate}": a for gate, abc in gru_gates.items() for what, a in zip("WUb", abc, strict=True)
        },
        "dense_1": {"dense_1_W": v, "dense_1_b": c},
    }
    model = legacy.load(DIALECTS / "keras_1_2_lstm.json", write_weights(tmp_path / "w.h5", layers))
    ids = np.array([[0, 3, 11, 5, 2, 2], [7, 1, 4, 4, 9, 10]])
    joined = [np.concatenate([lstm_gates[gate][i] for gate in "ifco"], axis=-1) for i in range(3)]
    hidden = lstm(table[ids], *joined, recurrent=hard_sigmoid, every=True)
    joined = [np.concatenate([gru_gates[gate][i] for gate in "zrh"], axis=-1) for i in range(3)]
    assert_near(answer(model, ids), sigmoid(gru(hidden, *joined, recurrent=hard_sigmoid) @ v + c))


def test_the_origin_is_told(tmp_path):
    said = {path.stem: legacy.architecture.open_architecture(path) for path in DIALECTS.glob("*.json")}
    assert said["keras_1_1_cnn"].era == 1
    assert said["keras_2_15"].era == 2
    with pytest.warns(UserWarning, match="fresh weights"):
        legacy.load(DIALECTS / "tf_keras_2_9.json")
    assert legacy.read(DIALECTS / "tf_keras_2_2_4.json").origin == "tf.keras 2.2.4-tf"
    assert legacy.read(DIALECTS / "keras_2_0_cnn.json").origin == "Keras 2.0.4 on tensorflow"
