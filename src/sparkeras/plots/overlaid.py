"""The histories of several trainings, one over the other.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, short
from sparkeras.plots.curves import MOST_PANELS, Columns, measure, metrics_of, numbers, set_ranges

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_RUNS = 7  # as many as there are colours


def draw_histories(path: Target, histories: Mapping[str, Columns], dark: bool = False) -> None:
    """Draw one panel per metric with a colour for each run: training solid, validation dashed.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    histories : dict of str to dict
        The name of each run, at most seven, to its columns as ``draw_history`` takes them.

    Raises
    ------
    DataError
        If there is no run, or there are more than seven.
    """
    if not 1 <= len(histories) <= MOST_RUNS:
        raise DataError(f"The picture overlays 1 to {MOST_RUNS} runs; got {len(histories)}.")
    colours = look(dark)
    names = metrics_of(column for columns in histories.values() for column in columns)[:MOST_PANELS]
    wide = min(2, len(names))
    tall = -(-len(names) // wide)
    figure = new_figure(6.0 * wide + 0.4 * (wide == 1), 3.1 * tall + 0.7, colours)
    panels = figure.subplots(tall, wide, squeeze=False).ravel()
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    for panel, name in zip(panels, names, strict=False):
        _draw_panel(panel, name, histories, colours)
    _name_runs(figure, histories, colours)
    save(figure, path)


def _draw_panel(panel: Axes, name: str, histories: Mapping[str, Columns], colours: Look) -> None:
    import numpy as np

    dress(panel, colours, title=short(name.replace("_", " "), 40), x="epoch", y=measure(name))
    seen: list[float] = []
    epoch_count = 1
    for columns, colour in zip(histories.values(), colours.series, strict=False):
        for column, style, marker in ((name, "-", "o"), (f"val_{name}", (0, (4, 2)), "s")):
            values = numbers(columns.get(column, []))
            finite = np.isfinite(values)
            seen.extend(values[finite])
            epoch_count = max(epoch_count, len(values))
            if finite.any():
                size = 4 if len(values) <= 30 else 0
                epochs = range(1, len(values) + 1)
                panel.plot(epochs, values, color=colour, linestyle=style, marker=marker, markersize=size, linewidth=2)
    set_ranges(panel, name, seen, epoch_count)


def _name_runs(figure: Figure, histories: Mapping[str, Columns], colours: Look) -> None:
    """Put one legend below all panels: the colours of the runs, solid and dashed lines."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, linewidth=3, label=short(name, 40))
        for name, colour in zip(histories, colours.series, strict=False)
    ]
    validated = any(column.startswith("val_") for columns in histories.values() for column in columns)
    ink = colours.ink
    handles.append(Line2D([], [], color=ink, linestyle="-", marker="o", markersize=4, label="training"))
    if validated:
        dashed = (0, (4, 2))
        handles.append(Line2D([], [], color=ink, linestyle=dashed, marker="s", markersize=4, label="validation"))
    wide = figure.get_size_inches()[0]
    columns = max(2, int(wide * 12 / (6 + max(len(str(handle.get_label())) for handle in handles))))
    figure.legend(
        handles=handles,
        loc="outside lower left",
        ncols=min(columns, len(handles)),
        frameon=False,
        fontsize=10,
        labelcolor=colours.ink,
    )
