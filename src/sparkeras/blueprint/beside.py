"""What a saved stage keeps beside a model's ``.keras`` file: variables and attributes that it does not bring back.

Runs on: driver. Imports: Keras (a door), ``packing``, ``errors``.

It is read from disk, so it holds numbers and texts only: nothing in it runs when it is opened.
"""

import io
import json
import zipfile

from sparkeras.blueprint import attributes, byvalue, state
from sparkeras.blueprint.packing import pack
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
    if not patches and all(array is None for array in arrays):
        return None
    kept = {"layout": layout, "attributes": [[path, _as_json(path, value)] for path, value in patches]}
    return b"\n".join([json.dumps(kept).encode(), state.pack_state(arrays)])


def put_beside(model, data):
    """Give a model that was opened from its file what ``beside_file`` kept."""
    kept, packed = data.split(b"\n", 1)
    kept = json.loads(kept)
    if kept["layout"]["variables"]:
        state.build_alike(model, kept["layout"])
        state.assign_variables(model, state.open_state(packed))
    attributes.put(model, [([tuple(step) for step in path], value) for path, value in kept["attributes"]])


def _as_json(path, value):
    try:
        return json.loads(json.dumps(value))
    except TypeError as error:
        name = next(str(name) for kind, name in reversed(path) if kind == "attribute")
        raise InvalidModelError(
            f"The attribute {name!r} ({type(value).__name__}) was set after its object was made, and no config or "
            "weight keeps it, so it cannot be saved. Return it from get_config, or keep numbers by add_weight."
        ) from error
