"""A compiled Keras model as bytes, and back: packed on the driver, opened in the processes of the same run.

Runs on: driver, Spark task, training process.

A blueprint is a zip: ``model.keras`` (architecture, weights, compile arguments), ``state`` (variables that this file
does not restore, optimizer state), ``attributes.pkl`` (attributes outside the configs), ``custom.pkl`` (classes and
functions of the user, by value) and ``settings.json`` (dtype policy, floatx, image format). One row goes through the
model and through an opened copy: a model that would change on the way is refused. A blueprint unpickles code, so a file
from disk never takes this path: ``keras.saving.load_model`` opens those, in safe mode.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import keras

from sparkeras.engine.blueprint import attributes, byvalue, copy_check, state, trained_parts
from sparkeras.engine.blueprint.callables import as_functions
from sparkeras.engine.blueprint.compiling import open_compiled, optimizers_unbuilt, own_compile
from sparkeras.engine.blueprint.constructors import open_constructors, require_kept_arguments, require_no_own_variables
from sparkeras.engine.blueprint.custom import custom_objects, functions_named
from sparkeras.engine.blueprint.disabled_dropout import with_seed_generators
from sparkeras.engine.blueprint.links import Early, linked, parts_of, stand_in
from sparkeras.engine.blueprint.models import require_methods_of_classes, require_model
from sparkeras.engine.blueprint.without_get_config import by_attributes, tensors_in_configs
from sparkeras.engine.blueprint.without_initial_weights import weights_to_come
from sparkeras.engine.quick_compilation import quick_compilation
from sparkeras.errors import InvalidModelError

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")

_FEWER_VARIABLES = re.compile(r"Layer '[^']*' expected \d+ variables, but received \d+ variables")  # Keras' words

# Custom objects, warnings and dtype policies belong to the whole process: one thread at a time packs or opens a model.
one_at_a_time = threading.RLock()


def in_turn(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Let one thread at a time run a function that opens or packs a model."""

    @functools.wraps(function)
    def call(*arguments: _Arguments.args, **named: _Arguments.kwargs) -> _Result:
        with one_at_a_time:
            return function(*arguments, **named)

    return call


@in_turn
def pack(model: keras.Model) -> bytes:
    """Return a Keras model as bytes, compiled or not.

    Raises
    ------
    InvalidModelError
        If it is not a Keras model, something in it cannot be serialized, or the opened copy differs from the model.
    """
    require_model(model)
    require_kept_arguments(model)
    require_methods_of_classes(model, parts_of(model))
    _require_weights(model)
    require_no_own_variables(model)
    with linked(model), as_functions(model):
        files = _files(model)
    opened, early = _opened_copy(files)
    layout = state.layout(model) if model.built else None
    if layout:
        state.build_alike(opened, layout)
    parts = trained_parts.differing(model, opened)
    if any(parts.values()):
        with linked(model):
            files["parts.pkl"] = byvalue.dumps(parts, "A regularizer or constraint of the model")
        early.put_parts(opened, files["parts.pkl"])
    if layout:
        arrays = state.changes(opened, state.get_state(model))
        state.take_over(opened, arrays, layout)
        files |= {"layout.json": json.dumps(layout).encode(), "state": state.pack_state(arrays)}
    patches = attributes.differing(model, opened)
    if patches:
        files["attributes.pkl"] = byvalue.dumps(patches, "An attribute of the model")
        attributes.put(opened, byvalue.loads(files["attributes.pkl"]))
    early.fill(opened)
    copy_check.require_same(model, opened)
    return _zipped(files)


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, contents in files.items():
            archive.writestr(name, contents)
    return buffer.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """Return the files of a blueprint, by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _opened_copy(files: dict[str, bytes]) -> tuple[keras.Model, Early]:
    """Return (model, Early): the model that Keras builds of the files, without random weights where it can."""
    with contextlib.suppress(Exception), weights_to_come():
        return _open(files)
    try:
        return _open(files)  # an initializer may compute with its random numbers
    except Exception as error:  # the user's own code runs here, and Keras' own raises errors of all kinds
        raise InvalidModelError(_cannot_be_built_again(error)) from error


def _cannot_be_built_again(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else type(error).__name__
    if reason.startswith("'dict' object"):  # a layer or model among the constructor's arguments
        return (
            f"The model cannot be built again from its config, so it cannot travel to where it is trained: {reason}. "
            "Layers and models come back from a config as dicts: give the class that takes them a classmethod "
            "from_config(cls, config) that opens each by keras.saving.deserialize_keras_object first."
        )
    if missing := _FEWER_VARIABLES.search(str(error)):
        return (
            f"The model cannot be built again from what Keras saves of it: {missing.group()}. A variable that is set "
            "as an attribute after the constructor is in no config. Make it in the constructor or in build, by "
            "self.add_weight."
        )
    return (
        "The model cannot be built again from what Keras saves of it, so it cannot travel to where it is trained: "
        f"{reason.rstrip('.')}. Does keras.saving.load_model open it after model.save? A class of your own (layer, "
        "loss, metric, schedule) needs a get_config that returns its constructor's arguments."
    )


def _files(model: keras.Model) -> dict[str, bytes]:
    """Return the files of a blueprint that Keras can make, by name."""
    named = custom_objects(model)
    by_value = byvalue.dumps(named, "Code of the model") if named else b""
    with functions_named(named), by_attributes(named.values()), _without_optimizer(model), with_seed_generators(model):
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
    return {"settings.json": json.dumps(settings).encode(), "model.keras": saved, "custom.pkl": by_value}


@contextlib.contextmanager
def _without_optimizer(model: keras.Model) -> Iterator[None]:
    """Keep Keras from saving the slots of the compiled optimizer: they travel beside the file."""
    optimizer = vars(model).get("optimizer")
    if optimizer is not None:
        vars(model)["optimizer"] = None
    try:
        yield
    finally:
        if optimizer is not None:
            vars(model)["optimizer"] = optimizer


@in_turn
def open_blueprint(data: bytes, adopt_settings: bool = False) -> keras.Model:
    """Build the model that ``pack`` packed, with its weights and optimizer state.

    Parameters
    ----------
    data : bytes
    adopt_settings : bool
        Take over the packing process's dtype policy, floatx and image format for this whole process. A training
        process does; a driver or a Spark Python worker, which other models share, does not.
    """
    files = unzipped(data)
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


def _open(files: dict[str, bytes], adopt_settings: bool = False) -> tuple[keras.Model, Early]:
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
        open_constructors(custom.values()),
        by_attributes(custom.values()),
        _dtype_policy(settings["model_policy"]),
        quick_compilation(),
        optimizers_unbuilt(),
        tensors_in_configs(),
    ):
        path = Path(folder) / "model.keras"
        path.write_bytes(files["model.keras"])
        # The blueprint's state has the weights that Keras finds no place for, e.g. those made in a layer's call.
        ignored = "A total of|Layer '.*' was never built"
        # Safe mode guards against files of strangers; this one was packed by our own driver a moment ago.
        model = open_compiled(path, custom, False, settings["compiled"], ignored)
    return model, early


@contextlib.contextmanager
def _dtype_policy(serialized: dict[str, Any]) -> Iterator[None]:
    """Set the global dtype policy, which ``compile`` uses, to that of the model: Keras does not save it."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(keras.saving.deserialize_keras_object(serialized))
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def copy(model: keras.Model) -> keras.Model:
    """Return an independent model of the same architecture, weights, compile arguments and optimizer state."""
    opened = open_blueprint(pack(model))
    stand_in(opened, model)
    return opened


def _require_weights(model: keras.Model) -> None:
    """Raise InvalidModelError for a subclassed model that says it is built while its layers are not."""
    waiting = [layer for layer in model.layers if not layer.built]
    if model.built and waiting and not model.weights:
        raise InvalidModelError(
            f"The model says that it is built, but its layer {waiting[0].name!r} has no weights yet. Call the model on "
            "a batch instead of model.build(...), e.g. model(x[:1])."
        )


def saved_by_keras(model: keras.Model) -> bytes:
    """Return the bytes of a model's ``.keras`` file.

    Raises
    ------
    InvalidModelError
        If something in it cannot be serialized.
    """
    with tempfile.TemporaryDirectory(prefix="sparkeras-") as folder, warnings.catch_warnings():
        # Keras warns that a model that is not built yet has no weights to save.
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.keras"
        try:
            keras.saving.save_model(model, path)
        except Exception as error:  # a custom get_config may raise anything
            reason = " ".join(str(error).split()).split(". ")[0][:200] or type(error).__name__
            raise InvalidModelError(
                f"The model cannot be saved by Keras, so it cannot travel: {reason.rstrip('.:')}. A class of your own "
                "(layer, loss, metric, schedule) needs a get_config that returns its constructor's arguments, and a "
                "from_config where one of them is a layer or another object of Keras. A subclass of keras.Model that "
                "makes its layers in its constructor needs neither."
            ) from error
        return path.read_bytes()
