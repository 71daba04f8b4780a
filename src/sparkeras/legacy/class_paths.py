"""Which arrays are whose in the layout that Keras 2.12 to 2.15 gave ``.keras`` and ``.weights.h5`` files.

Groups are named after classes and attributes, never after layers: ``layers/dense/vars/0``,
``layers/dense_1/vars/0``, ``layers/functional/layers/lstm/cell/vars/0``. Layers of one class are numbered in the order
of the model, by ones or (Keras 2.13) by twos. A layer that is in two models lies where it is met first.

Runs on: driver.

Source: ``keras/src/saving/saving_lib.py`` of Keras 2.13.1, 2.14.0 and 2.15.0.
"""

import re

import h5py

from sparkeras.errors import DataError, InvalidModelError
from sparkeras.legacy.names import RECURRENT
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


def is_laid_out_so(file):
    """Tell whether an HDF5 file has this layout. Keras 3 has a similar one, with the layers' names in it."""
    container = _container(file)
    return container is not None and not any("name" in group.attrs for group in container.values())


def pairs(parts, file, path):
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

    def __init__(self, path):
        self.path, self.pairs, self.taken, self.stored = path, [], set(), {}

    def model(self, parts, group):
        container = _container(group)
        self.row(parts, {} if container is None else container)

    def row(self, parts, container):
        """Pair each layer with the next group of its class; a layer met before, in another model, has none here."""
        given = {}
        for part in parts:
            if part.twin is not None:
                self._as_before(part)
            if not any(leaf.layer.weights and id(leaf) not in self.stored for leaf in part.leaves):
                continue
            name = _snake(part.old_class.split(">")[-1])
            groups = given.setdefault(name, _numbered(container, name))
            if not groups:
                part.refuse(f"has no weights in '{self.path}'. Are both of the same model?")
            self.part(part, groups.pop(0))

    def part(self, part, group):
        if part.kind == "model":
            self.model(part.parts, group)
        elif part.kind == "StackedRNNCells":
            self.row(part.parts, self._inside(group, "cells"))
        elif part.kind in INSIDE:
            for inner, attribute in zip(part.parts, INSIDE[part.kind], strict=True):
                self.part(inner, self._inside(group, attribute))
        else:
            self._leaf(part, group)

    def _leaf(self, part, group):
        inside = HEADS if part.kind == "MultiHeadAttention" else ("cell",) if part.kind in RECURRENT else ("",)
        places = [f"{attribute}/vars".lstrip("/") for attribute in inside]
        found = [each for each in (_group(group, place) for place in places) if each is not None]
        datasets = {f"{each.name}/{key}"[1:]: dataset(each, key, self.path)
                    for each in found for key in sorted(each, key=_number)}  # fmt: skip
        if part.kind == "custom" and len(datasets) < len(_arrays(group)):
            part.refuse(
                f"has layers inside, whose order '{self.path}' does not tell. "
                "Save the model as 'model.h5' in the TensorFlow that wrote it."
            )
        self.taken.update(datasets)
        self._pair(part, StoredLayer(part.name, datasets, self.path))

    def _pair(self, leaf, stored):
        self.stored[id(leaf)] = stored
        self.pairs.append((leaf, stored))

    def _as_before(self, part):
        for leaf, twin in zip(part.leaves, part.twin.leaves, strict=True):
            if id(twin) in self.stored:
                self._pair(leaf, self.stored[id(twin)])

    def _inside(self, group, attribute):
        found = _group(group, attribute)
        if found is None:
            raise DataError(f"'{self.path}' is damaged: {group.name!r} holds no group {attribute!r}.")
        return found


def _container(group):
    return next((found for found in (_group(group, name) for name in CONTAINERS) if found is not None), None)


def _group(group, path):
    """Return a group below a group, None if there is none. Links are not followed: they may lead to other files."""
    for name in path.split("/"):
        if group.get(name, getclass=True, getlink=True) is not h5py.HardLink or not isinstance(group[name], h5py.Group):
            return None
        group = group[name]
    return group


def _numbered(container, name):
    """Return the groups of a class that hold arrays, in the order of their numbers."""
    found = {int(match[1] or 0): _group(container, key) for key in container
             if (match := re.fullmatch(rf"{re.escape(name)}(?:_(\d+))?", key))}  # fmt: skip
    return [found[number] for number in sorted(found) if _arrays(found[number])]


def _arrays(group):
    """Return the paths of the weights below a group, in the file's order; not those of optimizers and metrics."""
    found, queue = [], [] if group is None else [group]
    while queue:
        each = queue.pop(0)
        for key in each:
            inner = _group(each, key)
            if inner is None:
                found.append(f"{each.name}/{key}".lstrip("/"))
            elif key not in NOT_WEIGHTS and inner.name.count("/") < DEEPEST:
                queue.append(inner)
    return found


def _number(key):
    return (0, int(key)) if key.isdecimal() else (1, key)


def _snake(name):
    """Return a class's name as Keras 2 wrote it: 'ConvLSTM2D' is 'conv_lstm2d'."""
    spaced = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    snake = re.sub("([a-z])([A-Z])", r"\1_\2", spaced).lower()
    return f"private{snake}" if snake.startswith("_") else snake
