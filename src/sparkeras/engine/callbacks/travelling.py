"""Callbacks as bytes, there and back; attributes that cannot travel are left out and made again.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras

from sparkeras.engine.blueprint import byvalue, links
from sparkeras.errors import SparkerasError

_MODEL = ("_model", "model", "params")
_ORBAX: Any = getattr(keras.callbacks, "OrbaxCheckpoint", ())  # of Keras 3.13 on
# Writers and threads of the process that made them; both classes make them again.
_OF_ONE_PROCESS = {
    _ORBAX: ("checkpointer", "_async_futures"),
    keras.callbacks.TensorBoard: ("_writers",),
}


def pack(
    callbacks: Sequence[keras.callbacks.Callback] | None,
    instead: Sequence[Mapping[str, Any]] | None = None,
    model: keras.Model | None = None,
) -> bytes:
    """Return callbacks as bytes, without the model and the open files of an earlier training.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback, or None
    instead : list of dict, or None
        For each callback, attributes that travel in the place of its own.
    model : keras.Model, or None
        The one to train: parts of it that callbacks hold become those of the training process's model there.

    Raises
    ------
    InvalidModelError
        If one holds an object that cannot be pickled, e.g. an open file.
    """
    if not callbacks:
        return b""
    own = [dict(vars(callback)) for callback in callbacks]
    try:
        for callback, others in zip(callbacks, instead or [{}] * len(own), strict=True):
            vars(callback).update({**_closed_files(callback), **others})
            for name in ("_model", *_of_one_process(callback)):
                vars(callback).pop(name, None)
        with _linked(model):
            return byvalue.dumps(list(callbacks), "The callbacks")
    finally:
        for callback, attributes in zip(callbacks, own, strict=True):
            vars(callback).update(attributes)


def _of_one_process(callback: keras.callbacks.Callback) -> list[str]:
    return [name for kind, names in _OF_ONE_PROCESS.items() if isinstance(callback, kind) for name in names]


def _closed_files(callback: keras.callbacks.Callback) -> dict[str, None]:
    """Return None for each file that a callback has closed, e.g. a CSVLogger that plain ``fit`` has used."""
    return {name: None for name, value in vars(callback).items() if isinstance(value, io.IOBase) and value.closed}


def _linked(model: keras.Model | None) -> contextlib.AbstractContextManager[Any]:
    return links.linked(model) if model is not None else contextlib.nullcontext()


def opened(data: bytes) -> list[keras.callbacks.Callback]:
    """Return the callbacks that ``pack`` packed."""
    callbacks: list[keras.callbacks.Callback] = byvalue.loads(data) if data else []
    for callback in callbacks:
        if isinstance(callback, _ORBAX):
            own = dict(vars(callback))
            # Orbax itself takes no relative path.
            _ORBAX.__init__(callback, os.path.abspath(own["directory"]), max_to_keep=own["max_to_keep"])
            vars(callback).update(own)
    return callbacks


def attributes(callbacks: Sequence[keras.callbacks.Callback]) -> bytes:
    """Return the attributes of each callback after training, as bytes, for the caller's own objects."""
    if not callbacks:
        return b""
    trained = [{name: vars(callback)[name] for name in pickled(callback)} for callback in callbacks]
    return byvalue.dumps(trained, "The callbacks")


def give_back(
    callbacks: Sequence[keras.callbacks.Callback],
    data: bytes,
    instead: Iterable[Mapping[str, Any]],
    model: keras.Model | None = None,
) -> None:
    """Set the attributes of ``attributes`` in the caller's callbacks, but not those of ``instead``."""
    if data:
        with _linked(model):
            trained = byvalue.loads(data)
        for callback, values, others in zip(callbacks, trained, instead, strict=True):
            vars(callback).update({name: value for name, value in values.items() if name not in others})
    for callback in callbacks if model is not None else ():
        vars(callback)["_model"] = model  # as after Keras' own fit


def pickled(callback: keras.callbacks.Callback) -> dict[str, bytes]:
    """Return a callback's attributes as bytes each, without open files and the like, which mean nothing elsewhere."""
    left_out = (*_MODEL, *_of_one_process(callback))
    attributes = {}
    for name, value in vars(callback).items():
        if name not in left_out:
            with contextlib.suppress(SparkerasError):
                attributes[name] = byvalue.dumps(value, name)
    return attributes
