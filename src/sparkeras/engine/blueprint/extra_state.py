"""A saved stage's file beside ``model.keras``: variables, attributes and flags that Keras does not save.

Runs on: driver.

It is read from disk, so it holds numbers and texts only: opening it runs no code.
"""

from __future__ import annotations

import json
from typing import Any

import keras

from sparkeras.engine.blueprint import attributes, byvalue, state, trained_parts
from sparkeras.engine.blueprint.attributes import Way
from sparkeras.engine.blueprint.packing import pack, unzipped
from sparkeras.engine.blueprint.trained_parts import Parts
from sparkeras.errors import InvalidModelError


def beside_file(model: keras.Model) -> bytes | None:
    """Return bytes for ``put_beside``; None where Keras' file holds everything.

    Raises
    ------
    InvalidModelError
        If something is neither in Keras' file nor made of numbers and texts.
    """
    files = unzipped(pack(model))
    patches = byvalue.loads(files["attributes.pkl"]) if "attributes.pkl" in files else []
    layout = json.loads(files["layout.json"]) if "state" in files else {"variables": [], "optimized": None}
    arrays = state.open_state(files["state"])[: len(layout["variables"])] if "state" in files else []
    parts = byvalue.loads(files["parts.pkl"]) if "parts.pkl" in files else None
    if not patches and not parts and all(array is None for array in arrays):
        return None
    head = {
        "layout": layout,
        "attributes": [[way, _as_json(way, value)] for way, value in patches],
        "parts": parts and _parts_as_json(parts),
    }
    return b"\n".join([json.dumps(head).encode(), state.pack_state(arrays)])


def put_beside(model: keras.Model, data: bytes) -> None:
    """Restore the contents of ``beside_file`` in a model that Keras opened."""
    line, packed = data.split(b"\n", 1)
    head = json.loads(line)
    if head["layout"]["variables"]:
        state.build_alike(model, head["layout"])
        state.assign_variables(model, state.open_state(packed))
    if head.get("parts"):  # older stages have none
        trained_parts.put(model, _parts_of_json(head["parts"]))
    attributes.put(model, [([(kind, name) for kind, name in way], value) for way, value in head["attributes"]])


def _parts_as_json(parts: Parts) -> dict[str, Any]:
    variables = {
        number: {name: value if name == "trainable" else _rule_as_json(name, value) for name, value in changes.items()}
        for number, changes in parts["variables"].items()
    }
    return {"layers": parts["layers"], "variables": variables}


def _rule_as_json(name: str, rule: Any) -> Any:
    """Return a regularizer or constraint as Keras serializes it; None for none."""
    if rule is not None and not type(rule).__module__.startswith("keras."):
        raise InvalidModelError(
            f"The {name} {type(rule).__name__!r} of a weight was set after its layer was built, and is a class of your "
            f"own, so it cannot be saved. Give it to the layer's constructor, as kernel_{name}=..."
        )
    return keras.saving.serialize_keras_object(rule)


def _parts_of_json(parts: dict[str, Any]) -> Parts:
    """Return the Parts of ``_parts_as_json``."""
    opened = keras.saving.deserialize_keras_object
    variables = {
        int(number): {name: value if name == "trainable" else opened(value) for name, value in changes.items()}
        for number, changes in parts["variables"].items()
    }
    return {"layers": {int(number): trains for number, trains in parts["layers"].items()}, "variables": variables}


def _as_json(way: Way, value: Any) -> Any:
    try:
        return json.loads(json.dumps(value))
    except TypeError as error:
        name = next(str(name) for kind, name in reversed(way) if kind == "attribute")
        raise InvalidModelError(
            f"The attribute {name!r} ({type(value).__name__}) was set after its object was made, and no config or "
            "weight keeps it, so it cannot be saved. Return it from get_config, or keep numbers by add_weight."
        ) from error
