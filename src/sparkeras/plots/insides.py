"""A Keras model as arrays and plain dicts for pictures: filters, feature maps, its graph.

Runs on: driver.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict

import keras
import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.files.atomic import moved
from sparkeras.plots.diagram import Box

Call = tuple[str, int]  # of a layer: its name, the number of the call
Shape = tuple[int | None, ...]


class LayerFacts(TypedDict):
    """Name, class, output shape (without the rows; None where unknown) and number of parameters of a layer."""

    name: str
    type: str
    output_shape: list[int | None] | None
    parameters: int


def first_filters(model: keras.Model) -> tuple[str, np.ndarray]:
    """Return the name and the kernel, (height, width, inputs, filters), of the first two-dimensional convolution.

    Models within the model are searched too.

    Raises
    ------
    InvalidModelError
        If there is none.
    """
    for layer in _flat(model.layers):
        if _is_convolution(layer):
            return layer.name, np.asarray(keras.ops.convert_to_numpy(layer.kernel))
    raise _no_convolution(model)


def feature_maps(model: keras.Model, image: np.ndarray, layer: str | None = None) -> tuple[str, np.ndarray]:
    """Return the name of a layer and its output for one image, (height, width, channels).

    Parameters
    ----------
    model : keras.Model
        Functional or Sequential, with one input.
    image : array, (height, width[, channels])
        One row of the model's input.
    layer : str, optional
        Name of a layer whose output has that shape; the first convolution by default.

    Raises
    ------
    InvalidModelError
        If there is no such layer, it lies within another model, or its output has another shape.
    """
    chosen = layer_of_maps(model, layer)
    maps = keras.Model(model.inputs, chosen.output).predict(np.asarray(image)[None], verbose=0)
    return chosen.name, maps[0]


def layer_of_maps(model: keras.Model, name: str | None = None) -> keras.layers.Layer:
    """Return the layer of ``feature_maps``, or raise its errors."""
    chosen = _layer_of(model, name)
    try:
        shape = chosen.output.shape
    except (AttributeError, ValueError) as error:  # a subclassed model has no graph, a shared layer several outputs
        raise InvalidModelError(
            f"Layer {chosen.name!r} has no one output of its own; feature maps need a functional or sequential model."
        ) from error
    if len(shape) != 4 or len(model.inputs) != 1:
        raise InvalidModelError(
            f"Layer {chosen.name!r} gives {tuple(shape[1:])} per row of {len(model.inputs)} input(s); feature maps are "
            "(height, width, channels) of one input. Name a convolution or pooling layer."
        )
    return chosen


def layers(model: keras.Model) -> list[LayerFacts]:
    """Return name, type, output shape and parameters of each layer."""
    facts: list[LayerFacts] = []
    for layer in model.layers:
        shape = _shape_of(layer)
        facts.append(
            {
                "name": layer.name,
                "type": type(layer).__name__,
                "output_shape": None if shape is None else list(shape[1:]),
                "parameters": layer.count_params() if layer.built else 0,
            }
        )
    return facts


def graph(model: keras.Model) -> tuple[list[Box], bool]:
    """Return the layers of a model as dicts for ``plots.draw_diagram``, and whether their connections are known.

    A layer called several times is listed once per call. The connections of a subclassed model are in its code only:
    its layers come without ``inputs``.
    """
    layers = {layer.name: layer for layer in model.layers}
    if isinstance(model, keras.Sequential):
        names = list(layers)
        first = _input_of(model) if model.built else []
        inputs = [[each["name"] for each in first], *([name] for name in names)]
        boxes = [_box(layers[name], name, before, None) for name, before in zip(names, inputs, strict=False)]
        return first + boxes, True
    config = model.get_config()
    if "input_layers" not in config:
        return [_box(layer, name, [], None) for name, layer in layers.items()], False
    return _functional(model, config, layers), True


def write_diagram(model: keras.Model, path: str | Path, dark: bool = False) -> str:
    """Draw a model as a PNG: with Keras' ``plot_model`` where pydot and Graphviz are installed, else by ``plots``.

    Returns
    -------
    str
        ``"Graphviz"`` or ``"sparkeras"``.
    """
    if importlib.util.find_spec("pydot") and shutil.which("dot") and model.built and not dark:
        moved(Path(path), lambda whole: keras.utils.plot_model(model, whole, show_shapes=True, show_layer_names=True))
        return "Graphviz"
    from sparkeras import plots

    layers, known = graph(model)
    title = f"{model.name}: {len(model.layers)} layers, {model.count_params():,} parameters"
    plots.draw_diagram(path, layers, title if known else f"{title} (connections are in its code only)", dark=dark)
    return "sparkeras"


def _functional(model: keras.Model, config: dict[str, Any], layers: dict[str, keras.layers.Layer]) -> list[Box]:
    """Read the graph from the config, which has the form of saved models, not from Keras' private nodes."""
    boxes: list[Box] = []
    shapes = _shapes(config, model)
    for each in config["layers"]:
        name, calls = each["name"], each["inbound_nodes"] or [None]
        for number, call in enumerate(calls):
            inputs = [_call_name(*history) for history, _ in _tensors(call)]
            shape = shapes.get((name, number))
            box = _box(layers.get(name), _call_name(name, number), inputs, shape, each["class_name"])
            boxes.append({**box, "shared": number > 0})
    return boxes


def _shapes(config: dict[str, Any], model: keras.Model) -> dict[Call, Shape]:
    """Return the output shape of each call that is an input of another layer or an output of the model."""
    shapes: dict[Call, Shape] = {}
    for each in config["layers"]:
        for history, shape in _tensors(each["inbound_nodes"]):
            shapes[history] = shape
    outputs = config["output_layers"]
    outputs = [outputs] if outputs and isinstance(outputs[0], str) else outputs
    if isinstance(outputs, list) and len(outputs) == len(model.outputs):
        for (name, number, _), tensor in zip(outputs, model.outputs, strict=True):
            shapes[name, number] = tensor.shape
    return shapes


def _tensors(part: Any) -> Iterator[tuple[Call, Shape]]:
    """Yield ((layer, call), shape) of each Keras tensor anywhere in a part of a config."""
    if isinstance(part, dict):
        if part.get("class_name") == "__keras_tensor__":
            name, number, _ = part["config"]["keras_history"]
            yield (name, number), part["config"]["shape"]
        else:
            for value in part.values():
                yield from _tensors(value)
    elif isinstance(part, (list, tuple)):
        for value in part:
            yield from _tensors(value)


def _call_name(name: str, number: int) -> str:
    return name if number == 0 else f"{name} (call {number + 1})"


def _box(layer: keras.layers.Layer | None, name: str, inputs: list[str], shape: Shape | None, kind: str = "") -> Box:
    """Return one layer as a dict; ``layer`` is None for an operation such as ``x + y``."""
    shape = _shape_of(layer) if shape is None else shape
    inside = len(layer.layers) if isinstance(layer, keras.Model) else 0
    return {
        "name": name,
        "type": type(layer).__name__ if layer is not None else kind,
        "output_shape": None if shape is None else list(shape[1:]),
        "parameters": layer.count_params() if layer is not None and layer.built else 0,
        "inputs": list(dict.fromkeys(inputs)),
        "layers_inside": inside,
    }


def _shape_of(layer: keras.layers.Layer | None) -> Shape | None:
    try:
        return None if layer is None else layer.output.shape
    except (AttributeError, ValueError):  # called several times, with several outputs, or never
        return None


def _input_of(model: keras.Model) -> list[Box]:
    """Return the input of a sequential model, which is not among its layers, as a box."""
    taken = {layer.name for layer in model.layers}
    name = "input" if "input" not in taken else model.inputs[0].name
    return [
        {
            "name": name,
            "type": "InputLayer",
            "output_shape": list(model.inputs[0].shape[1:]),
            "parameters": 0,
            "inputs": [],
            "layers_inside": 0,
        }
    ]


def _layer_of(model: keras.Model, name: str | None) -> keras.layers.Layer:
    if name is None:
        for layer in model.layers:
            if _is_convolution(layer):
                return layer
        hidden = [each.name for each in model.layers if isinstance(each, keras.Model) and _holds_convolution(each)]
        if hidden:
            raise InvalidModelError(
                f"The first convolution lies within the model {hidden[0]!r}. Name a layer of {model.name!r} itself: "
                f"{', '.join(layer.name for layer in model.layers)}."
            )
        raise _no_convolution(model)
    for layer in model.layers:
        if layer.name == name:
            return layer
    raise InvalidModelError(
        f"{model.name!r} has no layer {name!r}; it has {', '.join(layer.name for layer in model.layers)}."
    )


def _flat(layers: Iterable[keras.layers.Layer]) -> Iterator[keras.layers.Layer]:
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _flat(layer.layers)
        else:
            yield layer


def _is_convolution(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.Conv2D)


def _holds_convolution(model: keras.Model) -> bool:
    return any(map(_is_convolution, _flat(model.layers)))


def _no_convolution(model: keras.Model) -> InvalidModelError:
    return InvalidModelError(
        f"{model.name!r} has no two-dimensional convolution, whose filters and feature maps could be shown. "
        "Take a model of images, e.g. --model cnn."
    )
