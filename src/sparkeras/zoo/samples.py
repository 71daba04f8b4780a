"""Generated images as a picture: a grid, and a callback that keeps one per epoch.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import keras
import numpy as np

LEAST_SIDE = 32  # of an image in a grid, in pixels; smaller ones are enlarged


def grid(images: np.ndarray) -> bytes:
    """Return images as one PNG (bytes), in nearly as many rows as columns, with a white line between.

    Parameters
    ----------
    images : (count, height, width) or (count, height, width, 1 or 3) array
        From 0 to 1.
    """
    from PIL import Image

    images = np.asarray(images)
    images = images[..., None] if images.ndim == 3 else images
    times = -(-LEAST_SIDE // min(images.shape[1:3]))
    pixels = np.clip(np.rint(255 * images), 0, 255).astype(np.uint8).repeat(times, axis=1).repeat(times, axis=2)
    count, height, width, channels = pixels.shape
    wide = math.ceil(math.sqrt(count))
    tall = -(-count // wide)
    sheet = np.full((tall * (height + 1) + 1, wide * (width + 1) + 1, channels), 255, np.uint8)
    for number, image in enumerate(pixels):
        top, left = 1 + number // wide * (height + 1), 1 + number % wide * (width + 1)
        sheet[top : top + height, left : left + width] = image
    png = io.BytesIO()
    Image.fromarray(sheet[..., 0] if channels == 1 else sheet).save(png, "PNG")
    return png.getvalue()


class SampleGrid(keras.callbacks.Callback):
    """Keep a grid of images that a GAN makes after each epoch, always from the same noise.

    Parameters
    ----------
    count : int
        Images in a grid.
    seed : int
        Of the noise.
    folder : str or None
        Where each grid is also written as ``epoch-001.png``; a relative path starts in the caller's folder.

    Attributes
    ----------
    pictures : dict of str to bytes
        PNG by file name.
    """

    def __init__(self, count: int = 64, seed: int = 0, folder: str | None = None) -> None:
        super().__init__()
        self.count, self.seed, self.folder = count, seed, folder
        self.pictures: dict[str, bytes] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        name = f"epoch-{epoch + 1:03d}.png"
        self.pictures[name] = grid(self.model.factor * self.model.generate(self.count, self.seed))
        if self.folder:
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            (Path(self.folder) / name).write_bytes(self.pictures[name])
