"""Whether predicted probabilities come true: a calibration curve, and how many rows got which probability.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, legend, look, new_figure, save, shaped, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

BINS = 10
FEWEST = 5  # rows of a point; fewer say nothing


def draw_calibration(
    path: Target, probability: ArrayLike, happened: ArrayLike, what: str = "the event", dark: bool = False
) -> None:
    """Draw how often something happened against the probability that was predicted for it, in ten bins.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    probability : array of float, (rows,)
        From 0 to 1.
    happened : array of bool, (rows,)
    what : str
        What was predicted, for the axes, e.g. ``"late is yes"``.

    Raises
    ------
    DataError
        If the two have other shapes.

    Notes
    -----
    Bars are 95 % intervals of Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953.
    """
    colours = look(dark)
    x, y = shaped(probability, "probabilities", ("rows",)), shaped(happened, "what happened", ("rows",))
    if x.shape != y.shape:
        raise DataError(f"There are {len(x):,} probabilities and {len(y):,} rows of what happened; expected as many.")
    figure = new_figure(6.4, 6.0, colours)
    curve, bars = figure.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    dress(curve, colours, f"Predicted and true frequency, {len(x):,} rows", "", f"{short(what, 30)}: how often, in %")
    dress(bars, colours, "", f"predicted probability that {short(what, 30)}, in %", "rows, in %")
    place = (x * BINS).astype(int).clip(0, BINS - 1)
    _curve(curve, x, y.astype(float), place, colours)
    counts = [100 * (place == number).mean() for number in range(BINS)] if len(x) else [0] * BINS
    bars.bar([100 * (number + 0.5) / BINS for number in range(BINS)], counts, width=92 / BINS, color=colours.blue)
    curve.set(xlim=(-2, 102), ylim=(-3, 103))
    save(figure, path)


def _curve(axes: Axes, x: np.ndarray, y: np.ndarray, place: np.ndarray, colours: Look) -> None:
    import numpy as np

    axes.plot([0, 100], [0, 100], color=colours.orange, linewidth=1.8, label="truth: predicted = how often")
    points = [(x[chosen].mean(), y[chosen].mean(), chosen.sum()) for chosen in (place == n for n in range(BINS))
              if chosen.sum() >= FEWEST]  # fmt: skip
    if points:
        predicted, share, rows = np.array(points).T
        low, high = _interval(share, rows)
        errors = 100 * np.stack([share - low, high - share]).clip(0)
        axes.errorbar(100 * predicted, 100 * share, errors, color=colours.blue, marker="o", markersize=6, linewidth=1.8,
                      elinewidth=1.4, capsize=3, label="test rows, with 95 % intervals")  # fmt: skip
    legend(axes, colours, loc="upper left")


def _interval(share: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    z = 1.96
    centre = (share + z**2 / (2 * rows)) / (1 + z**2 / rows)
    half = z / (1 + z**2 / rows) * (share * (1 - share) / rows + z**2 / (4 * rows**2)) ** 0.5
    return centre - half, centre + half
