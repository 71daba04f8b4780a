"""What a saved stage keeps beside a model's ``.keras`` file: variables, attributes and flags that it forgets.

Runs on: driver.

It is read from disk, so it holds numbers and texts only: nothing in it runs when it is opened.
"""

import io
import json
import zipfile

import keras

from sparkeras.engine.blueprint import attributes, byvalue, state, trained_parts
from sparkeras.engine.blueprint.packing import pack
from sparkeras.errors import InvalidModelError


def beside_file(model):
    """Return bytes for ``put_beside``; None where Keras' file brings everything back.

    Raises
    ------
    InvalidModelError
        If something is neither in the file nor can be kept as numbers and texts.
    """
    with zipfile.ZipFile(io.BytesIO(pack(model))) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    patches = byvalue.loads(files["attributes.pkl"]) if "attributes.pkl" in files else []
    layout = json.loads(files["layout.json"]) if "state" in files else {"variables": [], "optimized": None}
    arrays = state.open_state(files["state"])[: len(layout["variables"])] if "state" in files else []
    parts = byvalue.loads(files["parts.pkl"]) if "parts.pkl" in files else None
    if not patches and not parts and all(array is None for array in arrays):
        return None
    kept = {
        "layout": layout,
        "attributes": [[path, _as_json(path, value)] for path, value in patches],
        "parts": parts and _parts_as_json(parts),
    }
    return b"\n".join([json.dumps(kept).encode(), state.pack_state(arrays)])


def put_beside(model, data):
    """Give a model that was opened from its file what ``beside_file`` kept."""
    kept, packed = data.split(b"\n", 1)
    kept = json.loads(kept)
    if kept["layout"]["variables"]:
        state.build_alike(model, kept["layout"])
        state.assign_variables(model, state.open_state(packed))
    if kept.get("parts"):  # of stages saved since it is kept
        trained_parts.put(model, _parts_of_json(kept["parts"]))
    attributes.put(model, [([tuple(step) for step in path], value) for path, value in kept["attributes"]])


def _parts_as_json(parts):
    variables = {
        number: {name: value if name == "trainable" else _rule_as_json(name, value) for name, value in changes.items()}
        for number, changes in parts["variables"].items()
    }
    return {"layers": parts["layers"], "variables": variables}


def _rule_as_json(name, rule):
    """Return a regularizer or constraint as Keras' plain values; None for none."""
    if rule is not None and not type(rule).__module__.startswith("keras."):
        raise InvalidModelError(
            f"The {name} {type(rule).__name__!r} of a weight was set after its layer was built, and is a class of your "
            f"own, so it cannot be saved. Give it to the layer's constructor, as kernel_{name}=..."
        )
    return keras.saving.serialize_keras_object(rule)


def _parts_of_json(parts):
    """Return what ``trained_parts.put`` takes."""
    opened = keras.saving.deserialize_keras_object
    variables = {
        int(number): {name: value if name == "trainable" else opened(value) for name, value in changes.items()}
        for number, changes in parts["variables"].items()
    }
    return {"layers": {int(number): trains for number, trains in parts["layers"].items()}, "variables": variables}


def _as_json(path, value):
    try:
        return json.loads(json.dumps(value))
    except TypeError as error:
        name = next(str(name) for kind, name in reversed(path) if kind == "attribute")
        raise InvalidModelError(
            f"The attribute {name!r} ({type(value).__name__}) was set after its object was made, and no config or "
            "weight keeps it, so it cannot be saved. Return it from get_config, or keep numbers by add_weight."
        ) from error
