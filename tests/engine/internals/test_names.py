"""Each private name that we use of Keras and JAX is there: a new version that lacks one fails by name."""

import ast
import importlib
import inspect
from pathlib import Path

import keras
import pytest

import sparkeras
from sparkeras.engine.internals import jax_internals, keras_internals
from sparkeras.engine.process.ranks.global_metrics import SUMS
from tests.engine.internals.examples import EXAMPLES, trained_model

BACKEND = keras.config.backend()
pytestmark = [pytest.mark.torch] if BACKEND == "torch" else []
ENGINE = Path(sparkeras.__file__).parent / "engine"
# Replaced by ``vars(class)[name]``: a base class that has them is not enough.
REPLACED = ("Layer.add_loss", "Layer.__call__", "BatchNormalization._moments", "LossScaleOptimizer.stateless_apply")
# Made at the first use, or by a package that is not installed here.
IN_SOURCE = ("TensorBoard", "OrbaxCheckpoint")
# Of Python, of Spark and its cloudpickle.
OF_OTHERS = {"_exit", "_dummy", "_get_metadata_to_save", "_paramMap", "_resetUid", "_DYNAMIC_CLASS_TRACKER_BY_CLASS"}


@pytest.mark.parametrize("site", keras_internals.SITES)
def test_keras_has(site):
    where, name = site.split(".")
    if where == "JAXModel" and BACKEND != "jax":
        pytest.skip("of Keras on JAX")
    since = keras_internals.SITES[site].partition(":")[0].partition(",")[0]
    if tuple(map(int, since.split("."))) > tuple(map(int, keras.__version__.split(".")[:2])):
        pytest.skip("of a newer Keras")
    example = EXAMPLES[where]()
    if where in IN_SOURCE:
        assert f"self.{name} = " in inspect.getsource(example)
    else:
        assert hasattr(example, name), f"Keras {keras.__version__} has no {site}: {keras_internals.SITES[site]}"
    if site in REPLACED:
        assert name in vars(getattr(keras.layers, where, None) or getattr(keras.optimizers, where))


@pytest.mark.parametrize("path", sorted(SUMS))
def test_keras_has_the_metric(path):
    module, name = path.rsplit(".", 1)
    assert hasattr(importlib.import_module(module), name)


def test_keras_gives_a_loss_tracker_the_rows_of_a_batch_as_an_int(monkeypatch):
    weights, tracker = [], trained_model()._loss_tracker
    monkeypatch.setattr(tracker, "update_state", lambda values, sample_weight=None: weights.append(sample_weight))
    trained_model().evaluate(keras.ops.ones((4, 3)), keras.ops.ones((4, 1)), batch_size=2, verbose=0)
    assert weights
    assert {type(weight) for weight in weights} == {int}


def test_keras_reduces_losses_by_keywords():
    parameters = inspect.signature(keras_internals.loss_module().reduce_weighted_values).parameters
    assert list(parameters) == ["values", "sample_weight", "mask", "reduction", "dtype"]
    assert list(inspect.signature(keras.layers.BatchNormalization._moments).parameters) == ["self", "inputs", "mask"]
    assert list(inspect.signature(keras.initializers.RandomNormal.__call__).parameters)[:3] == [
        "self",
        "shape",
        "dtype",
    ]


def test_functional_models_are_known_by_the_name_of_their_class():
    assert any(kind.__name__ == "Functional" for kind in type(trained_model()).__mro__)


@pytest.mark.skipif(BACKEND != "jax", reason="of JAX")
@pytest.mark.parametrize("site", jax_internals.SITES)
def test_jax_has(site):
    jax = pytest.importorskip("jax")
    where, name = site.rsplit(".", 1)
    if where.startswith("_src"):
        importlib.import_module(f"jax.{'.'.join(where.split('.')[:2])}")
    for part in where.split("."):
        jax = getattr(jax, part)
    assert hasattr(jax, name), jax_internals.SITES[site]


@pytest.mark.skipif(BACKEND != "torch", reason="of torch")
def test_torch_has_the_argument_that_its_store_listens_with():
    distributed = pytest.importorskip("torch.distributed")
    assert "master_listen_fd" in distributed.TCPStore.__init__.__doc__


def private_names(path):
    """Return (name, line) of each private attribute of another object that a file reads, sets or looks for."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute) and not (
            isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        ):
            found.append((node.attr, node.lineno))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr"):
            found += [(each.value, node.lineno) for each in node.args[1:2] if isinstance(each, ast.Constant)]
    return [(name, line) for name, line in found if name.startswith("_") and not name.endswith("__")]


def own_names():
    """Return the private names that our own classes and modules have."""
    names = {"_replace"}  # of named tuples
    for path in ENGINE.parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names.add(node.name)
    return names


def test_each_private_name_of_another_library_is_declared():
    sites = (*keras_internals.SITES, *jax_internals.SITES)
    known = {part for site in sites for part in site.split(".")} | own_names() | OF_OTHERS
    assert not {
        f"{path.relative_to(ENGINE)}:{line} {name}"
        for path in ENGINE.rglob("*.py")
        for name, line in private_names(path)
        if name not in known
    }
