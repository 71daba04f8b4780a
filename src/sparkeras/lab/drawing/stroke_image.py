"""From strokes or a photo to the small image that a network of digits knows.

Runs on: driver.

MNIST's digits were scaled, their sides kept in proportion, into a box of 20 x 20 pixels, and set into 28 x 28 with
their centre of mass in the middle (LeCun et al., http://yann.lecun.com/exdb/mnist/). The embedded digits fill their
8 x 8 pixels (Alpaydin and Kaynak 1998). A mouse draws with another pen than theirs, so strokes are drawn anew with a
pen like theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sparkeras.errors import DataError
from sparkeras.files.image_files import in_eight_bits

if TYPE_CHECKING:
    from PIL.Image import Image

_FINER = 8  # strokes are drawn this much larger, then averaged: soft edges
_SMALL_SIDE = 16  # up to here an image is filled as the embedded digits are


@dataclass(frozen=True)
class Style:
    """How digits lie in an image of ``side`` pixels: in a ``box``, by a ``pen``, centred by mass or by the box."""

    side: int
    box: float
    pen: float
    by_mass: bool


def style_of(side: int) -> Style:
    """Return the Style of images of a side."""
    if side <= _SMALL_SIDE:
        return Style(side, side * 0.95, side * 1.5 / 8, by_mass=False)
    return Style(side, side * 20 / 28, side * 2.6 / 28, by_mass=True)


def of_strokes(strokes: Sequence[np.ndarray], style: Style) -> np.ndarray:
    """Return strokes as an image (side, side) from 0, paper, to 1, ink.

    Parameters
    ----------
    strokes : list of (points, 2) arrays
        x to the right, y downwards, in any unit.
    style : Style
    """
    from PIL import Image, ImageDraw

    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    scale = (style.box - style.pen) / max(*(high - low), 1e-9) * _FINER
    middle = style.side * _FINER / 2
    if (high - low).max() < 1e-6:  # a dot
        scale = 0.0
    large = Image.new("L", (style.side * _FINER,) * 2)
    draw, half = ImageDraw.Draw(large), style.pen * _FINER / 2
    for stroke in strokes:
        places = [tuple(place) for place in (stroke - (low + high) / 2) * scale + middle]
        draw.line(places, fill=255, width=max(1, round(2 * half)))
        for x, y in places:  # round ends and corners
            draw.ellipse((x - half, y - half, x + half, y + half), fill=255)
    image = np.asarray(large.reduce(_FINER), np.float32) / 255
    return _centred(image) if style.by_mass else image


def of_photo(image: Image, style: Style) -> np.ndarray:
    """Return the ink of a photo as ``of_strokes`` does: the pixels that differ from its edge, in the box.

    Raises
    ------
    DataError
        If nothing differs.
    """
    from PIL import Image

    image = in_eight_bits(image)
    if image.mode in ("1", "P", "PA"):  # made smaller as they are, they would lose points instead of mixing them
        image = image.convert("RGBA" if image.has_transparency_data else "L")
    image.thumbnail((512, 512))
    grey = np.asarray(_on_paper(image).convert("L"), np.float32)
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = np.abs(grey - np.median(edge))
    ink = np.clip(ink / max(np.percentile(ink, 99), 16), 0, 1)
    ink[ink < 0.35] = 0  # shadows and the paper's grain
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise DataError("There is nothing to see in this picture: it has one colour all over.")
    ink = _with_pen(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], style)
    scale, side = style.box * _FINER / max(ink.shape), style.side * _FINER
    height, width = (max(1, round(each * scale)) for each in ink.shape)
    large = Image.new("L", (side, side))
    boxed = Image.fromarray(np.uint8(ink * 255)).resize((width, height), Image.Resampling.BOX)
    large.paste(boxed, ((side - width) // 2, (side - height) // 2))
    whole = np.asarray(large.reduce(_FINER), np.float32) / 255
    return _centred(whole) if style.by_mass else whole


def _with_pen(ink: np.ndarray, style: Style) -> np.ndarray:
    """Thicken the lines of ink (height, width) to those of the style's pen; thicker ones stay as they are."""
    from PIL import Image, ImageFilter

    inked = np.pad(ink > 0, 1)
    # Of a long line, edges are twice its length; counted in steps along rows and columns they are 4 / pi too many.
    edges = np.pi / 4 * ((inked[1:] != inked[:-1]).sum() + (inked[:, 1:] != inked[:, :-1]).sum())
    missing = style.pen / style.box * max(ink.shape) - 2 * inked.sum() / edges
    if missing < 2:
        return ink
    around = int(missing / 2)
    wide = Image.fromarray(np.uint8(np.pad(ink, around) * 255))
    return np.asarray(wide.filter(ImageFilter.MaxFilter(2 * around + 1)), np.float32) / 255


def _on_paper(image: Image) -> Image:
    """Lay an image that is transparent somewhere on paper: a white one, or a black one beneath light ink."""
    from PIL import Image

    if not image.has_transparency_data:
        return image
    image = image.convert("RGBA")
    pixels = np.asarray(image.convert("LA"), np.float32)
    ink = pixels[..., 0][pixels[..., 1] > 127]
    is_light = len(ink) and np.percentile(ink, 5) > 160
    return Image.alpha_composite(Image.new("RGBA", image.size, "black" if is_light else "white"), image)


def _centred(image: np.ndarray) -> np.ndarray:
    """Shift an image by whole pixels so that its centre of mass lies in the middle; nothing is shifted out of it."""
    total = image.sum()
    if not total:
        return image
    for axis in (0, 1):
        profile = image.sum(axis=1 - axis)
        offset = round((len(profile) - 1) / 2 - float((profile * np.arange(len(profile))).sum() / total))
        inked = np.flatnonzero(profile)
        shift = int(np.clip(offset, -inked[0], len(profile) - 1 - inked[-1]))
        image = np.roll(image, shift, axis=axis)
    return image
