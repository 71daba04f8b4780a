"""The bytes of an image file as an array of a shape.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}  # Pillow's, by channels


def opened(content: bytes) -> Image.Image | None:
    """Return the Pillow image that some bytes hold, upright by its EXIF orientation; None where they hold none."""
    from PIL import Image, ImageOps

    try:
        image = Image.open(io.BytesIO(content))
        image.load()
        return ImageOps.exif_transpose(image)
    except Exception:  # each of Pillow's formats has errors of its own for damaged files
        return None


def in_eight_bits(image: Image.Image) -> Image.Image:
    """Return a Pillow image of 16 bits per pixel with the highest eight; Pillow's convert keeps the lowest."""
    from PIL import Image

    if not image.mode.startswith("I"):
        return image
    return Image.fromarray(np.clip(np.asarray(image) >> 8, 0, 255).astype(np.uint8))


def fitted(image: Image.Image, shape: tuple[int, ...]) -> np.ndarray:
    """Return a Pillow image as a uint8 array of a shape.

    Parameters
    ----------
    image : PIL.Image.Image
        Of an animation the first frame counts.
    shape : tuple
        (height, width), or (height, width, channels): one channel for grey, 3 for RGB, 4 for RGBA. Resized by
        bilinear interpolation, without keeping the ratio of the sides.
    """
    from PIL import Image

    height, width = shape[:2]
    image = in_eight_bits(image).convert(_MODES[shape[2] if len(shape) == 3 else 1])
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(shape)
