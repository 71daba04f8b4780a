"""What a convolution looks for, and what it finds in one image.

Runs on: driver. Imports: matplotlib and NumPy, when a picture is drawn.
"""

from sparkeras.errors import DataError
from sparkeras.plots.canvas import from_paper, look, new_figure, save, shaped, short
from sparkeras.plots.mistakes import to_pixels

MOST_TILES = 64
COLUMNS = 8


def draw_filters(path, kernel, name="", dark=False):
    """Draw the filters of a convolution as tiles: blue where it wants light, orange where it wants darkness.

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    kernel : array of float, (height, width, inputs, filters)
        As Keras keeps it. Filters of three inputs are shown in red, green and blue, of more by their mean over the
        inputs. All share one scale; the first 64 are shown.
    name : str
        Of the layer.

    Raises
    ------
    DataError
        If the kernel has another shape.
    """
    import numpy as np

    colours = look(dark)
    kernel = shaped(kernel, "a kernel", ("height", "width", "inputs", "filters")).astype(float)
    height, width, inputs, count = kernel.shape
    if not kernel.size or not np.isfinite(kernel).all():
        raise DataError("The picture needs a kernel of finite numbers, and at least one filter.")
    reach = np.abs(kernel).max() or 1.0
    title = f"{short(name, 30)}: " if name else ""
    title += f"{min(count, MOST_TILES)} of {count}" if count > MOST_TILES else f"{count}"
    title += f" filters of {height} × {width} weights"
    title += f", mean over {inputs} inputs" if inputs not in (1, 3) else ""
    figure, panels = _grid(min(count, MOST_TILES), colours, title, has_bar=inputs != 3)
    if inputs == 3:
        _tiles(panels, np.moveaxis(0.5 + 0.5 * kernel / reach, -1, 0))  # grey is no weight
        save(figure, path)
        return
    means = np.moveaxis(kernel.mean(axis=2), -1, 0)
    reach = np.abs(means).max() or 1.0
    drawn = _tiles(panels, means, cmap=from_paper(colours, "orange", "blue"), vmin=-reach, vmax=reach)
    _bar(figure, drawn, panels, "weight", colours)
    save(figure, path)


def draw_feature_maps(path, image, maps, name="", dark=False):
    """Draw an image and what each channel of a layer answers to it, the stronger the bluer.

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
    maps = shaped(maps, "feature maps", ("height", "width", "channels")).astype(float)
    image = shaped(image, "an image", ("height", "width", "channels")[: np.ndim(image) if np.ndim(image) == 2 else 3])
    height, width, count = maps.shape
    shown = min(count, MOST_TILES - 1)
    if not maps.size or not np.isfinite(maps).all():
        raise DataError("The picture needs feature maps of finite numbers, and at least one channel.")
    title = f"{short(name, 30)}: " if name else ""
    title += f"{shown} of {count}" if shown < count else f"{count}"
    title += f" feature maps of {height} × {width}, after the image itself"
    figure, panels = _grid(1 + shown, colours, title, has_bar=True)
    panels[0].imshow(to_pixels(image), interpolation="nearest")
    for spine in panels[0].spines.values():
        spine.set(visible=True, color=colours.orange, linewidth=2.5)
    low, high = maps.min(), maps.max()
    two_sided = low < 0
    reach = max(abs(low), abs(high)) or 1.0
    drawn = _tiles(
        panels[1:],
        np.moveaxis(maps[:, :, :shown], -1, 0),
        cmap=from_paper(colours, "orange", "blue") if two_sided else from_paper(colours, "blue"),
        vmin=-reach if two_sided else 0.0,
        vmax=reach,
    )
    _bar(figure, drawn, panels, "activation", colours)
    save(figure, path)


def _grid(count, colours, title, has_bar):
    """Return a figure and so many square panels without ticks, framed faintly."""
    wide = min(COLUMNS, max(count, 4))
    tall = -(-count // wide)
    figure = new_figure(0.95 * wide + 0.9 * has_bar, 0.95 * tall + 0.7, colours)
    figure.get_layout_engine().set(w_pad=0.04, h_pad=0.04)
    panels = figure.subplots(tall, wide, squeeze=False).ravel()
    for panel in panels[count:]:
        panel.set_visible(False)
    for panel in panels[:count]:
        panel.set(xticks=[], yticks=[], facecolor=colours.paper)
        for spine in panel.spines.values():
            spine.set_color(colours.faint)
    figure.suptitle(title, fontsize=12, fontweight="bold", color=colours.ink, x=0.01, ha="left")
    return figure, panels[:count]


def _tiles(panels, tiles, **colouring):
    drawn = None
    for panel, tile in zip(panels, tiles, strict=False):
        drawn = panel.imshow(tile, interpolation="nearest", **colouring)
    return drawn


def _bar(figure, drawn, panels, words, colours):
    """Put the scale beside the tiles, with what it measures."""
    bar = figure.colorbar(drawn, ax=list(panels), shrink=0.9, aspect=30, pad=0.02)
    bar.set_label(words, color=colours.ink, fontsize=10)
    bar.ax.tick_params(colors=colours.ink, labelsize=9, length=0)
    bar.outline.set_visible(False)
