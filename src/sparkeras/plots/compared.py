"""Two or more of the same thing side by side: bars per group, or curves.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sparkeras.plots.canvas import Look, Target, dress, legend, look, new_figure, save, short

MOST_GROUPS = 20


def draw_bars_compared(
    path: Target,
    groups: Sequence[object],
    values: Mapping[str, Sequence[float]],
    title: str = "",
    x: str = "",
    y: str = "",
    dark: bool = False,
) -> None:
    """Draw, for each group, a bar for each series.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    groups : list of str
        Under the bars.
    values : dict of str to list of float
        The series, at most three, with a value for each group.
    title, x, y : str
    """
    import numpy as np

    colours = look(dark)
    figure = new_figure(max(4.6, 1.5 + 0.62 * len(groups[:MOST_GROUPS])), 3.6, colours)
    panel = figure.subplots()
    dress(panel, colours, title=title, x=x, y=y)
    places, width = np.arange(len(groups[:MOST_GROUPS])), 0.8 / len(values)
    for number, ((name, heights), colour) in enumerate(zip(values.items(), _colours(colours), strict=False)):
        offset = (number - (len(values) - 1) / 2) * width
        panel.bar(places + offset, heights[:MOST_GROUPS], width * 0.92, color=colour, label=short(name, 40))
    panel.set_xticks(places, [short(group) for group in groups[:MOST_GROUPS]])
    beside = sum(len(short(name, 40)) + 6 for name in values) < 10 * figure.get_figwidth()
    above = 0.18 if beside else 0.12 * len(values) + 0.06  # for the legend
    panel.set_ylim(0, (1 + above) * max(max(heights) for heights in values.values()) or 1)
    if len(values) > 1:
        legend(panel, colours, loc="upper right", ncols=len(values) if beside else 1)
    save(figure, path)


def draw_curves_compared(
    path: Target, curves: Mapping[str, Sequence[float]], title: str = "", x: str = "", y: str = "", dark: bool = False
) -> None:
    """Draw a curve, from 1 on, for each of at most three series: a dict of name to list of float."""
    colours = look(dark)
    figure = new_figure(6.4, 3.6, colours)
    panel = figure.subplots()
    dress(panel, colours, title=title, x=x, y=y)
    styles = zip(_colours(colours), ("-", (0, (5, 2)), (0, (2, 2))), strict=True)
    for (name, values), (colour, style) in zip(curves.items(), styles, strict=False):
        panel.plot(range(1, len(values) + 1), values, color=colour, linestyle=style, linewidth=2, label=short(name, 40))
    panel.set_ylim(bottom=0)
    legend(panel, colours, loc="best")
    save(figure, path)


def _colours(colours: Look) -> tuple[str, str, str]:
    return colours.blue, colours.orange, colours.green
