"""How much a model's figure loses without each column: bars with their spread.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Target, dress, look, new_figure, save, shaped, short

MOST_BARS = 20


def draw_importance(
    path: Target,
    names: Sequence[object],
    losses: Sequence[float],
    spreads: Sequence[float],
    figure_name: str = "figure",
    dark: bool = False,
) -> None:
    """Draw a bar per column, the most important on top, and a line for its standard deviation.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    names : list of str
        Of at least one column; of more than 20 the first 20 are shown, and the title says so.
    losses, spreads : list of float
        Mean and standard deviation of what the figure loses when the column's values are shuffled.
    figure_name : str
        For the axis, e.g. ``"accuracy"``.

    Raises
    ------
    DataError
        If there are not as many of each.
    """
    colours = look(dark)
    values, errors = shaped(losses, "losses", ("columns",)), shaped(spreads, "spreads", ("columns",))
    if not len(values) or not len(names) == len(values) == len(errors):
        raise DataError(
            f"The picture needs columns with a loss and a spread each; got {len(names)} columns, {len(values)} losses "
            f"and {len(errors)} spreads."
        )
    count = min(len(names), MOST_BARS)
    figure = new_figure(6.4, max(2.2, 0.34 * count + 1.3), colours)
    axes = figure.subplots()
    title = f"The {count} most important of {len(names)} columns" if count < len(names) else "Importance of each column"
    dress(axes, colours, title, f"loss of {short(figure_name, 40)} when the column is shuffled")
    axes.grid(False, axis="y")
    axes.barh(range(count), values[:count], color=colours.blue, height=0.66)
    axes.errorbar(values[:count], range(count), xerr=errors[:count], fmt="none", ecolor=colours.orange, elinewidth=2)
    axes.axvline(0, color=colours.ink, linewidth=0.8)
    axes.set_yticks(range(count), [short(name, 30) for name in names[:count]])
    axes.set_ylim(count - 0.4, -0.6)
    axes.margins(x=0.06)
    save(figure, path)
