"""The arrays of each layer in the ``.keras`` and ``.weights.h5`` files of Keras 2.12 to 2.15.

Groups are named after classes and attributes, never after layers: ``layers/dense/vars/0``,
``layers/dense_1/vars/0``, ``layers/functional/layers/lstm/cell/vars/0``. Layers of one class are numbered in the order
of the model, by ones or (Keras 2.13) by twos. A layer that is in two models lies in the first.

Runs on: driver.

Source: ``keras/src/saving/saving_lib.py`` of Keras 2.13.1, 2.14.0 and 2.15.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import h5py

from sparkeras.errors import DataError, InvalidModelError
from sparkeras.legacy.names import RECURRENT
from sparkeras.legacy.parts import Part
from sparkeras.legacy.weights_file import StoredLayer, dataset

CONTAINERS = ("layers", "_layer_checkpoint_dependencies")  # since 2.15; before
NOT_WEIGHTS = ("optimizer", "metrics", "compiled_metrics", "compiled_loss")
HEADS = ("_query_dense", "_key_dense", "_value_dense", "_output_dense")  # in the order of the layer's weights
DEEPEST = 50  # groups in groups; a damaged file may hold one in itself
INSIDE = {
    "Bidirectional": ("forward_layer", "backward_layer"),
    "TimeDistributed": ("layer",),
    "RNN": ("cell",),
}


def is_laid_out_so(file: h5py.File) -> bool:
    """Tell whether an HDF5 file has this layout. Keras 3 has a similar one, with the layers' names in it."""
    container = _container(file)
    return container is not None and not any("name" in group.attrs for group in container.values())


def pairs(parts: list[Part], file: h5py.File, path: Path) -> list[tuple[Part, StoredLayer]]:
    """Pair the layers that hold weights with their arrays.

    Parameters
    ----------
    parts : list of Part
        The model's layers in the order of its architecture.
    file : h5py.File
    path : Path
        Of the file, for errors.

    Returns
    -------
    list of (Part, StoredLayer)

    Raises
    ------
    DataError
        If the file is damaged.
    InvalidModelError
        If the file has no arrays for a layer, or arrays for none.
    """
    walk = _Walk(path)
    walk.model(parts, file)
    left = [name for name in _arrays(file) if name not in walk.taken]
    if left:
        raise InvalidModelError(
            f"'{path}' has arrays that no layer of the architecture takes, the first in '{left[0]}'. "
            "Are both of the same model?"
        )
    return walk.pairs


class _Walk:
    """One pass over the layers, depth first, as Keras wrote them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pairs: list[tuple[Part, StoredLayer]] = []
        self.taken: set[str] = set()
        self.stored: dict[int, StoredLayer] = {}  # by the id of the Part

    def model(self, parts: list[Part], group: h5py.Group) -> None:
        container = _container(group)
        self.row(parts, {} if container is None else container)

    def row(self, parts: list[Part], container: Mapping[str, h5py.Group]) -> None:
        """Pair each layer with the next group of its class; a layer of a model before this one has none here."""
        groups_of: dict[str, list[h5py.Group]] = {}  # by class, those that are left
        for part in parts:
            if part.twin is not None:
                self._as_before(part, part.twin)
            if not any(leaf.layer.weights and id(leaf) not in self.stored for leaf in part.leaves):
                continue
            name = _snake(part.old_class.split(">")[-1])
            groups = groups_of.setdefault(name, _numbered(container, name))
            if not groups:
                part.refuse(f"has no weights in '{self.path}'. Are both of the same model?")
            self.part(part, groups.pop(0))

    def part(self, part: Part, group: h5py.Group) -> None:
        if part.kind == "model":
            self.model(part.parts, group)
        elif part.kind == "StackedRNNCells":
            self.row(part.parts, self._inside(group, "cells"))
        elif part.kind in INSIDE:
            for inner, attribute in zip(part.parts, INSIDE[part.kind], strict=True):
                self.part(inner, self._inside(group, attribute))
        else:
            self._leaf(part, group)

    def _leaf(self, part: Part, group: h5py.Group) -> None:
        inside = HEADS if part.kind == "MultiHeadAttention" else ("cell",) if part.kind in RECURRENT else ("",)
        places = [f"{attribute}/vars".lstrip("/") for attribute in inside]
        inner = [each for each in (_group(group, place) for place in places) if each is not None]
        datasets = {f"{each.name}/{key}"[1:]: dataset(each, key, self.path)
                    for each in inner for key in sorted(each, key=_number)}  # fmt: skip
        if part.kind == "custom" and len(datasets) < len(_arrays(group)):
            part.refuse(
                f"has layers inside, whose order is not in '{self.path}'. "
                "Save the model as 'model.h5' in the TensorFlow that wrote it."
            )
        self.taken.update(datasets)
        self._pair(part, StoredLayer(part.name, datasets, self.path))

    def _pair(self, leaf: Part, stored: StoredLayer) -> None:
        self.stored[id(leaf)] = stored
        self.pairs.append((leaf, stored))

    def _as_before(self, part: Part, twin: Part) -> None:
        for leaf, before in zip(part.leaves, twin.leaves, strict=True):
            if id(before) in self.stored:
                self._pair(leaf, self.stored[id(before)])

    def _inside(self, group: h5py.Group, attribute: str) -> h5py.Group:
        inner = _group(group, attribute)
        if inner is None:
            raise DataError(f"'{self.path}' is damaged: {group.name!r} holds no group {attribute!r}.")
        return inner


def _container(group: h5py.Group) -> h5py.Group | None:
    return next((inner for inner in (_group(group, name) for name in CONTAINERS) if inner is not None), None)


def _group(group: h5py.Group, path: str) -> h5py.Group | None:
    """Return a group below a group, None if there is none. Links are not followed: they may lead to other files."""
    for name in path.split("/"):
        if group.get(name, getclass=True, getlink=True) is not h5py.HardLink or not isinstance(group[name], h5py.Group):
            return None
        group = group[name]
    return group


def _numbered(container: Mapping[str, h5py.Group], name: str) -> list[h5py.Group]:
    """Return the groups of a class that hold arrays, in the order of their numbers."""
    groups = {int(match[1] or 0): _group(container, key) for key in container
              if (match := re.fullmatch(rf"{re.escape(name)}(?:_(\d+))?", key))}  # fmt: skip
    return [groups[number] for number in sorted(groups) if _arrays(groups[number])]


def _arrays(group: h5py.Group | None) -> list[str]:
    """Return the paths of the weights below a group, in the file's order; not those of optimizers and metrics."""
    paths, queue = [], [] if group is None else [group]
    while queue:
        each = queue.pop(0)
        for key in each:
            inner = _group(each, key)
            if inner is None:
                paths.append(f"{each.name}/{key}".lstrip("/"))
            elif key not in NOT_WEIGHTS and inner.name.count("/") < DEEPEST:
                queue.append(inner)
    return paths


def _number(key: str) -> tuple[int, int | str]:
    return (0, int(key)) if key.isdecimal() else (1, key)


def _snake(name: str) -> str:
    """Return a class's name as Keras 2 wrote it: 'ConvLSTM2D' is 'conv_lstm2d'."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return f"private{snake}" if snake.startswith("_") else snake
