"""A model's guess for an image, and the feature maps and units that were active.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.files.image_files import fitted
from sparkeras.lab.drawing import stroke_image
from sparkeras.lab.runs_api.folder import is_image, what_to_draw
from sparkeras.serving.model import by_class

if TYPE_CHECKING:
    from PIL.Image import Image

    from sparkeras.serving.model import ServedModel

MOST_LAYERS, MOST_MAPS = 6, 32
_SHOWN = (keras.layers.Conv2D, keras.layers.MaxPooling2D, keras.layers.Dense)


class Guesser:
    """A served model of images, and the same model with the outputs of its layers.

    Raises
    ------
    InvalidModelError
        If the model takes no images, or is not a classifier.
    """

    def __init__(self, served: ServedModel) -> None:
        self.served, self.shape = served, _image_shape(served)
        self.style = stroke_image.style_of(self.shape[0])
        self.largest = _largest(served.model)
        self.layers = [layer for layer in served.model.layers[:-1] if isinstance(layer, _SHOWN)][:MOST_LAYERS]
        tensors = [layer.output for layer in self.layers]
        self.inside = keras.Model(served.model.inputs, [*tensors, *served.model.outputs])
        self.classes = served.classes or [str(number) for number in range(served.outputs[0].shape[-1] or 0)]

    def of_strokes(self, strokes: Sequence[np.ndarray]) -> dict[str, Any]:
        """Return the guess for strokes, as ``guess`` does."""
        return self.guess(self._in_channels(stroke_image.of_strokes(strokes, self.style)))

    def of_photo(self, image: Image) -> dict[str, Any]:
        """Return the guess for a Pillow image: its ink for a model of grey images, the photo itself for colours."""
        if len(self.shape) == 3 and self.shape[2] == 3 and not what_to_draw(self.classes):
            return self.guess(fitted(image, self.shape) / 255)
        return self.guess(self._in_channels(stroke_image.of_photo(image, self.style)))

    def guess(self, image: np.ndarray) -> dict[str, Any]:
        """Return classes, probabilities, the image as the model sees it and the layers' outputs, for JSON.

        Parameters
        ----------
        image : array (height, width[, channels]) from 0 to 1
        """
        row = (image * self.largest).reshape(1, *self.served.inputs[0].shape).astype(self.served.inputs[0].dtype)
        *activations, output = keras.tree.flatten(self.inside.predict_on_batch(row))
        return {
            "classes": self.classes,
            "probabilities": [round(float(each), 4) for each in by_class(np.asarray(output))[0]],
            "seen": {"shape": list(image.shape), "pixels": (image.ravel() * 255).round().astype(np.uint8)},
            "layers": [
                _layer(layer, np.asarray(each)[0]) for layer, each in zip(self.layers, activations, strict=True)
            ],
        }

    def _in_channels(self, image: np.ndarray) -> np.ndarray:
        if len(self.shape) == 2:
            return image
        return np.repeat(image[:, :, None], self.shape[2], axis=2)


def _image_shape(served: ServedModel) -> tuple[int, ...]:
    """Return (height, width[, channels]) of a model's input; a flat square is one."""
    shape = tuple(size or 0 for size in served.inputs[0].shape)  # 0 where any size will do
    folder, outputs = Path(served.folder), served.outputs
    if served.task != "classification" or len(served.inputs) > 1 or len(outputs) > 1 or len(outputs[0].shape) != 1:
        raise InvalidModelError(f"The run '{folder.name}' does not classify images.")
    if len(shape) == 1 and shape[0] and round(shape[0] ** 0.5) ** 2 == shape[0] and shape[0] >= 49:
        return (round(shape[0] ** 0.5),) * 2
    if is_image(shape):
        return shape
    raise InvalidModelError(f"The run '{folder.name}' takes {served.inputs[0].shape}, which is not a square image.")


def _largest(model: keras.Model) -> float:
    """Return the number of full ink in the model's rows: the divisor of its first scaling layer, else 255."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling) and np.ndim(layer.scale) == 0 and layer.scale > 0:
            return 1 / float(layer.scale)
    return 255.0


def _layer(layer: keras.Layer, output: np.ndarray) -> dict[str, Any]:
    """Return a layer's output, each map from 0 to 255 by the layer's largest number."""
    maps = np.moveaxis(output, -1, 0)[:MOST_MAPS] if output.ndim == 3 else output[None, None]
    part = np.clip(maps, 0, None) / max(float(output.max()), 1e-9)
    pixels = (part * 255).round().astype(np.uint8)
    kind = type(layer).__name__
    return {"name": layer.name, "kind": kind, "shape": list(maps.shape), "maps": pixels.reshape(len(maps), -1)}
