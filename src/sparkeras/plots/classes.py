"""Accuracy of each class, beside the overall accuracy and the commonest class as a baseline.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, shaped, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes

MOST_CLASSES = 30


def draw_classes(
    path: Target,
    names: Sequence[object],
    accuracy: Sequence[float | None],
    overall: float | None = None,
    baseline: float | None = None,
    dark: bool = False,
) -> None:
    """Draw the accuracy of each class as a bar, with lines for the overall accuracy and the baseline.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    names : list of str or int
    accuracy : list of float or None, (classes,)
        The share (0 to 1) of each class' rows that were recognised, its recall; None or NaN for a class without rows.
        Of more than 30 classes the weakest 30 are shown, and the title says so.
    overall : float, optional
        The share of all rows that were recognised.
    baseline : float, optional
        The share of the commonest class.

    Raises
    ------
    DataError
        If there is not one accuracy per name.
    """
    import numpy as np
    from matplotlib.patheffects import withStroke

    colours = look(dark)
    shares = shaped([np.nan if share is None else share for share in accuracy], "accuracies", ("classes",))
    if len(names) != len(shares):
        raise DataError(f"The picture needs one accuracy per class; got {len(names)} names and {len(shares)}.")
    shown = np.arange(len(shares))
    if len(shares) > MOST_CLASSES:
        shown = np.argsort(np.nan_to_num(shares, nan=2.0), kind="stable")[:MOST_CLASSES]
    figure = new_figure(6.4, max(2.6, 0.3 * len(shown) + 1.7), colours)
    axes = figure.subplots()
    title = "Accuracy per class"
    title += f": the weakest {len(shown)} of {len(shares)}" if len(shown) < len(shares) else ""
    dress(axes, colours, title, "test rows of the class that were recognised, in %", "true class")
    axes.grid(False, axis="y")
    _draw_bars(axes, [short(names[int(i)], 22) for i in shown], 100 * shares[shown], colours)
    lines = (("all classes", overall, colours.orange, "-"), ("commonest class", baseline, colours.green, (0, (5, 3))))
    for name, share, colour, style in lines:
        if share is not None and np.isfinite(share):
            label = f"{name}: {100 * share:.1f} %"
            line = axes.axvline(100 * share, color=colour, linewidth=2, linestyle=style, label=label)
            line.set_path_effects([withStroke(linewidth=4.5, foreground=colours.paper)])  # it crosses the bars
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower left", ncols=2, frameon=False, fontsize=10, labelcolor=colours.ink)
    save(figure, path)


def _draw_bars(axes: Axes, names: list[str], percents: np.ndarray, colours: Look) -> None:
    import numpy as np

    places = range(len(names))
    axes.barh(places, np.nan_to_num(percents), color=colours.blue, height=0.7)
    for place, percent in zip(places, percents, strict=True):
        text = f"{percent:.1f}" if np.isfinite(percent) else "no rows"
        inside = np.isfinite(percent) and percent > 12
        colour = colours.paper if inside else colours.ink
        x = 1.0 if inside else 1.2 + np.nan_to_num(percent)
        axes.text(x, place, text, ha="left", va="center", fontsize=9, color=colour)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_xlim(0, 100)
