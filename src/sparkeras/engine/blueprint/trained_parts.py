"""Trainable flags, regularizers and constraints that were changed on layers and variables after building.

``layer.bias.trainable = False`` and ``layer.kernel.regularizer = ...`` are in no config, and a config's
``kernel_regularizer`` that was set later is not the variable's.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from typing import Any, TypedDict

import keras

from sparkeras.engine.blueprint import state
from sparkeras.engine.internals import keras_internals

_RULES = ("regularizer", "constraint")


class Parts(TypedDict):
    """Changed settings: ``{layer number: whether it trains}`` and ``{variable number: {name: value}}``."""

    layers: dict[int, bool]
    variables: dict[int, dict[str, Any]]


def differing(model: keras.Model, opened: keras.Model) -> Parts:
    """Return the settings of ``model`` that differ in its opened copy."""
    pairs = enumerate(zip(keras_internals.layers_of(model), keras_internals.layers_of(opened), strict=False))
    layers = {n: layer._trainable for n, (layer, twin) in pairs if layer._trainable != twin._trainable}
    if not (model.built and opened.built):
        return {"layers": layers, "variables": {}}
    variables = enumerate(zip(state.variables_of(model), state.variables_of(opened), strict=False))
    changed = {number: _changed(variable, twin) for number, (variable, twin) in variables}
    return {"layers": layers, "variables": {number: changes for number, changes in changed.items() if changes}}


def put(model: keras.Model, parts: Parts) -> None:
    """Set the settings of ``differing`` on an opened model, before its optimizer is built for the trainable ones."""
    layers, variables = keras_internals.layers_of(model), state.variables_of(model) if parts["variables"] else []
    for number, trains in parts["layers"].items():
        layers[number]._trainable = trains  # its setter would set all layers below
    for number, changes in parts["variables"].items():
        for name, value in changes.items():
            setattr(variables[number], name, value)


def _changed(variable: keras.Variable, twin: keras.Variable) -> dict[str, Any]:
    changes = {} if variable.trainable == twin.trainable else {"trainable": variable.trainable}
    for name in _RULES:
        mine, other = (getattr(each, name, None) for each in (variable, twin))
        if not _alike(mine, other):
            changes[name] = mine
    return changes


def _alike(mine: object, other: object) -> bool:
    if mine is None or other is None or type(mine).__qualname__ != type(other).__qualname__:
        return mine is other
    return repr(sorted(vars(mine).items(), key=str)) == repr(sorted(vars(other).items(), key=str))
