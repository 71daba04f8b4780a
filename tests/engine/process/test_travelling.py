"""Callbacks travel without what belongs to one process."""

import keras
import numpy as np
import pytest

from sparkeras.engine.callbacks import travelling
from sparkeras.engine.callbacks.writers import require_alone
from sparkeras.errors import InvalidModelError, InvalidParamError


class Keeps(keras.callbacks.Callback):
    def __init__(self, thing):
        super().__init__()
        self.thing = thing


def used(callback):
    """Return a callback after plain Keras has used it."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(np.zeros((4, 1)), np.zeros(4), verbose=0, callbacks=[callback])
    return callback


def test_a_callback_that_plain_keras_used_travels_and_stays_as_it_is(tmp_path):
    log = used(keras.callbacks.CSVLogger(str(tmp_path / "a.csv")))
    (there,) = travelling.opened(travelling.pack([log]))
    assert there.csv_file is None
    assert vars(there).get("_model") is None
    assert log.csv_file.closed
    assert log.model is not None


def test_a_tensorboard_that_plain_keras_used_travels(tmp_path):
    pytest.importorskip("tensorboard", reason="Keras' TensorBoard callback writes by it")
    pytest.importorskip("tensorflow", reason="Keras' TensorBoard callback writes by it")
    board = used(keras.callbacks.TensorBoard(str(tmp_path)))
    (there,) = travelling.opened(travelling.pack([board]))
    assert board._writers
    used(there)


@pytest.mark.parametrize("mode", ["w", "rb"])
def test_a_closed_file_stays_behind_and_an_open_one_is_refused(tmp_path, mode):
    (tmp_path / "a").write_text("")
    with open(tmp_path / "a", mode) as file:
        keeps = Keeps(file)
        with pytest.raises(InvalidModelError, match="The callbacks cannot travel .* must not hold open files"):
            travelling.pack([keeps])
        assert keeps.thing is file
    assert travelling.opened(travelling.pack([keeps]))[0].thing is None


def test_what_travels_instead_does_not_come_back():
    keeps = Keeps("s3://bucket/a")
    data = travelling.pack([keeps], [{"thing": "a"}])
    assert keeps.thing == "s3://bucket/a"
    (there,) = travelling.opened(data)
    assert there.thing == "a"
    there.seen = 3
    travelling.give_back([keeps], travelling.attributes([there]), [{"thing": "a"}])
    assert (keeps.thing, keeps.seen) == ("s3://bucket/a", 3)


def test_a_callback_has_the_callers_model_afterwards():
    model, keeps = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]), Keeps(1)
    (there,) = travelling.opened(travelling.pack([keeps]))
    travelling.give_back([keeps], travelling.attributes([there]), [{}], model)
    assert keeps.model is model


@pytest.mark.parametrize("relative", [True, False])
def test_orbax_is_made_anew_where_it_writes(tmp_path, monkeypatch, relative):
    pytest.importorskip("orbax.checkpoint")
    monkeypatch.chdir(tmp_path)
    folder = "states" if relative else str(tmp_path / "states")
    (there,) = travelling.opened(travelling.pack([keras.callbacks.OrbaxCheckpoint(folder, max_to_keep=2)]))
    assert there.directory == folder
    used(there)
    assert (tmp_path / "states" / "0").is_dir()
    assert "checkpointer" not in travelling.pickled(there)


@pytest.mark.skipif(not hasattr(keras.callbacks, "OrbaxCheckpoint"), reason="needs Keras 3.13 or later")
def test_orbax_with_several_workers_on_jax_is_refused():
    orbax = keras.callbacks.OrbaxCheckpoint.__new__(keras.callbacks.OrbaxCheckpoint)
    with pytest.raises(InvalidParamError, match="OrbaxCheckpoint waits for all .* Use ModelCheckpoint, or set num_wor"):
        require_alone([keras.callbacks.Callback(), orbax], 2, "jax")
    require_alone([orbax], 1, "jax")
    require_alone([orbax], 2, "torch")
    require_alone(None, 2, "jax")
