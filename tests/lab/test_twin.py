"""The network in the page and the readable network in Python make the same of the same batches."""

import numpy as np
import pytest

from sparkeras.datasets.sets import playground
from sparkeras.scratch.activations import ACTIVATIONS
from sparkeras.scratch.building import build
from sparkeras.scratch.losses import LOSSES, Regulariser
from sparkeras.scratch.optimizers import OPTIMIZERS

STEPS, BATCH = 60, 10
# Runs in the page: train on the given batches, return costs, weights and outputs.
TRAIN = """async ({weights, settings, batches}) => {
    const { Network } = await import("/static/playground/network.js");
    const network = new Network(weights, settings);
    const numbers = (each) => Float64Array.from(each);
    const costs = batches.map(({ x, t }) => network.step(x.map(numbers), numbers(t)));
    return { costs, weights: network.weights.map((each) => [...each]) };
}"""
DEFAULTS = {"activation": "tanh", "loss": "binary_crossentropy", "optimizer": "adam", "output": "sigmoid"}
DEFAULTS |= {"rate": 0.03, "l1": 0.0, "l2": 0.0}
OF_ONE_OUTPUT = [name for name in LOSSES if name != "categorical_crossentropy"]
CASES = [
    *({"activation": name} for name in ACTIVATIONS if name != "softmax"),
    *({"optimizer": name} for name in OPTIMIZERS),
    *({"loss": name} for name in OF_ONE_OUTPUT),
    {"output": "linear", "loss": "mean_squared_error"},
    {"l1": 0.01},
    {"l2": 0.01},
]


@pytest.fixture(scope="module")
def blank(browser, lab):
    page = browser.new_page(base_url=lab.address)
    page.goto("/playground")
    yield page
    page.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_twin_takes_the_same_steps(case, blank):
    settings = DEFAULTS | case
    x, t = playground.points("spiral", STEPS * BATCH)
    batches = [(x[n::STEPS], t[n::STEPS, None].astype(float)) for n in range(STEPS)]
    regulariser = Regulariser(settings["l1"], settings["l2"])
    network = build(
        [2, 8, 5, 1], settings["activation"], settings["output"], settings["loss"], regulariser, dtype="float64"
    )
    started = [each.ravel().tolist() for each in network.weights]
    optimizer, costs = OPTIMIZERS[settings["optimizer"]](rate=settings["rate"]), []
    for features, targets in batches:
        cost, gradients = network.means(network.sums(features, targets))
        network.weights = optimizer.update(network.weights, gradients, cost)
        costs.append(cost)

    sent = [{"x": features.T.tolist(), "t": targets[:, 0].tolist()} for features, targets in batches]
    twin = blank.evaluate(TRAIN, {"weights": started, "settings": settings, "batches": sent})

    np.testing.assert_allclose(twin["costs"], costs, rtol=1e-8)
    for ours, theirs in zip(network.weights, twin["weights"], strict=True):
        np.testing.assert_allclose(theirs, ours.ravel(), rtol=1e-6, atol=1e-9)
    assert any(abs(each - first) > 1e-4 for each, first in zip(twin["weights"][0], started[0], strict=True))


def test_the_page_offers_what_the_readable_network_has(blank):
    offered = blank.evaluate('async () => (await import("/static/playground/state.js")).CHOICES')
    assert set(offered["activation"]) == set(ACTIVATIONS) - {"softmax"}
    assert set(offered["optimizer"]) == set(OPTIMIZERS)
    assert set(offered["loss"]) == set(OF_ONE_OUTPUT)
    assert set(offered["data"]) == set(playground.KINDS)
