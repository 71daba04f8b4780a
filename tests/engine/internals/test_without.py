"""Without a name of Keras or JAX, training goes on where only speed is lost, and is refused where more would be."""

import keras
import numpy as np
import pytest

from sparkeras.engine.internals import jax_internals
from sparkeras.engine.process.ranks import hooks
from sparkeras.engine.process.ranks.row_dependence import look_at
from sparkeras.errors import TrainingError

BACKEND = keras.config.backend()
pytestmark = [pytest.mark.torch] if BACKEND == "torch" else []
ROWS = np.ones((4, 6, 6, 1), np.float32), np.ones((4, 1), np.float32)


def images_model(*layers):
    model = keras.Sequential([keras.Input((6, 6, 1)), *layers, keras.layers.Flatten(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def without(monkeypatch, kind, name):
    """Take a method from the class of Keras that has it."""
    monkeypatch.delattr(next(each for each in kind.__mro__ if name in vars(each)), name)


@pytest.mark.skipif(BACKEND != "jax", reason="faster layers are for JAX")
def test_without_the_list_of_layers_none_is_faster(monkeypatch):
    from sparkeras.engine.backends import jax_conv

    model = images_model(keras.layers.Conv2D(2, 3))
    with monkeypatch.context() as patch:
        without(patch, keras.Layer, "_flatten_layers")
        context = jax_conv.use(model)
        taken = context.__enter__()
    model.fit(*ROWS, verbose=0)
    context.__exit__(None, None, None)
    assert not taken


def test_without_building_on_shapes_a_model_is_built_by_a_call(monkeypatch):
    model = images_model()
    with monkeypatch.context() as patch:
        without(patch, keras.Model, "_symbolic_build")
        assert not look_at(model, *(rows[:2] for rows in ROWS), None).at_all
    assert model._compile_loss.built


def test_without_masked_moments_only_batch_normalisation_is_refused(monkeypatch):
    without(monkeypatch, keras.layers.BatchNormalization, "_moments")
    with hooks.padding_out_of_batch_statistics(images_model(), lambda: None):
        pass
    with (
        pytest.raises(TrainingError, match=r"has no BatchNormalization\._moments.*num_workers=1"),
        hooks.padding_out_of_batch_statistics(images_model(keras.layers.BatchNormalization()), lambda: None),
    ):
        pass


@pytest.mark.skipif(BACKEND != "jax", reason="of JAX")
@pytest.mark.parametrize("name", ["make_cpu_client", "register_backend_factory"])
def test_without_its_private_client_jax_listens_where_it_likes(name, monkeypatch):
    xla_bridge = pytest.importorskip("jax._src.xla_bridge")
    monkeypatch.setattr(xla_bridge, "register_backend_factory", lambda *_, **__: pytest.fail("registered"))
    monkeypatch.delattr(xla_bridge, name)
    with pytest.warns(UserWarning, match=rf"no way to choose .*{name}.* 127\.0\.0\.3 is not used"):
        jax_internals.listen_on("127.0.0.3")
