"""A compiled Keras model as bytes, and back: packed on the driver, opened in the processes of the same run.

Runs on: driver, Spark task, training process.

What travels is the model, not its ``.keras`` file. The file has the architecture and what it keeps of the weights;
variables that it does not bring back, the optimizer's state and attributes that configs forget travel beside it. One
row then goes through the model and through an opened copy: a model that would be another is refused here.
"""

import contextlib
import functools
import io
import json
import tempfile
import threading
import warnings
import zipfile
from pathlib import Path

import keras

from sparkeras.engine.blueprint import attributes, byvalue, probe, state, trained_parts
from sparkeras.engine.blueprint.callables import as_functions
from sparkeras.engine.blueprint.compiling import compile_again, optimizers_unbuilt, own_compile
from sparkeras.engine.blueprint.configless import by_attributes, tensors_in_configs
from sparkeras.engine.blueprint.constructors import forgiving, require_kept_arguments, require_no_own_variables
from sparkeras.engine.blueprint.custom import custom_objects, functions_named
from sparkeras.engine.blueprint.drawing import weights_to_come
from sparkeras.engine.blueprint.links import Early, linked, parts_of, stand_in
from sparkeras.engine.blueprint.models import require_methods_of_classes, require_model
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.errors import InvalidModelError

# Custom objects, warnings and dtype policies are this process's: two threads that fit at once take turns.
one_at_a_time = threading.RLock()


def in_turn(function):
    """Let one thread at a time run a function that opens or packs a model."""

    @functools.wraps(function)
    def call(*arguments, **named):
        with one_at_a_time:
            return function(*arguments, **named)

    return call


@in_turn
def pack(model):
    """Return a Keras model as bytes, compiled or not.

    Raises
    ------
    InvalidModelError
        If it is no Keras model, something in it cannot be serialized, or the opened copy would be another model.
    """
    require_model(model)
    require_kept_arguments(model)
    require_methods_of_classes(model, parts_of(model))
    _require_weights(model)
    require_no_own_variables(model)
    with linked(model), as_functions(model):
        files = _files(model)
    opened, early = _opened_copy(files)
    if model.built:
        layout = state.layout(model)
        state.build_alike(opened, layout)
    parts = trained_parts.differing(model, opened)
    if any(parts.values()):
        with linked(model):
            files["parts.pkl"] = byvalue.dumps(parts, "A regularizer or constraint of the model")
        early.put_parts(opened, files["parts.pkl"])
    if model.built:
        arrays = state.changes(opened, state.get_state(model))
        state.take_over(opened, arrays, layout)
        files |= {"layout.json": json.dumps(layout), "state": state.pack_state(arrays)}
    patches = attributes.differing(model, opened)
    if patches:
        files["attributes.pkl"] = byvalue.dumps(patches, "An attribute of the model")
        attributes.put(opened, byvalue.loads(files["attributes.pkl"]))
    early.fill(opened)
    probe.require_same(model, opened)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, contents in files.items():
            archive.writestr(name, contents)
    return buffer.getvalue()


def _opened_copy(files):
    """Return (model, Early): what Keras builds of the files, its weights still to come where it need not draw them."""
    with contextlib.suppress(Exception), weights_to_come():
        return _open(files)
    try:
        return _open(files)  # an initializer may compute with what it draws
    except Exception as error:  # code of the user's own runs here, and Keras' own has errors of all kinds
        raise InvalidModelError(_cannot_be_built_again(error)) from error


def _cannot_be_built_again(error):
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else type(error).__name__
    if reason.startswith("'dict' object"):  # a layer or model among the constructor's arguments
        return (
            f"The model cannot be built again from its config, so it cannot travel to where it is trained: {reason}. "
            "Layers and models come back from a config as dicts: give the class that takes them a classmethod "
            "from_config(cls, config) that opens each by keras.saving.deserialize_keras_object first."
        )
    return (
        "The model cannot be built again from what Keras saves of it, so it cannot travel to where it is trained: "
        f"{reason.rstrip('.')}. Does keras.saving.load_model open it after model.save? A layer of your own needs a "
        "get_config that returns its constructor's arguments."
    )


def _files(model):
    """Return what a blueprint holds, by name."""
    named = custom_objects(model)
    by_value = byvalue.dumps(named, "Code of the model") if named else b""
    with functions_named(named), by_attributes(named.values()), _without_optimizer(model):
        saved, compiled = saved_by_keras(model), own_compile(model)
    settings = {
        "floatx": keras.config.floatx(),
        "image_data_format": keras.config.image_data_format(),
        "epsilon": keras.config.epsilon(),
        "dtype_policy": keras.saving.serialize_keras_object(keras.config.dtype_policy()),
        "model_policy": keras.saving.serialize_keras_object(model.dtype_policy),
        "keras": keras.__version__,
        "compiled": compiled,
    }
    return {"settings.json": json.dumps(settings), "model.keras": saved, "custom.pkl": by_value}


@contextlib.contextmanager
def _without_optimizer(model):
    """Let Keras save no slots of the compiled optimizer: they travel beside the file."""
    optimizer = vars(model).get("optimizer")
    if optimizer is not None:
        vars(model)["optimizer"] = None
    try:
        yield
    finally:
        if optimizer is not None:
            vars(model)["optimizer"] = optimizer


@in_turn
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
        files = {name: archive.read(name) for name in archive.namelist()}
    model, early = _open(files, adopt_settings)
    layout = json.loads(files["layout.json"]) if "state" in files else None
    if layout:
        state.build_alike(model, layout)
    if "parts.pkl" in files:
        early.put_parts(model, files["parts.pkl"])
    if layout:
        state.take_over(model, state.open_state(files["state"]), layout)
    if "attributes.pkl" in files:
        attributes.put(model, byvalue.loads(files["attributes.pkl"]))
    early.fill(model)
    return model


def _open(files, adopt_settings=False):
    settings = json.loads(files["settings.json"])
    if adopt_settings:
        keras.config.set_floatx(settings["floatx"])
        keras.config.set_epsilon(settings["epsilon"])
        keras.config.set_image_data_format(settings["image_data_format"])
        policy = keras.saving.deserialize_keras_object(settings["dtype_policy"])
        keras.config.set_dtype_policy(policy)
    early = Early()
    custom = early.opened(files["custom.pkl"])
    with (
        early.naming(),
        tempfile.TemporaryDirectory(prefix="sparkeras-") as folder,
        keras.saving.custom_object_scope(custom),
        forgiving(custom.values()),
        by_attributes(custom.values()),
        warnings.catch_warnings(),
        _dtype_policy(settings["model_policy"]),
        quick_compilation(),
        optimizers_unbuilt(),
        tensors_in_configs(),
    ):
        path = Path(folder) / "model.keras"
        path.write_bytes(files["model.keras"])
        # The state below brings what Keras finds no place for: slots of an optimizer, weights made in a layer's call.
        warnings.filterwarnings(
            "ignore", "Skipping variable loading for optimizer|A total of|Layer '.*' was never built"
        )
        # Nor does it call a compile of the model's own; compile_again does the like.
        warnings.filterwarnings("ignore", r"`compile\(\)` was not called as part of model loading")
        # Safe mode guards against files of strangers; this one was packed by our own driver a moment ago.
        model = keras.saving.load_model(path, custom_objects=custom, safe_mode=False)
        if settings["compiled"]:
            compile_again(model, settings["compiled"])
    return model, early


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
    made = open_blueprint(pack(model))
    stand_in(made, model)
    return made


def _require_weights(model):
    """Raise InvalidModelError for a subclassed model that says it is built while its layers are not."""
    waiting = [layer for layer in model.layers if not layer.built]
    if model.built and waiting and not model.weights:
        raise InvalidModelError(
            f"The model says that it is built, but its layer {waiting[0].name!r} has no weights yet. Call the model on "
            "a batch instead of model.build(...), e.g. model(x[:1])."
        )


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
