"""What a model says of an image, and which of its feature maps and units fired.

Runs on: driver.
"""

import keras
import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.files.image_files import fitted
from sparkeras.lab.drawing import stroke_image
from sparkeras.lab.runs_api.folder import is_image, what_to_draw
from sparkeras.serving.model import by_class

MOST_LAYERS, MOST_MAPS = 6, 32
_SHOWN = (keras.layers.Conv2D, keras.layers.MaxPooling2D, keras.layers.Dense)


class Guesser:
    """A served model of images, and the same model with what its layers answer.

    Raises
    ------
    InvalidModelError
        If the model takes no images, or tells no classes.
    """

    def __init__(self, served):
        self.served, self.shape = served, _image_shape(served)
        self.style = stroke_image.style_of(self.shape[0])
        self.largest = _largest(served.model)
        self.layers = [layer for layer in served.model.layers[:-1] if isinstance(layer, _SHOWN)][:MOST_LAYERS]
        tensors = [layer.output for layer in self.layers]
        self.inside = keras.Model(served.model.inputs, [*tensors, *served.model.outputs])
        self.classes = served.classes or [str(number) for number in range(served.outputs[0].shape[-1])]

    def of_strokes(self, strokes):
        """Return the guess for strokes, as ``guess`` does."""
        return self.guess(self._in_channels(stroke_image.of_strokes(strokes, self.style)))

    def of_photo(self, image):
        """Return the guess for a Pillow image: its ink for a model of grey images, the photo itself for colours."""
        if len(self.shape) == 3 and self.shape[2] == 3 and not what_to_draw(self.classes):
            return self.guess(fitted(image, self.shape) / 255)
        return self.guess(self._in_channels(stroke_image.of_photo(image, self.style)))

    def guess(self, image):
        """Return classes, probabilities, the image that was seen and the layers' answers, as a dict for JSON.

        Parameters
        ----------
        image : array (height, width[, channels]) from 0 to 1
        """
        row = (image * self.largest).reshape(1, *self.served.inputs[0].shape).astype(self.served.inputs[0].dtype)
        *answers, said = keras.tree.flatten(self.inside.predict_on_batch(row))
        return {
            "classes": self.classes,
            "probabilities": [round(float(each), 4) for each in by_class(np.asarray(said))[0]],
            "seen": {"shape": list(image.shape), "pixels": (image.ravel() * 255).round().astype(np.uint8)},
            "layers": [
                _fired(layer, np.asarray(answer)[0]) for layer, answer in zip(self.layers, answers, strict=True)
            ],
        }

    def _in_channels(self, image):
        if len(self.shape) == 2:
            return image
        return np.repeat(image[:, :, None], self.shape[2], axis=2)


def _image_shape(served):
    """Return (height, width[, channels]) of a model's input; a flat square is one."""
    shape, outputs = served.inputs[0].shape, served.outputs
    if served.task != "classification" or len(served.inputs) > 1 or len(outputs) > 1 or len(outputs[0].shape) != 1:
        raise InvalidModelError(f"The run '{served.folder.name}' tells no classes of images.")
    if len(shape) == 1 and shape[0] and round(shape[0] ** 0.5) ** 2 == shape[0] and shape[0] >= 49:
        return (round(shape[0] ** 0.5),) * 2
    if None not in shape and is_image(shape):
        return shape
    raise InvalidModelError(f"The run '{served.folder.name}' takes {shape}, which is no square image.")


def _largest(model):
    """Return the number that full ink has in the model's rows: what its first layer divides by, else 255."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Rescaling) and np.ndim(layer.scale) == 0 and layer.scale > 0:
            return 1 / float(layer.scale)
    return 255.0


def _fired(layer, answer):
    """Return what a layer answered, each map from 0 to 255 by the layer's largest number."""
    maps = np.moveaxis(answer, -1, 0)[:MOST_MAPS] if answer.ndim == 3 else answer[None, None]
    part = np.clip(maps, 0, None) / max(float(answer.max()), 1e-9)
    pixels = (part * 255).round().astype(np.uint8)
    kind = type(layer).__name__
    return {"name": layer.name, "kind": kind, "shape": list(maps.shape), "maps": pixels.reshape(len(maps), -1)}
