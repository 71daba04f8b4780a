"""A compiled Keras model ready to travel: what it is, what goes in and comes out, and its bytes (``packing``).

Runs on: driver, Spark task, training process.

A blueprint is a zip: ``model.keras`` (architecture, weights, compile arguments), ``state`` (variables that the file
does not bring back, optimizer state), ``attributes.pkl`` (what configs forget), ``custom.pkl`` (classes and functions
that Keras does not bring, by value) and ``settings.json`` (dtype policy, floatx, image format). It unpickles code, so a
file from disk never takes this path: ``keras.saving.load_model`` opens those, in safe mode.
"""

import contextlib
import hashlib
import json
import random
import re

import keras
import numpy as np

from sparkeras.engine.blueprint import byvalue
from sparkeras.engine.blueprint.callables import as_functions
from sparkeras.engine.blueprint.configless import by_attributes
from sparkeras.engine.blueprint.custom import custom_objects, functions_named
from sparkeras.engine.blueprint.links import linked
from sparkeras.engine.blueprint.models import require_compiled, require_model, require_stateless
from sparkeras.engine.blueprint.outputs import outputs_of_subclass
from sparkeras.engine.blueprint.packing import copy, in_turn, one_at_a_time, open_blueprint, pack, saved_by_keras
from sparkeras.engine.blueprint.shapes import embedding_size, fixed_rows, rows_of, signature

__all__ = [
    "copy",
    "embedding_size",
    "fingerprint",
    "fixed_rows",
    "open_blueprint",
    "outputs_of_subclass",
    "pack",
    "pack_once",
    "require_compiled",
    "require_model",
    "rows_of",
    "saved_by_keras",
    "seeded",
    "signature",
]

# A DataFrame of predictions is often made several times of one model; saving takes longer than looking at it.
_last_packed: dict[str, bytes] = {}


@contextlib.contextmanager
def seeded(seed):
    """Draw the weights of a model that is made here by ``seed``, and leave Python's and NumPy's random state alone."""
    with one_at_a_time:
        before = random.getstate(), np.random.get_state()
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


@in_turn
def fingerprint(model, names=True, weights=True):
    """Return a digest (hex) of a model that depends on its architecture, code, weights, and nothing else.

    Parameters
    ----------
    model : keras.Model
    names : bool
        Whether names of layers and optimizers count. Keras numbers them: the same code run again makes others.
    weights : bool
        Whether weights count.
    """
    with linked(model), as_functions(model), contextlib.ExitStack() as saving:
        named = custom_objects(model)
        saving.enter_context(functions_named(named))
        saving.enter_context(by_attributes(named.values()))
        digest = hashlib.sha256(byvalue.dumps(named, "Code of the model") if named else b"")
        told = json.dumps(keras.saving.serialize_keras_object(model), sort_keys=True, default=str)
    if not names:
        told = _numbered(told)
    digest.update(told.encode())
    for variable in model.variables if weights else ():
        digest.update(np.ascontiguousarray(keras.ops.convert_to_numpy(variable.value)))
    return digest.hexdigest()


def _numbered(told):
    """Put numbers, in the order of appearance, for the names in a serialized model."""
    names = dict.fromkeys(re.findall(r'"name": ("[^"]+")', told))
    numbers = {name: f'"#{i}"' for i, name in enumerate(names)}
    return re.sub("|".join(map(re.escape, numbers)), lambda found: numbers[found.group()], told)


@in_turn
def pack_once(model):
    """Return (``fingerprint``, bytes of ``pack``), made anew only when the model has changed since the last call."""
    require_stateless(model)
    digest = fingerprint(model)
    if digest not in _last_packed:
        packed = pack(model)
        _last_packed.clear()
        _last_packed[digest] = packed
    return digest, _last_packed[digest]
