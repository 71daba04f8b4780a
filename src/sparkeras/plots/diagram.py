"""A model as boxes and arrows, drawn without Graphviz.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NotRequired, TypedDict

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, look, new_figure, save, short
from sparkeras.plots.layout import Place, place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE, TALL, GAP = 2.9, 0.66, 0.42  # of a box, and between rows, in inches
EDGE, HEAD = 0.35, 0.55  # around the drawing, and above it for the title
Ways = Mapping[tuple[str, str], list[Place]]


class Box(TypedDict):
    """A layer in the drawing; see ``draw_diagram``."""

    name: str
    type: str
    output_shape: list[int | None] | None
    parameters: int
    inputs: list[str]
    layers_inside: NotRequired[int]
    shared: NotRequired[bool]


def draw_diagram(path: Target, layers: Sequence[Box], title: str = "", dark: bool = False) -> None:
    """Draw each layer as a box with its type, name, output per row and parameters, and arrows between them.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    layers : list of dict
        ``name`` (unique), ``type``, ``output_shape`` (list of int or None, without the batch; None where unknown),
        ``parameters`` (int), ``inputs`` (list of names of other layers), ``layers_inside`` (int) for a model within
        the model, and ``shared`` (True) where an earlier box has the same weights; as ``insides.graph`` gives them.
    title : str

    Raises
    ------
    DataError
        If there is no layer, an input names none, or the graph has a cycle.
    """
    from matplotlib.patches import FancyBboxPatch

    if not layers:
        raise DataError("The diagram needs at least one layer.")
    colours = look(dark)
    names = [layer["name"] for layer in layers]
    if len(set(names)) < len(names):
        raise DataError("The diagram needs a name of its own for each layer.")
    edges = [(source, layer["name"]) for layer in layers for source in layer["inputs"]]
    boxes, ways = place(names, edges)
    if not edges:  # unknown: the layers stand below each other, in their order in the model
        boxes = {name: (0.5, row) for row, name in enumerate(names)}
    reach = [x for x, _ in boxes.values()], [x for way in ways.values() for x, _ in way]
    wide = WIDE * max(max(reach[0]) + 0.5, max(reach[1], default=0) + 0.1) + 2 * EDGE
    rows = 1 + max(row for _, row in boxes.values())
    tall = rows * (TALL + GAP) - GAP + HEAD + 2 * EDGE
    figure = new_figure(max(wide, 4.6), tall, colours)
    figure.set_layout_engine("none")  # inches are inches here
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, figure.get_size_inches()[0]), ylim=(tall, 0))
    axes.set_axis_off()
    title = short(title or "The model's layers", int(13 * max(wide, 4.6) / 1.3))
    axes.text(EDGE, 0.5, title, fontsize=12, fontweight="bold", color=colours.ink, va="center")
    for layer in layers:
        x, y = _inches(*boxes[layer["name"]])
        edge, width = _border(layer, colours)
        style = "round,pad=0,rounding_size=0.08"
        axes.add_patch(FancyBboxPatch((x - WIDE / 2, y), WIDE, TALL, boxstyle=style, facecolor=colours.paper,
                                      edgecolor=edge, linewidth=width, zorder=3))  # fmt: skip
        _write(axes, layer, x, y, colours)
    _connect(axes, layers, boxes, ways, colours)
    save(figure, path)


def _inches(across: float, row: float) -> tuple[float, float]:
    """Return the middle of a place and the upper end of its row, in inches from the upper left corner."""
    return EDGE + WIDE * across, HEAD + EDGE + row * (TALL + GAP)


def _border(layer: Box, colours: Look) -> tuple[str, float]:
    """Inputs are green, layers that learn blue, models within the model thick; the rest is quiet."""
    if layer["type"] == "InputLayer":
        return colours.green, 1.8
    if layer.get("layers_inside"):
        return colours.blue, 3.2
    return (colours.blue, 1.8) if layer["parameters"] else (colours.ink, 0.9)


def _write(axes: Axes, layer: Box, x: float, y: float, colours: Look) -> None:
    left, right = x - WIDE / 2 + 0.12, x + WIDE / 2 - 0.12
    inside = layer.get("layers_inside")
    kind = f"{short(layer['type'], 17)}, {inside} layers" if inside else short(layer["type"], 24)
    axes.text(left, y + 0.21, kind, fontsize=10.5, fontweight="bold", color=colours.ink, va="center", zorder=4)
    name = short(layer["name"], max(4, 32 - int(1.35 * len(kind))))
    axes.text(right, y + 0.21, name, fontsize=9, color=colours.ink, alpha=0.75, ha="right", va="center", zorder=4)
    count = f"{layer['parameters']:,} parameters" if layer["parameters"] else "no parameters"
    count = "shares its parameters" if layer.get("shared") else count
    shape = _shape_text(layer["output_shape"])
    axes.text(left, y + 0.47, short(shape, 20), fontsize=9.5, color=colours.ink, va="center", zorder=4)
    axes.text(right, y + 0.47, count, fontsize=9.5, color=colours.ink, ha="right", va="center", zorder=4)


def _shape_text(shape: list[int | None] | None) -> str:
    if shape is None:
        return "shape unknown"
    return " × ".join("any" if size is None else str(size) for size in shape) or "one number"


def _connect(axes: Axes, layers: Sequence[Box], boxes: Mapping[str, Place], ways: Ways, colours: Look) -> None:
    """Draw the arrows; several into one box end side by side, in the order of their boxes from left to right."""
    arrow = {"arrowstyle": "-|>", "color": colours.ink, "shrinkA": 0, "shrinkB": 0}
    for layer in layers:
        name, sources = layer["name"], list(dict.fromkeys(layer["inputs"]))
        sources.sort(key=lambda source: (ways[source, name] or [boxes[source]])[-1][0])
        x, y = _inches(*boxes[name])
        for number, source in enumerate(sources):
            end = x + 0.3 * (number - (len(sources) - 1) / 2) if len(sources) < 9 else x
            start_x, start_y = _inches(*boxes[source])
            points = [(start_x, start_y + TALL)]
            for across, row in ways[source, name]:
                bend_x, bend_y = _inches(across, row)
                points += [(bend_x, bend_y), (bend_x, bend_y + TALL)]
            points.append((end, y - 0.1))
            axes.plot(*zip(*points, strict=True), color=colours.ink, linewidth=1.3, solid_joinstyle="round", zorder=2)
            axes.annotate("", (end, y), (end, y - 0.12), zorder=2, arrowprops=arrow)
