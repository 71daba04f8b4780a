"""How many rows of a class a model finds early, when the rows are looked at by its probability: gains and lift.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Target, dress, legend, look, new_figure, save, shaped, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

FIRST = 0.1  # share of the rows whose lift the picture names
_POINTS = 201


def draw_gains(
    path: Target, positive: ArrayLike, scores: Mapping[str, ArrayLike], what: str = "the class", dark: bool = False
) -> None:
    """Draw the share of a class that is found in the first rows, the most probable ones first, for each model.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    positive : array of bool, (rows,)
        Which rows are of the class; one at least.
    scores : dict of name to array, (rows,)
        Up to four models: the larger, the earlier.
    what : str
        The class, for the axes.

    Raises
    ------
    DataError
        If shapes differ, or no row is of the class.
    """
    import numpy as np

    colours = look(dark)
    found = shaped(positive, "rows of the class", ("rows",)).astype(bool)
    if not found.any():
        raise DataError("No row is of the class whose gains are to be drawn.")
    figure = new_figure(6.4, 6.0, colours)
    axes = figure.subplots()
    dress(
        axes,
        colours,
        f"Found early, {len(found):,} test rows",
        "rows looked at, the most probable first, in %",
        f"{short(what, 30)}: found, in %",
    )
    share = np.linspace(0, 1, _POINTS)
    axes.plot([0, 100], [0, 100], color=colours.orange, linewidth=1.8, label="in any order")
    styles = zip((colours.blue, colours.green, *colours.more), ("-", (0, (5, 2)), ":", "-."), strict=False)
    for (name, score), (colour, style) in zip(scores.items(), styles, strict=False):
        score = shaped(score, name, (len(found),))
        early = gains(found, score, share)
        label = f"{short(name, 30)}: {gains(found, score, np.array([FIRST]))[0] / FIRST:.1f} times as many"
        axes.plot(100 * share, 100 * early, color=colour, linestyle=style, linewidth=2.2, label=label)
    axes.axvline(100 * FIRST, color=colours.faint, linewidth=1.4)
    axes.set(xlim=(0, 100), ylim=(0, 101))
    box = legend(axes, colours, loc="lower right", title=f"in the first {FIRST:.0%}".replace("%", " %"))
    box.get_title().set_color(colours.ink)
    save(figure, path)


def gains(positive: np.ndarray, score: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the shares of the positive rows among the first rows by score; rows of one score are found evenly."""
    import numpy as np

    values, place = np.unique(-score, return_inverse=True)
    rows = np.concatenate([[0], np.cumsum(np.bincount(place, minlength=len(values)))])
    hits = np.concatenate([[0], np.cumsum(np.bincount(place, positive, minlength=len(values)))])
    return np.interp(share, rows / rows[-1], hits / hits[-1])
