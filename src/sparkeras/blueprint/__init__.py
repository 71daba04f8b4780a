"""A compiled Keras model ready to travel: packed to bytes on the driver, opened in the processes of the same run.

Runs on: driver and workers. Imports: Keras (a door: import it only after the backend is chosen),
``quick_compilation`` and ``errors``.

A blueprint is a zip: ``model.keras`` (architecture, weights, compile arguments, optimizer state), ``custom.pkl``
(classes and functions that Keras does not bring, by value) and ``settings.json`` (dtype policy, floatx, image format).
It unpickles code, so a file from disk never takes this path: ``keras.saving.load_model`` opens those, in safe mode.
"""

import contextlib
import functools
import hashlib
import io
import json
import random
import re
import tempfile
import threading
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np

from sparkeras.blueprint import byvalue, state
from sparkeras.blueprint.compiling import compile_again, own_compile
from sparkeras.blueprint.constructors import forgiving, require_kept_arguments
from sparkeras.blueprint.custom import custom_objects, functions_named
from sparkeras.blueprint.labels import output_names
from sparkeras.blueprint.models import require_compiled as require_compiled
from sparkeras.blueprint.models import require_model
from sparkeras.errors import InvalidModelError
from sparkeras.quick_compilation import quick_compilation

# A DataFrame of predictions is often made several times of one model; saving takes longer than looking at it.
_last_packed: dict[str, bytes] = {}
# Custom objects, warnings and dtype policies are this process's: two threads that fit at once take turns.
_one_at_a_time = threading.RLock()


def _in_turn(function):
    @functools.wraps(function)
    def call(*arguments, **named):
        with _one_at_a_time:
            return function(*arguments, **named)

    return call


@contextlib.contextmanager
def seeded(seed):
    """Draw the weights of a model that is made here by ``seed``, and leave Python's and NumPy's random state alone."""
    with _one_at_a_time:
        before = random.getstate(), np.random.get_state()
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])


@_in_turn
def pack(model):
    """Return a Keras model as bytes, compiled or not.

    Raises
    ------
    InvalidModelError
        If it is no Keras model, or something in it cannot be serialized.
    """
    require_model(model)
    require_kept_arguments(model)
    _require_weights(model)
    named = custom_objects(model)
    by_value = byvalue.dumps(named, "Code of the model") if named else b""
    with functions_named(named):
        saved, compiled = saved_by_keras(model), own_compile(model)
    settings = {
        "floatx": keras.config.floatx(),
        "image_data_format": keras.config.image_data_format(),
        "dtype_policy": keras.saving.serialize_keras_object(keras.config.dtype_policy()),
        "model_policy": keras.saving.serialize_keras_object(model.dtype_policy),
        "keras": keras.__version__,
        "compiled": compiled,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("settings.json", json.dumps(settings))
        archive.writestr("model.keras", saved)
        archive.writestr("custom.pkl", by_value)
        archive.writestr(
            "state", state.pack_state(state.get_state(model) if compiled and model.optimizer.built else [])
        )
    return buffer.getvalue()


@_in_turn
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
    named = custom_objects(model)
    digest = hashlib.sha256(byvalue.dumps(named, "Code of the model") if named else b"")
    with functions_named(named):
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


@_in_turn
def pack_once(model):
    """Return (``fingerprint``, bytes of ``pack``), made anew only when the model has changed since the last call."""
    digest = fingerprint(model)
    if digest not in _last_packed:
        packed = pack(model)
        _last_packed.clear()
        _last_packed[digest] = packed
    return digest, _last_packed[digest]


@_in_turn
def open_blueprint(data, adopt_settings=False):
    """Build the model that ``pack`` packed, with its weights and optimizer state.

    Parameters
    ----------
    data : bytes
    adopt_settings : bool
        Take over the packing process's dtype policy, floatx and image format for this whole process. A training
        process does; a driver or a Spark Python worker, which other models share, does not.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        settings = json.loads(archive.read("settings.json"))
        saved, by_value = archive.read("model.keras"), archive.read("custom.pkl")
        arrays = state.open_state(archive.read("state"))
    if adopt_settings:
        keras.config.set_floatx(settings["floatx"])
        keras.config.set_image_data_format(settings["image_data_format"])
        policy = keras.saving.deserialize_keras_object(settings["dtype_policy"])
        keras.config.set_dtype_policy(policy)
    custom = byvalue.loads(by_value) if by_value else {}
    with (
        tempfile.TemporaryDirectory(prefix="sparkeras-") as folder,
        keras.saving.custom_object_scope(custom),
        forgiving(custom.values()),
        warnings.catch_warnings(),
        _dtype_policy(settings["model_policy"]),
        quick_compilation(),
    ):
        path = Path(folder) / "model.keras"
        path.write_bytes(saved)
        # An optimizer that has not trained yet is saved without its slots, and Keras warns that it makes them anew.
        warnings.filterwarnings("ignore", "Skipping variable loading for optimizer")
        # Nor does it call a compile of the model's own; compile_again does the like.
        warnings.filterwarnings("ignore", r"`compile\(\)` was not called as part of model loading")
        # Safe mode guards against files of strangers; this one was packed by our own driver a moment ago.
        model = keras.saving.load_model(path, custom_objects=custom, safe_mode=False)
        if settings["compiled"]:
            compile_again(model, settings["compiled"], arrays)
        return model


@contextlib.contextmanager
def _dtype_policy(serialized):
    """Keras saves no policy of a model, by which compile wraps its optimizer: it takes the one of the moment."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras.saving.deserialize_keras_object(serialized))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def copy(model):
    """Return an independent model of the same architecture, weights, compile arguments and optimizer state."""
    return open_blueprint(pack(model))


def _require_weights(model):
    """Raise InvalidModelError for a subclassed model that says it is built while its layers are not."""
    waiting = [layer for layer in model.layers if not layer.built]
    if model.built and waiting and not model.weights:
        raise InvalidModelError(
            f"The model says that it is built, but its layer {waiting[0].name!r} has no weights yet. Call the model on "
            "a batch instead of model.build(...), e.g. model(x[:1])."
        )


def signature(model):
    """Describe what goes in and comes out, as plain values.

    Returns
    -------
    dict
        ``{"inputs": {name: {"shape": (784,), "dtype": "float32"}}, "outputs": ...}``, both alike, shapes without the
        batch axis; ``inputs`` is None for a model that has not been built and names no inputs.
    """
    inputs = getattr(model, "inputs", None) if model.built else None
    outputs = getattr(model, "outputs", None) if model.built else None
    named = zip(output_names(model), outputs, strict=True) if outputs else ()
    return {
        "inputs": inputs and {t.name: {"shape": tuple(t.shape[1:]), "dtype": t.dtype} for t in inputs},
        "outputs": outputs and {name: {"shape": tuple(t.shape[1:]), "dtype": t.dtype} for name, t in named},
    }


def embedding_size(model, name):
    """Return how many ids the Embedding on the input ``name`` knows, None where there is none."""
    inputs = {id(tensor): tensor.name for tensor in model.inputs or ()} if model.built else {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            tensors = keras.tree.flatten([node.input_tensors for node in layer._inbound_nodes])
            if any(inputs.get(id(tensor)) == name for tensor in tensors):
                return layer.input_dim
    return None


def output_of_subclass(model):
    """Return shape and dtype of one row of the output of a model that does not name its outputs, as ``signature`` does.

    Raises
    ------
    InvalidModelError
        If the model does not say, or has several outputs.
    """
    built_with = (model.get_build_config() or {}).get("input_shape")
    if not built_with:
        raise InvalidModelError(
            "The model does not say what shape its output has. Build it with the functional API, or call it once."
        )
    said = keras.tree.flatten(model(keras.tree.map_shape_structure(keras.KerasTensor, built_with)))
    if len(said) != 1:
        raise InvalidModelError(
            f"The model gives {len(said)} outputs and no names for them. Build it with the functional API."
        )
    return {"shape": tuple(said[0].shape[1:]), "dtype": said[0].dtype}


def saved_by_keras(model):
    """Return the bytes of the ``.keras`` file that Keras makes of a model.

    Raises
    ------
    InvalidModelError
        If something in it cannot be serialized.
    """
    with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder, warnings.catch_warnings():
        # A model that is not built yet has no weights to save, and Keras warns of it; that is fine here.
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.keras"
        try:
            keras.saving.save_model(model, path)
        except Exception as error:  # a custom get_config may raise anything
            raise InvalidModelError(
                f"The model cannot be serialized: {error} "
                "Custom layers need a get_config that returns their constructor's arguments."
            ) from error
        return path.read_bytes()
