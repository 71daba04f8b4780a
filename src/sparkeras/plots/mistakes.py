"""Wrong predictions: the images themselves, or bars, or one sentence.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sparkeras.plots.canvas import Target, dress, look, new_figure, save, short, write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

COLUMNS = 5


def draw_mistakes(
    path: Target,
    images: Sequence[np.ndarray] | np.ndarray,
    captions: Sequence[str],
    title: str = "",
    dark: bool = False,
) -> None:
    """Draw a grid of wrongly predicted images with a caption each; without any, the sentence "No mistakes".

    Parameters
    ----------
    path : path or binary file
        Where the PNG goes.
    images : list of arrays, (height, width) or (height, width, 1, 3 or 4)
        Numbers of any range: bytes, shares of 1, or the 0 to 16 of digits.
    captions : list of str
        Such as ``"label 4, said 9 (0.87)"``.
    """
    if not len(images):
        draw_notice(path, "No mistakes", dark)
        return
    colours = look(dark)
    wide = min(COLUMNS, max(len(images), 2))
    tall = -(-len(images) // wide)
    figure = new_figure(1.75 * wide, 1.95 * tall + 0.4, colours)
    panels = figure.subplots(tall, wide, squeeze=False).ravel()
    for panel in panels:
        panel.set_axis_off()
    for panel, image, caption in zip(panels, images, captions, strict=False):
        panel.imshow(to_pixels(image), interpolation="nearest")
        text = short(caption, 60)
        panel.set_title(text if len(text) <= 22 else text.replace(", ", ",\n", 1), fontsize=9, color=colours.ink, pad=4)
    figure.suptitle(short(title, 90), fontsize=12, fontweight="bold", color=colours.ink, x=0.01, ha="left")
    save(figure, path)


def draw_bars(
    path: Target, names: Sequence[object], values: Sequence[float], title: str, x: str, dark: bool = False
) -> None:
    """Draw horizontal bars, the first on top: ``names`` (list of str), ``values`` (list of float), ``x`` their unit."""
    colours = look(dark)
    figure = new_figure(6.4, max(2.0, 0.36 * len(names) + 1.2), colours)
    axes = figure.subplots()
    dress(axes, colours, short(title, 60), short(x, 60), grid=False)
    bars = axes.barh(range(len(names)), values, color=colours.orange, height=0.66)
    axes.bar_label(bars, [f"{value:.4g}" for value in values], padding=4, color=colours.ink, fontsize=10)
    axes.set_yticks(range(len(names)), [short(name, 34) for name in names])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.15 * max(values, default=0) or 1.0)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks([])
    save(figure, path)


def draw_notice(path: Target, sentence: str, dark: bool = False) -> None:
    """Draw one sentence, in place of a picture without content."""
    colours = look(dark)
    figure = new_figure(6.4, 2.0, colours)
    figure.text(0.5, 0.5, short(sentence, 200), ha="center", va="center", fontsize=13, color=colours.ink, wrap=True)
    save(figure, path)


def write_image(path: Target, image: ArrayLike) -> None:
    """Write one image (height, width[, channels]) of any range as a small PNG, a pixel each."""
    from matplotlib.image import imsave

    pixels = to_pixels(image)
    no_software: dict[str, Any] = {"Software": None}  # None leaves matplotlib's own entry out
    write_whole(path, lambda target: imsave(target, pixels, format="png", metadata=no_software))


def to_pixels(image: ArrayLike) -> np.ndarray:
    """Return ``image`` (height, width[, 1, 3 or 4]) of any range as bytes, (height, width, 3)."""
    import numpy as np

    pixels = np.nan_to_num(np.asarray(image).astype(float), nan=0.0, posinf=0.0, neginf=0.0)
    pixels = pixels[..., :3] if pixels.ndim == 3 else pixels[..., None]
    low, high = min(pixels.min(), 0.0), pixels.max()
    # Bytes and shares of 1 keep their brightness; any other range, such as the 0 to 16 of digits, which are bytes too,
    # is stretched to its own ends.
    high = 255.0 if 16 < high <= 255 else max(high, 1.0)
    pixels = np.round(255 * (pixels - low) / (high - low)).astype(np.uint8)
    return np.broadcast_to(pixels[..., :1], (*pixels.shape[:2], 3)) if pixels.shape[-1] < 3 else pixels
