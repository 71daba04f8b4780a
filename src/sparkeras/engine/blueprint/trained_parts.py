"""What of a model trains, and by which rules: settings of single layers and variables that were changed after building.

``layer.bias.trainable = False`` and ``layer.kernel.regularizer = ...`` are in no config, and a config's
``kernel_regularizer`` that was set later is not the variable's.

Runs on: driver, Spark task, training process.
"""

from sparkeras.engine.blueprint import state

_RULES = ("regularizer", "constraint")


def differing(model, opened):
    """Return what the opened copy has otherwise, for ``put``.

    Returns
    -------
    dict
        ``layers``: {number: whether it trains}; ``variables``: {number: {name: value}}.
    """
    layers = zip(model._flatten_layers(), opened._flatten_layers(), strict=False)
    found = {n: layer._trainable for n, (layer, twin) in enumerate(layers) if layer._trainable != twin._trainable}
    if not (model.built and opened.built):
        return {"layers": found, "variables": {}}
    pairs = enumerate(zip(state.variables_of(model), state.variables_of(opened), strict=False))
    changed = {number: _changed(variable, twin) for number, (variable, twin) in pairs}
    return {"layers": found, "variables": {number: changes for number, changes in changed.items() if changes}}


def put(model, found):
    """Give an opened model what ``differing`` found, before its optimizer is built for what trains."""
    layers, variables = list(model._flatten_layers()), state.variables_of(model) if found["variables"] else []
    for number, trains in found["layers"].items():
        layers[number]._trainable = trains  # its setter would set all that is below
    for number, changes in found["variables"].items():
        for name, value in changes.items():
            setattr(variables[number], name, value)


def _changed(variable, twin):
    found = {} if variable.trainable == twin.trainable else {"trainable": variable.trainable}
    for name in _RULES:
        mine, other = (getattr(each, name, None) for each in (variable, twin))
        if not _alike(mine, other):
            found[name] = mine
    return found


def _alike(mine, other):
    if mine is None or other is None or type(mine).__qualname__ != type(other).__qualname__:
        return mine is other
    return repr(sorted(vars(mine).items(), key=str)) == repr(sorted(vars(other).items(), key=str))
