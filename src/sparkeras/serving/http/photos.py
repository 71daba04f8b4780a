"""An image of a request: opened with care, for a small file may hold a picture as large as the memory.

Runs on: driver.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

from sparkeras.serving.http.responses import Refusal

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")


def of_base64(text: object, subject: str) -> Image:
    """Return the Pillow image of a file in base64, ``opened``; ``subject`` begins the sentence of a refusal.

    Raises
    ------
    Refusal
        400 and 413, as ``opened`` does.
    """
    if not isinstance(text, str):
        raise Refusal(400, f"{subject} must be an image file in base64.")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError as error:  # letters beyond ASCII, too
        raise Refusal(400, f"{subject} is not base64: {error}.") from error
    return opened(content)


def opened(content: bytes) -> Image:
    """Return the Pillow image of a file's bytes, turned as its EXIF orientation says.

    Raises
    ------
    Refusal
        400 for a file that is not an image of FORMATS, 413 for one of more than MOST_PIXELS.
    """
    from PIL import Image, ImageOps

    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)  # reads the head alone
    except Image.DecompressionBombError as error:
        raise _too_large() from error
    except Exception as error:  # each format has errors of its own for damaged files
        raise Refusal(400, f"This is not an image that can be read; expected {', '.join(FORMATS)}.") from error
    if image.width * image.height > MOST_PIXELS:
        raise _too_large(f" ({image.width:,} x {image.height:,})")
    try:
        image.load()
        return ImageOps.exif_transpose(image)
    except Exception as error:
        raise Refusal(400, "The image is damaged.") from error


def _too_large(size: str = "") -> Refusal:
    return Refusal(413, f"The image has too many pixels{size}; {MOST_PIXELS:,} are the most.")
