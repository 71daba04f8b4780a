"""The GAN: one step moves each network by its own loss, its optimizers travel, several workers make one model of it."""

import io

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras import datasets, zoo
from sparkeras.engine import blueprint
from sparkeras.engine.blueprint import state
from sparkeras.errors import InvalidModelError
from sparkeras.zoo.samples import SampleGrid, grid

pytestmark = pytest.mark.thorough

DIGITS = datasets.load_arrays("digits")


@pytest.fixture(scope="module")
def trained():
    """Return a small GAN after two epochs of plain Keras, with its history."""
    keras.utils.set_random_seed(0)
    model = zoo.build("gan", (8, 8), scaling=DIGITS.scaling, filters=8, noise=16)
    return model, model.fit(DIGITS.x_train[:640], batch_size=64, epochs=2, verbose=0).history


def test_the_networks_have_the_parameters_that_they_say():
    from sparkeras.engine.blueprint.without_initial_weights import weights_to_come

    with weights_to_come():
        model = zoo.build("gan", (28, 28), scaling=("rescale", 1 / 255))
    assert (model.generator.count_params(), model.discriminator.count_params()) == (234_369, 36_513)


def test_the_history_tells_of_both_networks(trained):
    _, history = trained
    assert set(history) == {"loss", "generator_loss", "real_judged_real", "made_judged_real"}
    assert all(0 <= share <= 1 for name in ("real_judged_real", "made_judged_real") for share in history[name])
    assert np.isfinite(history["loss"]).all()


def test_each_network_moves_by_its_own_loss():
    keras.utils.set_random_seed(0)
    model = zoo.build("gan", (8, 8), scaling=DIGITS.scaling, filters=4, noise=4)
    count = len(model.generator.trainable_variables)
    parts = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.0)
    model.compile(zoo.two_optimizers.TwoOptimizers(*parts, count))
    before = [keras.ops.convert_to_numpy(v.value) for v in model.trainable_variables]
    model.fit(DIGITS.x_train[:32], batch_size=32, verbose=0)
    after = [keras.ops.convert_to_numpy(v.value) for v in model.trainable_variables]
    moved = [bool((a != b).any()) for a, b in zip(before, after, strict=True)]
    assert any(moved[:count])
    assert not any(moved[count:])


def test_images_come_in_the_rows_own_units_and_the_seed_decides(trained):
    model, _ = trained
    made = model.generate(5, seed=1)
    assert made.shape == (5, 8, 8)
    assert 0 <= made.min() < made.max() <= 16
    np.testing.assert_array_equal(made, model.generate(5, seed=1))
    assert np.abs(made - model.generate(5, seed=2)).max() > 0


def test_a_file_and_a_blueprint_keep_both_optimizers(trained, tmp_path):
    model, _ = trained
    model.save(tmp_path / "gan.keras")
    for opened in (keras.saving.load_model(tmp_path / "gan.keras"), blueprint.copy(model)):
        assert [type(part).__name__ for part in opened.optimizer.parts] == ["Adam", "Adam"]
        assert int(opened.optimizer.iterations.value) == 20
        for before, after in zip(state.get_state(model), state.get_state(opened), strict=True):
            if before.dtype.kind == "f":  # whole numbers are seeds
                np.testing.assert_array_equal(before, after)


def test_coloured_images_have_three_channels():
    model = zoo.build("gan", (8, 12, 3), filters=2, noise=4)
    assert model.generate(2, seed=0).shape == (2, 8, 12, 3)


def test_a_grid_is_a_picture_with_a_line_between_images():
    from PIL import Image

    picture = Image.open(io.BytesIO(grid(np.zeros((5, 8, 8)))))
    assert picture.size == (3 * 33 + 1, 2 * 33 + 1)  # 8 pixels enlarged to 32, and three columns
    assert picture.getpixel((0, 0)) == 255
    assert picture.getpixel((1, 1)) == 0


def test_wrong_images_are_refused():
    with pytest.raises(InvalidModelError, match=r"grey \(1\) or coloured \(3\).*\(8, 8, 2\)"):
        zoo.build("gan", (8, 8, 2))
    with pytest.raises(InvalidModelError, match="one factor scales to 0..1"):
        zoo.build("gan", (8, 8), scaling=("standardize", (0.0, 1.0)))


def test_one_worker_trains_it_and_keeps_a_grid_per_epoch(spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    model = zoo.build("gan", (8, 8), scaling=DIGITS.scaling, filters=8, noise=16)
    rows = datasets.frame_from_arrays(spark, DIGITS.x_train[:320], DIGITS.y_train[:320])
    kept = SampleGrid(count=9, folder="samples")
    history = sparkeras.fit(model, rows, label=None, epochs=2, batch_size=64, callbacks=[kept], num_workers=1)
    assert len(history.history["generator_loss"]) == 2
    assert int(model.optimizer.iterations.value) == 10
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["epoch-001.png", "epoch-002.png"]
    assert kept.pictures["epoch-002.png"] == (tmp_path / "samples" / "epoch-002.png").read_bytes()
    assert set(sparkeras.evaluate(model, rows, label=None)) >= {"real_judged_real"}


@pytest.mark.slow
def test_two_workers_make_one_model_of_it(spark):
    figures = []
    rows = datasets.frame_from_arrays(spark, DIGITS.x_train[:330], DIGITS.y_train[:330])
    for workers in (1, 2):
        keras.utils.set_random_seed(0)
        model = zoo.build("gan", (8, 8), scaling=DIGITS.scaling, filters=8, noise=16)
        history = sparkeras.fit(model, rows, label=None, epochs=3, batch_size=64, num_workers=workers)
        assert int(model.optimizer.iterations.value) == 18
        assert history.training.rows == 330
        figures.append(history.history)
    # Noise and dropout are each rank's own, so that the runs are alike and not equal.
    for name in ("loss", "generator_loss"):
        np.testing.assert_allclose(figures[0][name], figures[1][name], rtol=0.25)
