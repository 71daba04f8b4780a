"""Callbacks as bytes, there and back: what cannot travel stays behind and is made anew.

Runs on: driver, Spark task, training process.
"""

import contextlib
import io
import os

import keras

from sparkeras.engine.blueprint import byvalue, links
from sparkeras.errors import SparkerasError

_MODEL = ("_model", "model", "params")
_ORBAX = getattr(keras.callbacks, "OrbaxCheckpoint", ())  # of Keras 3.12 on
# Writers and threads at work in the process that made them; both kinds make theirs anew.
_OF_ONE_PROCESS = {
    _ORBAX: ("checkpointer", "_async_futures"),
    keras.callbacks.TensorBoard: ("_writers",),
}


def pack(callbacks, instead=None, model=None):
    """Return callbacks as bytes, without the model and the files that an earlier training gave them.

    Parameters
    ----------
    callbacks : list of keras.callbacks.Callback, or None
    instead : list of dict, or None
        For each callback, attributes that travel in the place of its own.
    model : keras.Model, or None
        The one to train: what callbacks hold of it, they hold of the training process's model there.

    Raises
    ------
    InvalidModelError
        If one holds what cannot be pickled, e.g. an open file.
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


def _of_one_process(callback):
    return [name for kind, names in _OF_ONE_PROCESS.items() if isinstance(callback, kind) for name in names]


def _closed_files(callback):
    """Return None for each file that a callback has closed, e.g. a CSVLogger that plain ``fit`` has used."""
    return {name: None for name, value in vars(callback).items() if isinstance(value, io.IOBase) and value.closed}


def _linked(model):
    return links.linked(model) if model is not None else contextlib.nullcontext()


def opened(data):
    """Return the callbacks that ``pack`` packed."""
    callbacks = byvalue.loads(data) if data else []
    for callback in callbacks:
        if isinstance(callback, _ORBAX):
            kept = dict(vars(callback))
            # Orbax itself takes no relative path.
            _ORBAX.__init__(callback, os.path.abspath(kept["directory"]), max_to_keep=kept["max_to_keep"])
            vars(callback).update(kept)
    return callbacks


def attributes(callbacks):
    """Return what each callback holds after training, as bytes, so that the caller's own objects show it."""
    if not callbacks:
        return b""
    kept = [{name: vars(callback)[name] for name in pickled(callback)} for callback in callbacks]
    return byvalue.dumps(kept, "The callbacks")


def give_back(callbacks, data, instead, model=None):
    """Give the caller's callbacks what ``attributes`` tells, but for what travelled in the place of their own."""
    if data:
        with _linked(model):
            found = byvalue.loads(data)
        for callback, values, others in zip(callbacks, found, instead, strict=True):
            vars(callback).update({name: value for name, value in values.items() if name not in others})
    for callback in callbacks if model is not None else ():
        vars(callback)["_model"] = model  # as after Keras' own fit


def pickled(callback):
    """Return a callback's attributes as bytes each, without open files and the like, which mean nothing elsewhere."""
    left_out = (*_MODEL, *_of_one_process(callback))
    found = {}
    for name, value in vars(callback).items():
        if name not in left_out:
            with contextlib.suppress(SparkerasError):
                found[name] = byvalue.dumps(value, name)
    return found
