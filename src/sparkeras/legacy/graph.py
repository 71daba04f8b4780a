"""Old architectures, Sequential or a graph of layers, as models of Keras 3.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from sparkeras.errors import InvalidModelError, SparkerasError
from sparkeras.legacy import layers, sharing
from sparkeras.legacy.cells import states
from sparkeras.legacy.layers import clean
from sparkeras.legacy.names import MERGES, MODELS, RECURRENT
from sparkeras.legacy.parts import Config, Part, Reading, refuse
from sparkeras.legacy.values import plain


def build_part(entry: Any, reading: Reading, input_shape: Sequence[int | None] | None = None) -> Part:
    """Build the layer or model of one entry ``{"class_name": ..., "config": ...}``.

    ``input_shape``, without the rows, is for a model whose file does not have it.
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise InvalidModelError("The architecture has an entry without a class_name; it is damaged.")
    config = entry.get("config")
    if entry["class_name"] == "Sequential" or (entry["class_name"] in MODELS and _is_row(config)):
        part = _sequential(entry, reading, input_shape)
    elif entry["class_name"] in MODELS:
        part = _functional(entry, reading)
    else:
        part = layers.build(entry, reading, build_part)
    sharing.keep(entry, part, reading)
    return part


def _is_row(config: Any) -> bool:
    return isinstance(config, list) or (isinstance(config, dict) and "input_layers" not in config)


def _sequential(entry: Config, reading: Reading, input_shape: Sequence[int | None] | None) -> Part:
    config = entry["config"]
    config = {"layers": config} if isinstance(config, list) else config
    entries = config.get("layers")
    if not isinstance(entries, list) or not entries:
        raise InvalidModelError("The architecture is a Sequential without layers.")
    name = entry.get("name") or config.get("name")
    if entries[0].get("class_name") == "Merge" and entries[0]["config"].get("layers"):
        return _merged(entries, name, reading)
    if entries[0].get("class_name") == "InputLayer":
        start, entries = _input(entries[0]), entries[1:]
    else:
        start = _input(entries[0], input_shape or config.get("build_input_shape", [None])[1:])
    parts = [build_part(each, reading) for each in entries]
    if start is None and parts and parts[0].kind == "model" and parts[0].layer.built:
        first = parts[0].layer.inputs[0]
        start = keras.Input(batch_shape=first.shape, dtype=first.dtype)
    row = ([] if start is None else [start]) + [part.layer for part in parts]
    model = keras.Sequential(row, name=name and clean(name))
    return Part(name or model.name, "Sequential", "model", model, parts=parts)


def _input(entry: Config, shape: Sequence[int | None] | None = None) -> keras.KerasTensor | None:
    """Return the symbolic input of an InputLayer or of a Sequential's first layer; None if its shape is unknown."""
    config = plain(entry.get("config") or {})
    inner = config.get("layer", {}).get("config", {}) if isinstance(config, dict) else {}
    if not isinstance(config, dict):
        return None
    batch_shape = config.get("batch_input_shape") or config.get("batch_shape")
    if batch_shape is None and isinstance(inner, dict):
        batch_shape = inner.get("batch_input_shape")
    if batch_shape is None and shape:
        batch_shape = [None, *shape]
    if batch_shape is None:
        return None
    is_input = entry["class_name"] == "InputLayer"
    name = config.get("name") if is_input else None
    if config.get("ragged"):
        refuse(str(name), "InputLayer", "takes ragged tensors, which Keras 3 does not support. Pad the rows.")
    dtype = config.get("input_dtype") or config.get("dtype")
    # The dtype of a layer is that of its arithmetic; only an integer one is the input's, in Keras before tf.keras.
    dtype = dtype if isinstance(dtype, str) and (is_input or "int" in dtype) else "float32"
    return keras.Input(batch_shape=tuple(batch_shape), dtype=dtype, name=name and clean(name))


def _merged(entries: list[Config], name: str | None, reading: Reading) -> Part:
    """Build the graph that Keras 1 wrote as a Sequential: its first layer merges whole models."""
    branches = [_branch(each, reading) for each in entries[0]["config"]["layers"]]
    merge = build_part({"class_name": "Merge", "config": {**entries[0]["config"], "layers": None}}, reading)
    tensor = merge.layer([branch.layer.outputs[0] for branch in branches])
    parts = [part for branch in branches for part in branch.parts] + [merge]
    for each in entries[1:]:
        part = build_part(each, reading)
        tensor = part.layer(tensor)
        parts.append(part)
    inputs = [tensor for branch in branches for tensor in branch.layer.inputs]
    model = keras.Model(inputs, tensor, name=name and clean(name))
    return Part(name or model.name, "Sequential", "model", model, parts=parts)


def _branch(entry: Config, reading: Reading) -> Part:
    if entry["class_name"] not in MODELS:
        entry = {"class_name": "Sequential", "config": [entry]}
    part = build_part(entry, reading)
    if not part.layer.built:
        raise InvalidModelError("A branch of the Merge does not have the shape of its input.")
    return part


def _functional(entry: Config, reading: Reading) -> Part:
    config = entry["config"]
    name = entry.get("name") or config.get("name")
    graph = _Graph(config["layers"], reading)
    graph.note_references([config["input_layers"], config["output_layers"]])
    graph.run()
    inputs, outputs = (_single(graph.tensors_of(config[key])) for key in ("input_layers", "output_layers"))
    model = keras.Model(inputs, outputs, name=name and clean(name))
    return Part(name or model.name, entry["class_name"], "model", model, parts=list(graph.parts.values()))


def _single(structure: Any) -> Any:
    return structure[0] if isinstance(structure, list) and len(structure) == 1 else structure


class _Graph:
    """The layers of a graph by name, and the outputs of their calls.

    A call of a layer is a *node*: a list of references ``[layer, node of it, which output]``, the first perhaps with
    the call's keyword arguments as its fourth item.
    """

    def __init__(self, entries: list[Config], reading: Reading) -> None:
        self.names = {each["name"] for each in entries}
        self.parts: dict[str, Part] = {}
        self.outputs: dict[tuple[str, int], list[keras.KerasTensor]] = {}  # by layer and node
        self.waiting: list[tuple[Part, str, int, Any]] = []
        self.calls: dict[str, int] = {}  # by layer
        self.last_asked: dict[str, int] = {}  # by layer, the highest node in a reference
        for each in entries:
            nodes = [self._node(node) for node in each.get("inbound_nodes") or []]
            self.note_references(nodes)
            self.calls[each["name"]] = len(nodes)
            if each["class_name"] == "InputLayer":
                tensor = _input(each)
                if tensor is None:
                    refuse(each["name"], "InputLayer", "does not have its shape.")
                self.calls[each["name"]] = 1
                self.outputs[each["name"], 0] = [tensor]
            else:
                part = self.parts[each["name"]] = build_part(each, reading)
                self.waiting += [(part, each["name"], i, node) for i, node in enumerate(nodes)]

    @staticmethod
    def _node(node: Any) -> Any:
        return [node] if isinstance(node, list) and node and isinstance(node[0], str) else node

    def note_references(self, structure: Any) -> None:
        """Remember the highest node of each layer in the references."""
        if self._is_reference(structure):
            name, node = structure[:2]
            self.last_asked[name] = max(node, self.last_asked.get(name, 0))
            structure = structure[3:]
        if isinstance(structure, list | dict):
            for item in structure.values() if isinstance(structure, dict) else structure:
                self.note_references(item)

    def _is_reference(self, structure: Any) -> bool:
        return (
            isinstance(structure, list)
            and len(structure) in (3, 4)
            and isinstance(structure[0], str)
            and structure[0] in self.names
            and all(isinstance(number, int) for number in structure[1:3])
        )

    def run(self) -> None:
        """Call each layer as often as in the file, as soon as its inputs are there."""
        while self.waiting:
            waiting = []
            for part, name, i, node in self.waiting:
                if self._is_ready(node):
                    self.outputs[name, i] = keras.tree.flatten(self._call(part, node))
                else:
                    waiting.append((part, name, i, node))
            if len(waiting) == len(self.waiting):
                _, name, _, node = waiting[0]
                raise InvalidModelError(f"Layer {name!r} waits for {str(node)[:80]}, which no layer gives.")
            self.waiting = waiting

    def _is_ready(self, structure: Any) -> bool:
        if self._is_reference(structure):
            return self._key(structure) in self.outputs and self._is_ready(structure[3:])
        if isinstance(structure, list | dict):
            return all(map(self._is_ready, structure.values() if isinstance(structure, dict) else structure))
        return True

    def _key(self, reference: list[Any]) -> tuple[str, int]:
        """Return layer and node. Some versions count the nodes of a model inside a model from 1."""
        name, node = reference[:2]
        return name, node - 1 if self.last_asked[name] >= self.calls[name] else node

    def tensors_of(self, structure: Any) -> Any:
        """Return lists and dicts of references with tensors in place of the references."""
        if self._is_reference(structure):
            outputs = self.outputs.get(self._key(structure))
            if outputs is None or structure[2] >= len(outputs):
                raise InvalidModelError(f"The graph asks for output {structure[:3]}, which no layer gives.")
            return outputs[structure[2]]
        if isinstance(structure, dict):
            return {key: self.tensors_of(item) for key, item in structure.items()}
        return [self.tensors_of(item) for item in structure] if isinstance(structure, list) else structure

    def _call(self, part: Part, node: Any) -> Any:
        first: list[Any] = next(iter(node.values() if isinstance(node, dict) else node), [])
        kwargs = first[3] if len(first) == 4 else {}
        kwargs = {key: self.tensors_of(item) for key, item in (kwargs or {}).items() if item is not None}
        tensors = self.tensors_of(node)
        try:
            if part.kind in (*RECURRENT, "RNN", "Bidirectional") and len(tensors) > 1:
                return part.layer(tensors[0], initial_state=states(part, tensors[1:]), **kwargs)
            return part.layer(tensors if part.kind in MERGES else _single(tensors), **kwargs)
        except SparkerasError:
            raise
        except (TypeError, ValueError) as error:
            part.refuse(f"cannot be called as in its file: {' '.join(str(error).split())[:200]}")
