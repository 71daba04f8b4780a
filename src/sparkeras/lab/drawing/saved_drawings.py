"""Drawings kept to train on: a folder of images, one folder per class, which any training takes.

Runs on: driver.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sparkeras.files.atomic import moved
from sparkeras.lab.drawing import stroke_image
from sparkeras.serving.http.responses import Refusal

SIDE, MOST = 28, 20_000
_LABEL = re.compile(r"\w[\w ()-]{0,39}")


class SavedDrawings:
    """The drawings below ``folder``, as MNIST has its digits: 28 x 28, white on black."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def add(self, label: object, image: np.ndarray) -> int:
        """Keep an image (side, side) from 0 to 1 under a label; return how many drawings there are.

        Raises
        ------
        Refusal
            400 for a label that cannot be a folder's name; 409 if there are too many drawings.
        """
        from PIL import Image

        if not isinstance(label, str) or not _LABEL.fullmatch(label):
            raise Refusal(400, f"A label is up to 40 letters and digits; got {str(label)[:60]!r}.")
        if self.count() >= MOST:
            raise Refusal(409, f"'{self.folder}' holds {MOST:,} drawings, the most.")
        folder = self.folder / label
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.fromarray((image * 255).round().astype("uint8"))
        moved(folder / f"{secrets.token_hex(8)}.png", lambda whole: picture.save(whole, "PNG"))
        return self.count()

    def count(self) -> int:
        """Return how many drawings there are."""
        return sum(1 for _ in self.folder.glob("*/*.png"))


def image_of(strokes: Sequence[np.ndarray]) -> np.ndarray:
    """Return strokes as they are kept."""
    return stroke_image.of_strokes(strokes, stroke_image.style_of(SIDE))
