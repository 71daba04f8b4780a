"""Images of a data set in a grid, with their labels and predictions.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, look, save, short
from sparkeras.plots.mistakes import to_pixels
from sparkeras.plots.tiles import put, tile_panel

if TYPE_CHECKING:
    import numpy as np

MOST_IMAGES = 60
COLUMNS = 10


def draw_images(
    path: Target,
    images: Sequence[np.ndarray] | np.ndarray,
    labels: Sequence[object],
    predictions: Sequence[object] | None = None,
    title: str = "",
    dark: bool = False,
) -> None:
    """Draw a grid of images with their labels below, and their predictions, if any.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    images : list of arrays, (height, width) or (height, width, 1, 3 or 4)
        Numbers of any range, see ``draw_mistakes``; the first 60 are shown.
    labels : list of str or int
    predictions : list of str or int, optional
        A right one is blue and ticked, a wrong one orange with both names.
    title : str

    Raises
    ------
    DataError
        If there is no image, one has another shape, or there is not one label (and prediction) for each.
    """
    import numpy as np

    for kind, values in (("labels", labels), ("predictions", labels if predictions is None else predictions)):
        if not len(images) or len(values) != len(images):
            raise DataError(
                f"The picture needs images with one label each; got {len(images)} and {len(values)} {kind}."
            )
    colours, count = look(dark), min(len(images), MOST_IMAGES)
    odd = [np.shape(image) for image in images if not _is_image(np.shape(image))]
    if odd:
        raise DataError(f"The picture needs images (height, width) or (height, width, 1, 3 or 4); got shape {odd[0]}.")
    wide = max(3, min(COLUMNS, int(np.ceil(np.sqrt(1.7 * count)))))
    title = title or (f"{count} of {len(images):,} images" if count < len(images) else f"{count} images")
    below = 0.22 if predictions is None else 0.36
    figure, panel = tile_panel(count, wide, 1.15, colours, short(title, 12 * wide), below)
    for i in range(count):
        _, (x, y) = put(panel, i, to_pixels(images[i]), wide, below)
        caption, colour = _caption(labels[i], None if predictions is None else predictions[i], colours)
        panel.text(x, y + 0.05, caption, ha="center", va="top", fontsize=9, color=colour)
    panel.set(xlim=(0, wide), ylim=(-(-count // wide) * (1 + below), 0))
    save(figure, path)


def _is_image(shape: tuple[int, ...]) -> bool:
    return len(shape) == 2 or (len(shape) == 3 and shape[2] in (1, 3, 4))


def _caption(label: object, prediction: object | None, colours: Look) -> tuple[str, str]:
    """Return the text below an image and its colour."""
    if prediction is None:
        return short(label, 16), colours.ink
    if prediction == label:
        return f"{short(label, 14)} ✓", colours.blue
    return f"{short(label, 16)},\nmodel: {short(prediction, 12)}", colours.orange
