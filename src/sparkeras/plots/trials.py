"""The trials of a search: the value of each, and the best so far.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Row = Mapping[str, Any]  # number, state, value, params

MOST_PANELS = 6


def draw_trials(path: Target, rows: Sequence[Row], metric: str, mode: str, dark: bool = False) -> None:
    """Draw the value of each trial by its number with the best so far, and by each parameter.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    rows : list of dict
        ``number``, ``state`` (``"complete"``, ``"pruned"``, ``"failed"``), ``value`` and ``params``, as in
        ``tuning.TuningResult``.
    metric : str
    mode : str
        ``"min"`` or ``"max"``.
    """
    colours = look(dark)
    names = list(dict.fromkeys(name for row in rows for name in row["params"]))[: MOST_PANELS - 1]
    wide = min(3, 1 + len(names))
    tall = -(-(1 + len(names)) // wide)
    figure = new_figure(4.6 * wide + 0.6 * (wide == 1), 3.6 * tall, colours)
    panels = figure.subplots(tall, wide, squeeze=False, sharey=True).ravel()
    for panel in panels[1 + len(names) :]:
        panel.set_visible(False)
    _draw_course(panels[0], rows, metric, mode, colours)
    for panel, name in zip(panels[1:], names, strict=False):
        _draw_parameter(panel, rows, name, colours)
    save(figure, path)


def _draw_course(panel: Axes, rows: Sequence[Row], metric: str, mode: str, colours: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    dress(panel, colours, title=short(metric, 30), x="number of the trial", y=short(metric, 30))
    panel.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    _scatter(panel, rows, lambda row: row["number"], colours)
    pick = min if mode == "min" else max
    best: float | None = None
    course = []
    for row in rows:
        if row["state"] == "complete":
            best = row["value"] if best is None else pick(best, row["value"])
            course.append((row["number"], best))
    if course:
        panel.step(*zip(*course, strict=True), where="post", color=colours.green, linewidth=2, label="best so far")
    failed = [row["number"] for row in rows if row["state"] == "failed"]
    if failed:
        # They have no value: they stand at the foot of the panel.
        panel.plot(failed, [0.02] * len(failed), "x", color=colours.ink, ms=7, label="failed", clip_on=False,
                   transform=panel.get_xaxis_transform())  # fmt: skip
    if panel.get_legend_handles_labels()[0]:
        panel.legend(frameon=False, fontsize=9, labelcolor=colours.ink, loc="best")


def _draw_parameter(panel: Axes, rows: Sequence[Row], name: str, colours: Look) -> None:
    dress(panel, colours, title=short(name, 30))
    values = [row["params"][name] for row in rows if name in row["params"]]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        _scatter(panel, rows, lambda row: row["params"].get(name), colours)
        if min(values) > 0 and max(values) > 30 * min(values):
            panel.set_xscale("log")
        return
    kinds = list(dict.fromkeys(map(str, values)))
    _scatter(panel, rows, lambda row: kinds.index(str(row["params"][name])) if name in row["params"] else None, colours)
    panel.set_xticks(range(len(kinds)), [short(kind, 12) for kind in kinds])
    panel.set_xlim(-0.5, len(kinds) - 0.5)


def _scatter(panel: Axes, rows: Sequence[Row], x_of: Callable[[Row], float | None], colours: Look) -> None:
    for state, colour, marker in (("complete", colours.blue, "o"), ("pruned", colours.orange, "s")):
        points = [(x_of(row), row["value"]) for row in rows if row["state"] == state and row["value"] is not None]
        points = [point for point in points if point[0] is not None]
        if points:
            panel.plot(*zip(*points, strict=True), marker, color=colour, markersize=6, alpha=0.85, label=state)
