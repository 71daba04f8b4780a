"""Several networks in one: each is trained by itself, and the file is plain Keras."""

import keras
import numpy as np
import pytest

from sparkeras import zoo

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 4)).astype(np.float32)
CLASSES = (X[:, 0] > 0).astype(np.int32) + (X[:, 1] > 1)
AMOUNTS = np.stack([1000 + 50 * X[:, 0], X[:, 1]], axis=1)
SCALING = ("standardize", (AMOUNTS.mean(axis=0), AMOUNTS.var(axis=0)))


@pytest.fixture(params=["classes", "amounts"])
def case(request):
    """A compiled model, its labels, and the layer that gives (rows, members, ...)."""
    keras.utils.set_random_seed(0)
    if request.param == "classes":
        model = zoo.build("tabm", (4,), 3, steps=100)
        return model, CLASSES, next(each for each in model.layers if each.name.startswith("activation"))
    model = zoo.build("tabm", (4,), targets=2, label_scaling=SCALING, steps=100)
    return model, AMOUNTS, model.get_layer("units")


def test_the_loss_is_the_mean_of_the_members_losses(case):
    model, y, layer = case
    members = keras.Model(model.inputs, layer.output).predict(X, verbose=0)
    assert members.shape[:2] == (60, 8)
    if y.ndim == 1:
        losses = -members[np.arange(60), :, y]
        mean = members.mean(axis=1)
        joined = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)
    else:
        losses, joined = (members - y[:, None]) ** 2, members.mean(axis=1)
    np.testing.assert_allclose(model.evaluate(X, y, verbose=0)[0], losses.mean(), rtol=1e-4)
    np.testing.assert_allclose(model.predict(X, verbose=0), joined, rtol=1e-4, atol=1e-4)


def test_it_learns_and_opens_again_in_safe_mode(case, tmp_path):
    model, y, _ = case
    before = model.evaluate(X, y, verbose=0)[0]
    model.fit(X, y, epochs=12, batch_size=10, verbose=0)
    assert model.evaluate(X, y, verbose=0)[0] < 0.5 * before
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(opened.predict(X, verbose=0), model.predict(X, verbose=0))
    assert not any(type(layer).__module__.startswith("sparkeras") for layer in opened.layers)
