"""RNN around cells, and the copies that Bidirectional makes of its layer.

Runs on: driver.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import keras

from sparkeras.legacy.arguments import translate
from sparkeras.legacy.parts import BuildPart, Config, Part, Reading, refuse

AROUND = {"RNN": "cell", "StackedRNNCells": "cells"}


def around_cells(name: str, old_class: str, config: Config, reading: Reading, build_part: BuildPart) -> Part:
    """Build an RNN or StackedRNNCells of an old file.

    Parameters
    ----------
    name, old_class : str
    config : dict
        Of the old file; its ``cell`` or ``cells`` are entries with ``class_name`` and ``config``.
    reading : Reading
    build_part : callable
        Builds a cell: ``build_part(entry, reading)``.

    Raises
    ------
    InvalidModelError
        If an argument has no counterpart.
    """
    config = dict(config)
    cells = config.pop(AROUND[old_class])
    parts = [build_part(each, reading) for each in (cells if isinstance(cells, list) else [cells])]
    for part in parts:
        if not hasattr(part.layer, "state_size"):
            refuse(name, old_class, f"goes around {part.name!r} ({part.old_class}), which is not a cell.")
    arguments = translate(old_class, name, old_class, config, reading)
    inside = [part.layer for part in parts]
    layer = getattr(keras.layers, old_class)(
        inside if old_class == "StackedRNNCells" or len(inside) > 1 else inside[0],
        name=name.replace("/", "_"),
        **arguments,
    )
    return Part(name, old_class, old_class, layer, arguments, parts=parts)


def copied(part: Part, layer: keras.layers.Layer) -> Part:
    """Return a Part for the copy that Keras made of its layer, with its cells in it."""
    inside = {"RNN": lambda: [layer.cell], "StackedRNNCells": lambda: layer.cells}.get(part.kind, list)()
    parts = [copied(each, own) for each, own in zip(part.parts, inside, strict=True)] if inside else part.parts
    return dataclasses.replace(part, name=layer.name, layer=layer, parts=parts)


def states(part: Part, tensors: list[keras.KerasTensor]) -> Any:
    """Return the initial states of a recurrent layer, nested as its cells are."""
    cell: Any = getattr(part.layer, "cell", None)
    if not hasattr(cell, "cells"):
        return tensors
    return keras.tree.pack_sequence_as(cell.state_size, keras.tree.flatten(tensors))
