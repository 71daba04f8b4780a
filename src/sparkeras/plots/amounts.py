"""Predicted numbers against true ones: a scatter plot, and the residuals.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, legend, look, new_figure, save, shaped, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

MOST_POINTS = 4000
MOST_TARGETS = 6
BINS = 31


def draw_scatter(
    path: Target,
    label: ArrayLike,
    prediction: ArrayLike,
    unit: str = "",
    targets: Sequence[str] = (),
    dark: bool = False,
) -> None:
    """Draw predicted against true numbers, with the line on which a perfect model's points lie.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    label, prediction : arrays of float, (rows,) or (rows, targets)
        A panel for each target, at most six. More than 4,000 rows are thinned evenly, and the title says so.
    unit : str
        Of the numbers, e.g. ``"km"``.
    targets : list of str
        Names of the targets, with their units where ``unit`` is not given.

    Raises
    ------
    DataError
        If the two have other shapes.
    """
    colours = look(dark)
    x, y = _pairs(label, prediction)
    count = min(x.shape[1], MOST_TARGETS)
    figure = new_figure(6.4, 6.2 if count == 1 else 5.6 * count, colours)
    for target, axes in enumerate(figure.subplots(count, 1, squeeze=False)[:, 0]):
        shown, rows = _shown(x[:, target], y[:, target])
        title = _title("Predicted against true", rows, target, count, targets)
        dress(axes, colours, title, _axis("true", target, targets, unit), _axis("predicted", target, targets, unit))
        _scatter(axes, x[shown, target], y[shown, target], colours)
    save(figure, path)


def draw_residuals(
    path: Target,
    label: ArrayLike,
    prediction: ArrayLike,
    unit: str = "",
    targets: Sequence[str] = (),
    dark: bool = False,
) -> None:
    """Draw the residuals, predicted less true, against the prediction, and how often each difference occurs.

    Parameters and errors are those of ``draw_scatter``. The points of a good model lie around zero, equally wide
    everywhere.
    """
    colours = look(dark)
    x, y = _pairs(label, prediction)
    count = min(x.shape[1], MOST_TARGETS)
    figure = new_figure(7.6, 3.9 * count, colours)
    panels = figure.subplots(count, 2, squeeze=False, sharey="row", width_ratios=[3, 1])
    for target, (cloud, bars) in enumerate(panels):
        shown, rows = _shown(x[:, target], y[:, target])
        title = _title("Residuals", rows, target, count, targets)
        x_name = _axis("predicted", target, targets, unit)
        dress(cloud, colours, title, x_name, _axis("predicted − true", target, targets, unit))
        dress(bars, colours, "", "rows, in %")
        _residuals(cloud, bars, x[shown, target], y[shown, target], colours)
    save(figure, path)


def _pairs(label: ArrayLike, prediction: ArrayLike) -> list[np.ndarray]:
    """Return both as (rows, targets), or raise DataError where their shapes differ."""
    import numpy as np

    label, prediction = np.asarray(label), np.asarray(prediction)
    if prediction.ndim == 2 and prediction.shape[1] == 1:
        prediction = prediction[:, 0]
    if label.ndim == 2 and label.shape[1] == 1:
        label = label[:, 0]
    sizes = ("rows", "targets") if label.ndim == 2 else ("rows",)
    pair = shaped(label, "true values", sizes), shaped(prediction, "predicted values", sizes)
    if pair[0].shape != pair[1].shape:
        raise DataError(
            f"True values of shape {label.shape} have predictions of {prediction.shape}; expected the same."
        )
    return [(each if each.ndim == 2 else each[:, None]).astype(float) for each in pair]


def _shown(label: np.ndarray, prediction: np.ndarray) -> tuple[np.ndarray, str]:
    """Return the numbers of the rows to draw, and how many of all these are, for the title."""
    import numpy as np

    finite = np.flatnonzero(np.isfinite(label) & np.isfinite(prediction))
    shown = (
        finite[np.linspace(0, len(finite) - 1, min(len(finite), MOST_POINTS)).astype(int)] if len(finite) else finite
    )
    count = f"{len(label):,} test rows" if len(shown) == len(label) else f"{len(shown):,} of {len(label):,} test rows"
    return shown, count


def _title(title: str, rows: str, target: int, count: int, targets: Sequence[str]) -> str:
    if count > 1:
        name = targets[target].split(" (")[0] if target < len(targets) else f"target {target + 1}"
        title = f"{title}: {short(name)}"
    return f"{title}, {rows}"


def _axis(kind: str, target: int, targets: Sequence[str], unit: str) -> str:
    """Return the name of an axis, with its unit."""
    name = short(targets[target], 26) if target < len(targets) else "value" if unit else "value (unit of the label)"
    return f"{kind} {name}, in {short(unit, 24)}" if unit else f"{kind} {name}"


def _scatter(axes: Axes, x: np.ndarray, y: np.ndarray, colours: Look) -> None:
    if not len(x):
        _nothing(axes, colours)
        return
    low, high = min(x.min(), y.min()), max(x.max(), y.max())
    edge = 0.04 * (high - low) or 1.0
    axes.plot([low, high], [low, high], color=colours.orange, linewidth=1.8, label="truth: predicted = true")
    axes.scatter(x, y, s=18, color=colours.blue, alpha=_alpha(x), edgecolors="none", label="test row")
    axes.set(xlim=(low - edge, high + edge), ylim=(low - edge, high + edge), aspect="equal")
    legend(axes, colours, loc="best", frameon=True, facecolor=colours.paper, edgecolor="none", framealpha=0.85)


def _residuals(cloud: Axes, bars: Axes, x: np.ndarray, y: np.ndarray, colours: Look) -> None:
    import numpy as np

    if not len(x):
        _nothing(cloud, colours)
        bars.set_visible(False)
        return
    left = y - x
    cloud.axhline(0, color=colours.orange, linewidth=1.8, label="truth: no difference")
    cloud.scatter(y, left, s=18, color=colours.blue, alpha=_alpha(x), edgecolors="none", label="test row")
    reach = 1.08 * np.abs(left).max() or 1.0
    cloud.set_ylim(-reach, 1.25 * reach)  # room for the legend above the points
    legend(cloud, colours, loc="upper left", ncols=2)
    weights = np.full(len(left), 100 / len(left))
    bars.hist(left, bins=np.linspace(-reach, reach, BINS + 1).tolist(), weights=weights, orientation="horizontal",
              color=colours.blue)  # fmt: skip
    bars.axhline(0, color=colours.orange, linewidth=1.8)
    mean, spread = (f"{value:.3g}" for value in (left.mean(), left.std()))
    bars.set_title(f"mean {mean}, spread {spread}", loc="right", fontsize=9, color=colours.ink, pad=10)


def _alpha(rows: np.ndarray) -> float:
    return 0.75 if len(rows) < 500 else 0.3


def _nothing(axes: Axes, colours: Look) -> None:
    axes.text(0.5, 0.5, "no finite value", transform=axes.transAxes, ha="center", color=colours.ink, fontsize=12)
