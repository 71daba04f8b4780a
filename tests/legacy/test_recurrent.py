"""LSTM, GRU and Bidirectional of all layouts, with the hard_sigmoid of old."""

import numpy as np
import pytest

from sparkeras import legacy
from sparkeras.errors import InvalidModelError
from tests.legacy.forward import gru, hard_sigmoid, lstm, sigmoid
from tests.legacy.old_files import answer, assert_near, entry, graph, numbers, row, write_json, write_weights
from tests.legacy.test_layers import revive

GATES = {"hard_sigmoid": hard_sigmoid, "sigmoid": sigmoid}


@pytest.mark.parametrize("said", ["hard_sigmoid", "sigmoid", None])
def test_lstm(said, tmp_path):
    draw = numbers()
    w, u, b = draw(3, 16), draw(4, 16), draw(16)
    config = {"units": 4, "implementation": 1} | ({"recurrent_activation": said} if said else {})
    x = 2 * draw(2, 5, 3)
    model = revive(tmp_path, row(("LSTM", config), shape=(5, 3)), {"lstm_1": [w, u, b]})
    assert_near(answer(model, x), lstm(x, w, u, b, GATES[said or "hard_sigmoid"]))  # which was the default


@pytest.mark.parametrize("said", ["hard_sigmoid", "sigmoid"])
@pytest.mark.parametrize("reset_after", [True, False, None])
def test_gru(said, reset_after, tmp_path):
    draw = numbers()
    w, u, b = draw(3, 12), draw(4, 12), draw(2, 12) if reset_after else draw(12)
    config = {"units": 4, "recurrent_activation": said} | ({} if reset_after is None else {"reset_after": reset_after})
    x = 2 * draw(2, 5, 3)
    model = revive(tmp_path, row(("GRU", config), shape=(5, 3)), {"gru_1": [w, u, b]})
    assert_near(answer(model, x), gru(x, w, u, b, GATES[said], bool(reset_after)))


def test_a_candidate_may_be_a_hard_sigmoid_too(tmp_path):
    draw = numbers()
    w, u, b = draw(3, 12), draw(4, 12), draw(2, 12)
    config = {"units": 4, "reset_after": True, "activation": "hard_sigmoid", "recurrent_activation": "hard_sigmoid"}
    x = 2 * draw(2, 5, 3)
    model = revive(tmp_path, row(("GRU", config), shape=(5, 3)), {"gru_1": [w, u, b]})
    assert_near(answer(model, x), gru(x, w, u, b, hard_sigmoid, True, hard_sigmoid))


def test_an_lstm_of_hard_sigmoid_states_is_refused(tmp_path):
    document = row(("LSTM", {"units": 4, "activation": "hard_sigmoid"}), shape=(5, 3))
    with pytest.raises(InvalidModelError, match=r"Layer 'lstm_1' \(LSTM\) has the activation 'hard_sigmoid'"):
        legacy.load(write_json(tmp_path / "m.json", document))


@pytest.mark.parametrize("merge", ["concat", "sum", "ave"])
def test_bidirectional(merge, tmp_path):
    draw = numbers()
    arrays = [draw(3, 16), draw(4, 16), draw(16), draw(3, 16), draw(4, 16), draw(16)]
    inner = {"class_name": "LSTM", "config": {"name": "lstm_1", "units": 4, "recurrent_activation": "hard_sigmoid"}}
    document = row(("Bidirectional", {"layer": inner, "merge_mode": merge}), shape=(5, 3))
    x = 2 * draw(2, 5, 3)
    there, back = lstm(x, *arrays[:3], hard_sigmoid), lstm(x[:, ::-1], *arrays[3:], hard_sigmoid)
    golden = {"concat": np.concatenate([there, back], axis=1), "sum": there + back, "ave": (there + back) / 2}
    assert_near(answer(revive(tmp_path, document, {"bidirectional_1": arrays}), x), golden[merge])


def test_bidirectional_of_keras_1(tmp_path):
    draw = numbers()
    w, u, b = draw(2, 3, 16), draw(2, 4, 16), draw(2, 16)  # both ways; i, f, c, o

    def stored(way):
        parts = [[np.split(a[way], 4, axis=-1)[gate] for a in (w, u, b)] for gate in (0, 2, 1, 3)]  # i, c, f, o
        return [array for part in parts for array in part]

    inner = {"class_name": "LSTM", "config": {"name": "lstm_1", "output_dim": 4, "inner_activation": "hard_sigmoid"}}
    document = row(("Bidirectional", {"layer": inner, "merge_mode": "mul"}), shape=(5, 3), version="1.2.2")
    x = 2 * draw(2, 5, 3)
    golden = lstm(x, w[0], u[0], b[0], hard_sigmoid) * lstm(x[:, ::-1], w[1], u[1], b[1], hard_sigmoid)
    assert_near(answer(revive(tmp_path, document, {"bidirectional_1": [*stored(0), *stored(1)]}), x), golden)


def of_cudnn(kernel, gates):
    """Return a kernel with each gate's matrix transposed and then filled into the same shape."""
    return np.hstack([part.T.reshape(part.shape) for part in np.hsplit(kernel, gates)])


@pytest.mark.parametrize("kind", ["CuDNNLSTM", "CuDNNGRU"])
def test_layers_of_cudnn(kind, tmp_path):
    draw, gates = numbers(), 4 if kind == "CuDNNLSTM" else 3
    w, u, b = draw(3, gates * 4), draw(4, gates * 4), draw(2, gates * 4)
    stored = [of_cudnn(w, gates), np.hstack([part.T for part in np.hsplit(u, gates)]), b.reshape(-1)]
    x = draw(2, 5, 3)
    model = revive(tmp_path, row((kind, {"units": 4}), shape=(5, 3)), {f"{kind.lower()}_1": stored})
    assert_near(answer(model, x), lstm(x, w, u, b.sum(axis=0)) if gates == 4 else gru(x, w, u, b, sigmoid, True))


def cell(kind, name, units, **config):
    return {"class_name": kind, "config": {"name": name, "units": units, **config}}


@pytest.mark.parametrize("said", ["hard_sigmoid", "sigmoid"])
@pytest.mark.parametrize("stacked", [False, True])
def test_rnn_around_cells(said, stacked, tmp_path):
    draw = numbers()
    first, second = [draw(3, 16), draw(4, 16), draw(16)], [draw(4, 15), draw(5, 15), draw(15)]
    cells = [cell("LSTMCell", "l", 4, recurrent_activation=said), cell("GRUCell", "g", 5, recurrent_activation=said)]
    around = {"class_name": "StackedRNNCells", "config": {"name": "s", "cells": cells}} if stacked else cells[0]
    document = row(("RNN", {"cell": around, "return_sequences": False, "time_major": False}), shape=(6, 3))
    x = 2 * draw(2, 6, 3)
    steps = lstm(x, *first, recurrent=GATES[said], every=True)
    golden = gru(steps, *second, recurrent=GATES[said]) if stacked else steps[:, -1]
    arrays = [*first, *second] if stacked else first
    assert_near(answer(revive(tmp_path, document, {"rnn_1": arrays}), x), golden)


def test_bidirectional_around_stacked_cells(tmp_path):
    draw = numbers()
    ways = [([draw(3, 8), draw(2, 8), draw(8)], [draw(2, 12), draw(3, 12), draw(12)]) for _ in range(2)]
    cells = [cell("LSTMCell", name, units, recurrent_activation="sigmoid") for name, units in (("a", 2), ("b", 3))]
    inner = {"class_name": "StackedRNNCells", "config": {"name": "s", "cells": cells}}
    rnn = {"class_name": "RNN", "config": {"name": "r", "cell": inner}}
    document = row(("Bidirectional", {"layer": rnn, "merge_mode": "concat"}), shape=(6, 3))
    stored = [array for way in ways for arrays in way for array in arrays]
    x = draw(2, 6, 3)
    golden = [lstm(lstm(steps, *a, every=True), *b) for (a, b), steps in zip(ways, (x, x[:, ::-1]), strict=True)]
    model = revive(tmp_path, document, {"bidirectional_1": stored})
    assert_near(answer(model, x), np.concatenate(golden, axis=1))


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"cell": cell("Dense", "d", 2)}, r"Layer 'rnn_1' \(RNN\) goes around 'd' \(Dense\), which is not a cell"),
        ({"cell": cell("LSTMCell", "l", 2), "time_major": True}, r"'rnn_1' \(RNN\) has time_major=True, which Keras 3"),
        ({"cell": cell("LSTMCell", "l", 2, activation="hard_sigmoid")}, r"'l' \(LSTMCell\) has the activation 'hard_s"),
        ({"cell": cell("Mine", "m", 2)}, r"Layer 'm' \(Mine\) is not a layer of Keras 3. Pass its class"),
    ],
)
def test_other_cells_are_refused_by_name(config, words, tmp_path):
    with pytest.raises(InvalidModelError, match=words):
        legacy.load(write_json(tmp_path / "m.json", row(("RNN", config), shape=(6, 3))))


@pytest.mark.parametrize("zeros", [True, False])
def test_masked_steps_are_zeros_where_they_were(zeros, tmp_path):
    draw = numbers()
    w, u, b = draw(3, 8), draw(2, 8), draw(8)
    said = {"units": 2, "recurrent_activation": "sigmoid", "return_sequences": True, "zero_output_for_mask": zeros}
    document = row(("Masking", {"mask_value": 0.0}), ("LSTM", said), shape=(4, 3), version="2.15.0")
    x = draw(2, 4, 3)
    x[:, 3] = 0
    golden = lstm(x[:, :3], w, u, b, every=True)
    last = 0 * golden[:, -1:] if zeros else golden[:, -1:]
    model = revive(tmp_path, document, {"lstm_2": [w, u, b]})
    assert_near(answer(model, x), np.concatenate([golden, last], axis=1))


def test_initial_states_of_a_decoder(tmp_path):
    draw = numbers()
    w, u, b, v, t, c = draw(3, 8), draw(2, 8), draw(8), draw(4, 8), draw(2, 8), draw(8)
    half = {"units": 2, "recurrent_activation": "sigmoid"}
    document = graph(
        [
            entry("InputLayer", "e", batch_input_shape=[None, None, 3]),
            entry("InputLayer", "d", batch_input_shape=[None, None, 4]),
            entry("LSTM", "encoder", [[["e", 0, 0, {}]]], return_state=True, **half),
            entry("LSTM", "decoder", [[["d", 0, 0, {}], ["encoder", 0, 1, {}], ["encoder", 0, 2, {}]]], **half),
        ],
        inputs=["e", "d"],
        outputs=["decoder"],
    )
    path = write_json(tmp_path / "m.json", document)
    write_weights(tmp_path / "w.h5", {"encoder": {"w": w, "u": u, "b": b}, "decoder": {"w": v, "u": t, "b": c}})
    x, y = draw(3, 4, 3), draw(3, 5, 4)
    h = lstm_with_state(x, w, u, b)
    assert_near(answer(legacy.load(path, tmp_path / "w.h5"), x, y), lstm_with_state(y, v, t, c, *h)[0])


def lstm_with_state(x, w, u, b, h=0.0, c=0.0):
    for t in range(x.shape[1]):
        i, f, g, o = np.split(x[:, t] @ w + (h @ u if np.ndim(h) else 0) + b, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return h, c
