"""Steps, optimizers and plans on arrays."""

import pickle
from itertools import pairwise

import numpy as np
import pytest

from sparkeras.scratch.building import build
from sparkeras.scratch.chance import uniform
from sparkeras.scratch.layers import Dropout
from sparkeras.scratch.optimizers import Adam, BoldDriver, GradientDescent
from sparkeras.scratch.training import CHUNK, Arrays, Plan, fit

RNG = np.random.default_rng(0)


def two_heaps(rows=200):
    t = np.eye(2, dtype="float32")[RNG.integers(0, 2, rows)]
    x = (t @ [[2, 0], [0, 2]] + RNG.normal(0, 0.5, (rows, 2))).astype("float32")
    return x, t


def test_a_small_network_learns_two_heaps():
    x, t = two_heaps()
    network = build([2, 4, 2])
    history = fit(network, Adam(0.05), Arrays(x, t), epochs=20, plan=Plan(batch_size=20))
    assert history["accuracy"][-1] > 0.97
    assert history["cost"][-1] < history["cost"][0] / 3
    assert network.weights[0].dtype == np.float32


def test_it_learns_xor_with_a_hidden_layer_and_not_without():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
    t = np.array([[0], [1], [1], [0]], "float32")
    accuracies = {}
    for sizes in ([2, 1], [2, 8, 1]):
        network = build(sizes, "tanh", "sigmoid", "binary_crossentropy", seed=1)
        accuracies[len(sizes)] = fit(network, Adam(0.05), Arrays(x, t), epochs=300)["accuracy"][-1]
    assert accuracies[2] < 1
    assert accuracies[3] == 1


def test_predicting_leaves_nothing_out():
    x, t = two_heaps()
    network = build([2, 8, 2], dropout=0.5)
    assert (network.forward(x) == network.forward(x)).all()
    with_chance = network.sums(x, t).cost
    fit(network, GradientDescent(0.0), Arrays(x, t), epochs=1)
    assert network.sums(x, t).cost == with_chance


def test_training_and_predicting_are_one_forward_pass(monkeypatch):
    """What the network says in training is what it says ever after: there is no second place that computes it."""
    x, t = two_heaps()
    network, seen = build([2, 4, 2]), []
    monkeypatch.setattr(network.loss, "cost", lambda y, t: seen.append(y) or 0.0)
    network.sums(x, t)
    assert (seen[0] == network.forward(x)).all()
    for layer in network.layers:
        monkeypatch.setattr(layer, "forward", lambda x, chance=None: x)
    network.sums(x, t)
    assert seen[1] is x
    assert network.forward(x) is x


def test_dropout_keeps_the_mean():
    kept = Dropout(0.25).forward(np.ones((1000, 10)), type("Draws", (), {"draw": staticmethod(RNG.random)})())
    assert set(np.unique(kept)) == {0, 1 / 0.75}
    assert kept.mean() == pytest.approx(1, abs=0.02)


def test_the_bold_driver_speeds_up_brakes_and_undoes():
    for undo, expected in ((True, 0.9 - 0.05), (False, 0.8 - 0.05)):
        driver, w = BoldDriver(0.1, undo), [np.array([1.0])]
        w = driver.update(w, [np.array([1.0])], cost=5.0)  # 1 - 0.1
        assert (w[0], driver.rate) == (pytest.approx(0.9), 0.1)
        bad = driver.update(w, [np.array([1.0])], cost=4.0)  # fell: 0.105
        assert bad[0] == pytest.approx(0.9 - 0.105)
        driver.rate = 0.1
        bad = [np.array([0.8])]
        w = driver.update(bad, [np.array([1.0])], cost=6.0)  # rose: 0.05, from where it was before or from here
        assert w[0] == pytest.approx(expected)
        assert driver.rate == pytest.approx(0.05)


def test_a_rate_decays():
    optimizer, w = GradientDescent(1.0, decay=1.0), [np.array([0.0])]
    for expected in (-1, -1.5, -1.5 - 1 / 3):
        w = optimizer.update(w, [np.array([1.0])], 0)
        assert w[0] == pytest.approx(expected)


def test_every_row_has_its_turn_in_an_epoch_of_batches():
    plan = Plan(batch_size=30, seed=1)
    seen = [plan.places(0, step, 100) for step in range(plan.steps(100))]
    assert sorted(np.concatenate(seen)) == list(range(100))
    assert [len(places) for places in seen] == [30, 30, 30, 10]
    assert (plan.places(0, 0, 100) != plan.places(1, 0, 100)).any()


def test_a_fraction_is_drawn_anew_for_each_epoch_and_the_same_for_a_seed():
    plan = Plan(fraction=0.7)
    assert len(plan.places(0, 0, 10_000)) == pytest.approx(7000, abs=200)
    assert (plan.places(3, 0, 100) == Plan(fraction=0.7).places(3, 0, 100)).all()
    assert list(plan.places(0, 0, 100)) != list(plan.places(1, 0, 100))


@pytest.mark.parametrize("start", [0, 1, 4, 7])
def test_random_numbers_begin_anywhere(start):
    assert (uniform((1, 2), start, 9) == uniform((1, 2), 0, 20)[start : start + 9]).all()


@pytest.mark.parametrize("plan", [Plan(), Plan(fraction=0.6), Plan(batch_size=700)], ids=str)
def test_parts_of_the_rows_add_up_to_all_of_them(plan):
    rows = CHUNK + 500
    x, t = RNG.normal(size=(rows, 3)), np.eye(2)[RNG.integers(0, 2, rows)]
    network = build([3, 4, 2], dropout=0.3, dtype="float64")
    whole = Arrays(x, t).sums(network, plan, 2, 1)
    edges = [0, 10, 10, 1500, rows]  # one part is empty
    total = None
    for a, b in pairwise(edges):
        part = Arrays(x[a:b], t[a:b], a, rows).sums(network, plan, 2, 1)
        total = part if total is None else total + part
    assert (total.rows, total.hits) == (whole.rows, whole.hits)
    assert total.cost == pytest.approx(whole.cost)
    for part, all_of_it in zip(total.arrays, whole.arrays, strict=True):
        np.testing.assert_allclose(part, all_of_it, rtol=1e-9, atol=1e-12)


def test_a_network_travels_without_the_rows_it_saw():
    x, _ = two_heaps()
    network = build([2, 4, 2])
    size = len(pickle.dumps(network))
    network.forward(x)
    assert len(pickle.dumps(network)) == size
    assert (pickle.loads(pickle.dumps(network)).forward(x) == network.forward(x)).all()


WRONG = {
    "an activation": (
        lambda: build([2, 2, 2], "softplus"),
        "Unknown activation 'softplus'; expected one of linear, sigmoid",
    ),
    "a loss": (lambda: build([2, 2], loss="mse"), "Unknown loss 'mse'; expected one of half_squares"),
    "a start": (lambda: build([2, 2], start="zero"), "Unknown start 'zero'; expected one of half, glorot, he"),
    "sizes": (lambda: build([2]), r"A network needs inputs and outputs, 1 or more of each; got \[2\]"),
    "a rate": (lambda: Dropout(1.0), "A dropout rate is at least 0 and less than 1; got 1.0"),
    "a fraction": (lambda: Plan(fraction=0), "A step sees a fraction of the rows above 0 and up to 1; got 0"),
    "both": (
        lambda: Plan(fraction=0.5, batch_size=2),
        "A mini-batch has 1 row or more, and no fraction beside it",
    ),
    "too few rows": (
        lambda: fit(build([2, 2]), Adam(), Arrays(np.ones((1, 2)), np.eye(2)[:1]), 1, Plan(fraction=1e-9)),
        "No row was drawn: 1 are too few for a fraction of 1e-09",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name):
    make, words = WRONG[name]
    with pytest.raises(ValueError, match=words):
        make()
