"""Columns of images: Spark's image rows and the bytes of image files, as arrays of the shape that a model asks for.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkeras.files import image_files

if TYPE_CHECKING:
    from PIL.Image import Image

IMAGE_FIELDS = ("origin", "height", "width", "nChannels", "mode", "data")  # of Spark's image data source


def holds_images(kind: pa.DataType) -> bool:
    """Tell whether an Arrow type is that of image files' bytes or of Spark's image data source."""
    if pa.types.is_struct(kind):
        return tuple(field.name for field in kind) == IMAGE_FIELDS
    return pa.types.is_binary(kind) or pa.types.is_large_binary(kind)


def decode(column: pa.Array, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return images as an array, and a mask of the rows without one.

    Parameters
    ----------
    column : pyarrow.Array
    shape : tuple
        (height, width) or (height, width, channels) of the model's input.

    Returns
    -------
    array : (rows, *shape) uint8 array
        Resized (bilinear), turned by the camera's EXIF tag, grey for one channel, first frame of an animation.
    bad : (rows,) bool array
        Rows that are null or that Pillow cannot read; zero in the array.
    """
    array = np.zeros((len(column), *shape), np.uint8)
    bad = np.zeros(len(column), bool)
    for i, cell in enumerate(column):
        image = _opened(cell.as_py())
        if image is None:
            bad[i] = True
        else:
            array[i] = image_files.fitted(image, shape)
    return array, bad


def _opened(cell: bytes | dict[str, Any] | None) -> Image | None:
    """Return the Pillow image of one cell, None for a null or a damaged one."""
    if not isinstance(cell, dict):
        return None if cell is None else image_files.opened(cell)
    try:
        return _of_spark(cell)
    except Exception:  # the row's height, width and channels do not fit its bytes
        return None


def _of_spark(cell: dict[str, Any]) -> Image:
    """Spark keeps images as OpenCV does: rows of bytes, blue before green before red; undefined ones have height -1."""
    from PIL import Image

    pixels = np.frombuffer(cell["data"], np.uint8).reshape(cell["height"], cell["width"], cell["nChannels"])
    if cell["nChannels"] == 1:
        return Image.fromarray(pixels[:, :, 0])
    order = [2, 1, 0, 3][: cell["nChannels"]]
    return Image.fromarray(np.ascontiguousarray(pixels[:, :, order]))
