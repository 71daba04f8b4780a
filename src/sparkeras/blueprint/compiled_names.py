"""Whether Keras knows the names that a model was compiled with; it looks them up at the first batch, no earlier.

Runs on: driver. Imports: Keras (a door), ``labels`` and ``errors``.
"""

import difflib

import keras

from sparkeras.blueprint.labels import output_names
from sparkeras.errors import InvalidModelError

# Names that Keras reads by the shape of labels and outputs.
_BY_SHAPE = {"losses": ("crossentropy", "ce"), "metrics": ("accuracy", "acc")}
_SHOWN = 10


def require_known_names(model):
    """Raise InvalidModelError for a loss or metric that Keras does not have, or of an output that is not there."""
    metrics = getattr(model, "_compile_metrics", None)
    given = {
        "loss": getattr(model, "loss", None),
        "metrics": getattr(metrics, "_user_metrics", None),
        "weighted_metrics": getattr(metrics, "_user_weighted_metrics", None),
    }
    for argument, value in given.items():
        kind = "losses" if argument == "loss" else "metrics"
        for name in keras.tree.flatten(value):
            if isinstance(name, str):
                _require_name(argument, kind, name)
        _require_outputs(model, argument, value)


def _require_name(argument, kind, name):
    if name.lower() in _BY_SHAPE[kind]:
        return
    try:
        getattr(keras, kind).get(name)
    except (ValueError, TypeError) as error:
        known = [each for each in dir(getattr(keras, kind)) if not each.startswith("_")]
        near = difflib.get_close_matches(name, [*known, *_BY_SHAPE[kind]], n=1)
        guess = f" Did you mean {near[0]!r}?" if near else ""
        raise InvalidModelError(
            f"The model was compiled with {argument}={name!r}, and Keras has no such "
            f"{'loss' if kind == 'losses' else 'metric'}.{guess} Give a name of keras.{kind}, a function or an object."
        ) from error


def _require_outputs(model, argument, value):
    """Refuse names of outputs that a functional model of several outputs does not have, and lists that do not fit."""
    struct = getattr(model, "_outputs_struct", None)
    if not isinstance(struct, dict | list | tuple) or len(struct) < 2 or not keras.tree.is_nested(value):
        return
    if any(keras.tree.is_nested(each) for each in (struct.values() if isinstance(struct, dict) else struct)):
        return  # outputs within outputs: Keras goes by their structure
    names, shown = output_names(model), ", ".join(map(repr, output_names(model)[:_SHOWN]))
    if isinstance(value, dict):
        foreign = set(value).difference(names, () if isinstance(struct, dict) else model.output_names)
        if foreign:
            raise InvalidModelError(
                f"The model was compiled with {argument} of an output {min(map(repr, foreign))}; "
                f"its outputs are {shown}."
            )
        missing = [name for name in model.output_names if name not in value]
        if argument == "loss" and missing and not isinstance(struct, dict):
            raise InvalidModelError(
                f"The model was compiled with no loss for its output {missing[0]!r}, which Keras does not take as a "
                f"loss of none. Say so: loss={{..., {missing[0]!r}: None}}."
            )
    elif argument != "loss" and value and len(value) != len(struct):
        raise InvalidModelError(
            f"The model has {len(struct)} outputs ({shown}), and was compiled with a list of {len(value)} {argument}. "
            f"Give one entry for each output, or a dict by their names: {argument}={{{names[0]!r}: ...}}."
        )
