"""The filters of a convolution, and its feature maps of one image.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sparkeras.errors import DataError
from sparkeras.plots.canvas import Look, Target, from_paper, look, save, shaped, short
from sparkeras.plots.mistakes import to_pixels
from sparkeras.plots.tiles import put, tile_panel

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage
    from numpy.typing import ArrayLike

MOST_TILES = 64
COLUMNS = 8
SIDE, BAR = 0.95, 0.9  # of a tile, and for the scale beside them, in inches


def draw_filters(path: Target, kernel: ArrayLike, name: str = "", dark: bool = False) -> None:
    """Draw the filters of a convolution as tiles: positive weights blue, negative ones orange.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    kernel : array of float, (height, width, inputs, filters)
        Filters of three inputs are shown in red, green and blue, of more by their mean over the inputs. All share one
        scale; the first 64 are shown.
    name : str
        Of the layer.

    Raises
    ------
    DataError
        If the kernel has another shape.
    """
    import numpy as np

    colours = look(dark)
    weights = shaped(kernel, "a kernel", ("height", "width", "inputs", "filters")).astype(float)
    height, width, inputs, count = weights.shape
    if not weights.size or not np.isfinite(weights).all():
        raise DataError("The picture needs a kernel of finite numbers, and at least one filter.")
    reach = np.abs(weights).max() or 1.0
    title = f"{short(name, 30)}: " if name else ""
    title += f"{min(count, MOST_TILES)} of {count}" if count > MOST_TILES else f"{count}"
    title += f" filters of {height} × {width} weights"
    title += f", mean over {inputs} inputs" if inputs not in (1, 3) else ""
    shown = min(count, MOST_TILES)
    wide = min(COLUMNS, max(shown, 5))
    figure, panel = tile_panel(shown, wide, SIDE, colours, title, room=0.0 if inputs == 3 else BAR)
    if inputs == 3:
        _tiles(panel, np.moveaxis(0.5 + 0.5 * weights / reach, -1, 0)[:shown], wide, colours)  # grey is 0
        save(figure, path)
        return
    means = np.moveaxis(weights.mean(axis=2), -1, 0)[:shown]
    reach = np.abs(means).max() or 1.0
    drawn = _tiles(panel, means, wide, colours, cmap=from_paper(colours, "orange", "blue"), vmin=-reach, vmax=reach)
    _bar(figure, drawn, panel, "weight", colours)
    save(figure, path)


def draw_feature_maps(path: Target, image: ArrayLike, maps: ArrayLike, name: str = "", dark: bool = False) -> None:
    """Draw an image and each channel of a layer's output for it, the larger the bluer.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    image : array, (height, width) or (height, width, 1, 3 or 4)
    maps : array of float, (height, width, channels)
        The layer's output for this image. All share one scale; the first 63 are shown.
    name : str
        Of the layer.

    Raises
    ------
    DataError
        If a shape is another.
    """
    import numpy as np

    colours = look(dark)
    outputs = shaped(maps, "feature maps", ("height", "width", "channels")).astype(float)
    pixels = shaped(image, "an image", ("height", "width", "channels")[: 2 if np.ndim(image) == 2 else 3])
    height, width, count = outputs.shape
    shown = min(count, MOST_TILES - 1)
    if not outputs.size or not np.isfinite(outputs).all():
        raise DataError("The picture needs feature maps of finite numbers, and at least one channel.")
    title = f"{short(name, 30)}: " if name else ""
    title += f"{shown} of {count}" if shown < count else f"{count}"
    title += f" feature maps of {height} × {width}, after the image itself"
    wide = min(COLUMNS, max(1 + shown, 6))
    figure, panel = tile_panel(1 + shown, wide, SIDE, colours, title, room=BAR)
    put(panel, 0, to_pixels(pixels), wide, frame=colours.orange)
    low, high = outputs.min(), outputs.max()
    two_sided = low < 0
    reach = max(abs(low), abs(high)) or 1.0
    drawn = _tiles(
        panel,
        np.moveaxis(outputs[:, :, :shown], -1, 0),
        wide,
        colours,
        first=1,
        cmap=from_paper(colours, "orange", "blue") if two_sided else from_paper(colours, "blue"),
        vmin=-reach if two_sided else 0.0,
        vmax=reach,
    )
    _bar(figure, drawn, panel, "activation", colours)
    save(figure, path)


def _tiles(
    panel: Axes, tiles: Sequence[np.ndarray] | np.ndarray, wide: int, colours: Look, first: int = 0, **colouring: Any
) -> AxesImage:
    """Put tiles on their places, framed faintly; return the last, whose scale is that of all."""
    for number, tile in enumerate(tiles, start=first):
        drawn, _ = put(panel, number, tile, wide, frame=colours.faint, **colouring)
    # Each image set the limits to its own.
    tall = -(-(first + len(tiles)) // wide)
    panel.set(xlim=(0, wide), ylim=(tall, 0))
    return drawn


def _bar(figure: Figure, drawn: AxesImage, panel: Axes, label: str, colours: Look) -> None:
    """Put the labelled colour scale beside the tiles."""
    bar = figure.colorbar(drawn, ax=panel, shrink=0.9, aspect=25, pad=0.02)
    bar.set_label(label, color=colours.ink, fontsize=10)
    bar.ax.tick_params(colors=colours.ink, labelsize=9, length=0)
    bar.outline.set_visible(False)
