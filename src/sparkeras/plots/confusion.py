"""The confusion matrix: predicted against true classes.

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
    from numpy.typing import ArrayLike

MOST_COUNTS = 20  # with more classes than this, numbers in the cells could not be read


def draw_confusion(path: Target, matrix: ArrayLike, names: Sequence[object], dark: bool = False) -> None:
    """Draw a confusion matrix: each line coloured by its shares, right predictions blue, wrong ones orange.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    matrix : array of int, (classes, classes)
        Row counts: line = true class, column = predicted class. A line of zeros is a class without test rows.
    names : list of str or int
        Class names in the matrix's order.

    Raises
    ------
    DataError
        If the matrix is not square, or has not one name per class.
    """
    import numpy as np

    colours = look(dark)
    count = len(np.asarray(matrix))
    counts = shaped(matrix, "a confusion matrix", (count, count))
    if len(names) != count:
        raise DataError(f"The picture needs one name per class; got {len(names)} names for {count} classes.")
    side = 6.4 if count <= 12 else 8.5
    figure = new_figure(side, side * 0.97, colours)
    axes = figure.subplots()
    axes.imshow(_shade(counts, colours), interpolation="nearest", aspect="equal")
    dress(
        axes,
        colours,
        f"Predicted against true classes, {counts.sum():,} test rows",
        "predicted class",
        "true class (rows in each cell)",
        grid=False,
    )
    _name_classes(axes, names, side)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if count <= MOST_COUNTS:
        _write_counts(axes, counts, colours)
        axes.set_xticks(np.arange(count + 1) - 0.5, minor=True)
        axes.set_yticks(np.arange(count + 1) - 0.5, minor=True)
        axes.grid(True, which="minor", color=colours.paper, linewidth=2)
        axes.tick_params(which="minor", length=0)
    else:
        key = "blue: right, orange: wrong; the stronger, the larger the share of the line"
        axes.set_xlabel(f"predicted class\n({key})")
    save(figure, path)


def _name_classes(axes: Axes, names: Sequence[object], side: float) -> None:
    """Write the class names on both axes, as many as are readable on ``side`` inches."""
    count = len(names)
    step = 1 if count <= 40 else 5 if count <= 60 else 10
    places = range(0, count, step)
    labels = [short(names[place], 16) for place in places]
    small = 10 if count <= 12 else 8.5 if count <= 25 else 7
    long_labels = sum(map(len, labels)) > 5 * side
    axes.set_xticks(places, labels, fontsize=small, rotation=90 if long_labels else 0)
    axes.set_yticks(places, labels, fontsize=small)


def _shares(matrix: np.ndarray) -> np.ndarray:
    totals = matrix.sum(axis=1, keepdims=True)
    return matrix / totals.clip(min=1)


def _shade(matrix: np.ndarray, colours: Look) -> np.ndarray:
    """Return an image (classes, classes, 3): paper in empty cells, blue on the diagonal, orange beside it."""
    import numpy as np
    from matplotlib.colors import to_rgb

    paper, blue, orange = (np.array(to_rgb(colour)) for colour in (colours.paper, colours.blue, colours.orange))
    empty = 0.55 * paper + 0.45 * np.array(to_rgb(colours.faint))
    shares = _shares(matrix)
    right = np.eye(len(matrix), dtype=bool)
    # A mistake of 2 % should be seen beside hits of 98 %, so wrong shares are shown by their square root
    strength = np.where(right, shares, 0.12 + 0.88 * np.sqrt(shares))[..., None]
    image = np.where(right[..., None], blue, orange) * strength + paper * (1 - strength)
    return np.where(matrix[..., None] > 0, image, empty)


def _write_counts(axes: Axes, matrix: np.ndarray, colours: Look) -> None:
    import numpy as np

    luminance = _shade(matrix, colours) @ np.array([0.299, 0.587, 0.114])
    size = max(5.5, min(13.0, 115.0 / max(len(matrix), len(f"{matrix.max()}") * len(matrix) / 2.6)))
    for (line, column), number in np.ndenumerate(matrix):
        if number:
            dark_cell = luminance[line, column] < 0.52
            colour = "#ffffff" if dark_cell else "#10151c"
            axes.text(column, line, f"{number}", ha="center", va="center", fontsize=size, color=colour)
