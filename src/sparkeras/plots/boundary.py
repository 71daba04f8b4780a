"""The decision boundary of a model of two features: the plane in the classes' colours, and the rows on it.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, dress, look, new_figure, save, shaped, short

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

SIDE = 160  # points of the plane on each side
MOST_POINTS = 2000
MARKERS = "osD^vP*"


def draw_boundary(
    path: Target,
    probability: Callable[[np.ndarray], ArrayLike],
    points: ArrayLike,
    label: ArrayLike,
    names: Sequence[object] = (),
    features: Sequence[str] = ("first feature", "second feature"),
    dark: bool = False,
) -> None:
    """Draw the predicted class of each point of the plane, paler where the model is less sure, and the rows.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    probability : function ((points, 2) float array -> (points, classes) float array)
        The model; a result of (points,) or (points, 1) is the probability of class 1. Called once.
    points : array of float, (rows, 2)
        In the units of the model's input. More than 2,000 rows are thinned evenly.
    label : array of int, (rows,)
        Class numbers, 0 to 6; a marker and a colour for each. Wrongly predicted rows are ringed.
    names : list of str
        Of the classes, each another.
    features : pair of str
        Labels of the axes, with units.

    Raises
    ------
    DataError
        If a shape is another, or there are more than seven classes.
    """
    import numpy as np

    colours = look(dark)
    x = shaped(points, "points", ("rows", 2)).astype(float)
    y = shaped(label, "classes", (len(x),)).astype(int)
    grid, edges = _plane(x)
    shares = _shares(probability(np.concatenate([grid, x])), len(grid) + len(x))
    classes = shares.shape[1]
    if not len(x) or classes > len(MARKERS) or y.min() < 0 or y.max() >= classes:
        wrong = f"{classes} classes and labels {y.min()} to {y.max()}" if len(x) else "no points"
        raise DataError(f"The picture needs labelled points of at most {len(MARKERS)} classes; got {wrong}.")
    figure = new_figure(6.8, 6.0, colours)
    axes = figure.subplots()
    predicted = shares[len(grid) :].argmax(axis=1)
    title = f"{len(x):,} rows, accuracy {100 * (predicted == y).mean():.1f} %"
    dress(axes, colours, title, short(features[0], 50), short(features[1], 50), grid=False)
    tones = _tones([str(names[i]) if i < len(names) else f"class {i}" for i in range(classes)], colours)
    _paint(axes, shares[: len(grid)], edges, list(tones.values()), colours)
    _put_points(axes, x, y, predicted, tones, colours)
    axes.set(xlim=edges[:2], ylim=edges[2:])
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=10, labelcolor=colours.ink)
    save(figure, path)


def _plane(points: np.ndarray) -> tuple[np.ndarray, tuple[float, float, float, float]]:
    """Return the points of the plane around the rows, (SIDE * SIDE, 2), and its edges."""
    import numpy as np

    low, high = (points.min(axis=0), points.max(axis=0)) if len(points) else (np.zeros(2), np.ones(2))
    room = np.where(high > low, 0.08 * (high - low), 1.0)
    low, high = low - room, high + room
    across, up = (np.linspace(low[axis], high[axis], SIDE) for axis in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    return grid, (low[0], high[0], low[1], high[1])


def _shares(probabilities: ArrayLike, rows: int) -> np.ndarray:
    """Return probabilities as (rows, classes), also of a model with one output."""
    import numpy as np

    shares = np.asarray(probabilities, float)
    if shares.shape in ((rows,), (rows, 1)):
        shares = shares.reshape(rows, 1)
        return np.hstack([1 - shares, shares])
    return shaped(shares, "probabilities", (rows, "classes"))


def _tones(names: list[str], colours: Look) -> dict[str, str]:
    """Return the colour of each class by its name; a class named "blue" is blue."""
    own = {name: getattr(colours, name) for name in names if name in ("blue", "orange", "green")}
    left = iter(colour for colour in colours.series if colour not in own.values())
    return {name: own[name] if name in own else next(left) for name in names}


def _paint(
    axes: Axes, shares: np.ndarray, edges: tuple[float, float, float, float], tones: list[str], colours: Look
) -> None:
    """Colour the plane by the predicted class, and draw the line where two classes are equally likely."""
    import numpy as np
    from matplotlib.colors import to_rgb

    paper = np.array(to_rgb(colours.paper))
    rgb = np.array([to_rgb(colour) for colour in tones])
    best = np.sort(shares, axis=1)[:, ::-1]
    # The most certain is 0.55 of the full colour, so that rows stay visible; a tie between two is the bare paper.
    strength = 0.55 * np.clip(best[:, :1] - best[:, 1:2], 0, 1)
    image = paper + (rgb[shares.argmax(axis=1)] - paper) * strength
    axes.imshow(image.reshape(SIDE, SIDE, 3), extent=edges, origin="lower", aspect="auto", interpolation="bilinear")
    across, up = np.linspace(*edges[:2], SIDE), np.linspace(*edges[2:], SIDE)
    for number in range(shares.shape[1]):
        lead = shares[:, number] - np.delete(shares, number, axis=1).max(axis=1)
        if lead.min() < 0 < lead.max():
            axes.contour(across, up, lead.reshape(SIDE, SIDE), levels=[0.0], colors=colours.ink, linewidths=1.4)


def _put_points(
    axes: Axes, points: np.ndarray, label: np.ndarray, predicted: np.ndarray, tones: dict[str, str], colours: Look
) -> None:
    import numpy as np

    shown = np.linspace(0, len(points) - 1, min(len(points), MOST_POINTS)).astype(int)
    for number, ((name, colour), marker) in enumerate(zip(tones.items(), MARKERS, strict=False)):
        rows = shown[label[shown] == number]
        if len(rows):
            x, y = points[rows].T
            axes.scatter(x, y, s=26, color=colour, marker=marker, edgecolors=colours.paper, linewidths=0.7,
                         label=short(name, 20))  # fmt: skip
    wrong = shown[label[shown] != predicted[shown]]
    if len(wrong):
        x, y = points[wrong].T
        axes.scatter(x, y, s=90, facecolors="none", edgecolors=colours.ink, linewidths=1.1, label="wrong")
