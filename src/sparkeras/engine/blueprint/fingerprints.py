"""A model's fingerprint, and its last blueprint found again by it.

Runs on: driver.
"""

import contextlib
import hashlib
import json
import re

import keras
import numpy as np

from sparkeras.engine.blueprint import byvalue
from sparkeras.engine.blueprint.callables import as_functions
from sparkeras.engine.blueprint.custom import custom_objects, functions_named
from sparkeras.engine.blueprint.links import linked
from sparkeras.engine.blueprint.models import require_stateless
from sparkeras.engine.blueprint.packing import in_turn, pack
from sparkeras.engine.blueprint.without_get_config import by_attributes

# Several DataFrames of predictions often come from one model; saving takes longer than a fingerprint.
_last_packed: dict[str, bytes] = {}


@in_turn
def fingerprint(model: keras.Model, names: bool = True, weights: bool = True) -> str:
    """Return a digest (hex) of a model that depends on its architecture, code, weights, and nothing else.

    Parameters
    ----------
    model : keras.Model
    names : bool
        Whether names of layers and optimizers count. Keras numbers them: the same code run again gives others.
    weights : bool
        Whether weights count.
    """
    with linked(model), as_functions(model), contextlib.ExitStack() as saving:
        custom = custom_objects(model)
        saving.enter_context(functions_named(custom))
        saving.enter_context(by_attributes(custom.values()))
        digest = hashlib.sha256(byvalue.dumps(custom, "Code of the model") if custom else b"")
        config = json.dumps(keras.saving.serialize_keras_object(model), sort_keys=True, default=str)
    if not names:
        config = _numbered(config)
    digest.update(config.encode())
    for variable in model.variables if weights else ():
        array = np.ascontiguousarray(keras.ops.convert_to_numpy(variable.value))
        digest.update(array.reshape(-1).view(np.uint8).data)  # as bytes: buffers know no bfloat16
    return digest.hexdigest()


def _numbered(config: str) -> str:
    """Replace the names in a serialized model by numbers, in the order of appearance."""
    names = dict.fromkeys(re.findall(r'"name": ("[^"]+")', config))
    numbers = {name: f'"#{i}"' for i, name in enumerate(names)}
    return re.sub("|".join(map(re.escape, numbers)), lambda match: numbers[match.group()], config)


@in_turn
def pack_once(model: keras.Model) -> tuple[str, bytes]:
    """Return (``fingerprint``, bytes of ``pack``); packs only when the model has changed since the last call."""
    require_stateless(model)
    digest = fingerprint(model)
    if digest not in _last_packed:
        packed = pack(model)
        _last_packed.clear()
        _last_packed[digest] = packed
    return digest, _last_packed[digest]
