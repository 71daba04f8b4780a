"""Models open without compiling for speed what runs once; what runs often is compiled as ever."""

import concurrent.futures

import keras
import numpy as np
import pytest

from sparkeras import zoo
from sparkeras.engine import model_files
from sparkeras.engine.quick_compilation import quick_compilation

pytestmark = pytest.mark.skipif(keras.backend.backend() != "jax", reason="an option of JAX")
OPTION = "jax_disable_most_optimizations"


@pytest.fixture
def jax():
    jax = pytest.importorskip("jax")
    before = jax.config.values[OPTION]
    jax.config.update(OPTION, False)
    yield jax
    jax.config.update(OPTION, before)


def test_the_option_ends_with_what_is_within(jax):
    with quick_compilation(), quick_compilation():
        assert jax.config.values[OPTION]
    assert not jax.config.values[OPTION]
    with pytest.raises(ZeroDivisionError), quick_compilation():
        raise ZeroDivisionError
    assert not jax.config.values[OPTION]


@pytest.mark.thorough
def test_an_opened_model_says_the_same_and_leaves_the_option_alone(jax, tmp_path):
    model = zoo.build("cnn", (8, 8), 10)
    model.save(tmp_path / "model.keras")
    rows = np.random.default_rng(0).uniform(0, 16, (32, 8, 8)).astype(np.float32)
    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        opened = list(threads.map(model_files.open_file, [tmp_path / "model.keras"] * 8))
    assert not jax.config.values[OPTION]
    for each in opened:
        np.testing.assert_array_equal(each.predict_on_batch(rows), model.predict_on_batch(rows))
