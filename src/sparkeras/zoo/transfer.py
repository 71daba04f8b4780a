"""Transfer learning: a network that was trained on other images, frozen, under a new head.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import keras
import numpy as np

from sparkeras.errors import InvalidModelError, SetupError, require_packages
from sparkeras.zoo import cnn, layers
from sparkeras.zoo.parts import Scaling, head, images, require_images, scale

UNITS = 64
SMALLEST_RESNET_SIDE, LARGEST_RESNET_SIDE = 64, 224  # ResNet50 takes 32 and more, and learnt on images of 224
DIGITS_EPOCHS = 12
Digits = tuple[np.ndarray, np.ndarray]
_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.Conv1D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)


def build(
    input_shape: tuple[int, ...],
    num_classes: int | None,
    scaling: Scaling | None,
    *,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    backbone: str | Path | keras.Model | None = None,
    rows: Digits | None = None,
    say: Callable[[str], object] = print,
) -> keras.Model:
    """Return the model; only the head's weights learn: (backbone's numbers + 1) * 64, and 65 per output.

    Parameters
    ----------
    input_shape : tuple of int
        Images for ``"imagenet"``, ``"digits"`` and every backbone that takes images: they are resized to its shape,
        and grey is made of colours or the other way round. Another backbone needs rows of its own shape.
    backbone : str, path, keras.Model or None
        ``"imagenet"``: ResNet50 with the weights of ``keras.applications``, which Keras downloads. ``"digits"``: the
        cnn of the zoo, trained here in seconds on 8 x 8 digits. A ``.keras`` file, or the folder of a run. None:
        ``"imagenet"`` where its weights can be had, else ``"digits"``.
    rows : (x, y), optional
        Digits, (rows, 8, 8) from 0 to 16 and their classes, to train the backbone ``"digits"`` on; by default all of
        scikit-learn's. Leave the test rows out where you test on digits.
    say : callable
        Called with one sentence on the backbone.

    Raises
    ------
    InvalidModelError
        If the rows do not fit the backbone, or it cannot be opened.
    SetupError
        If ImageNet's weights cannot be downloaded for ``"imagenet"``.

    Notes
    -----
    Yosinski et al. 2014, How transferable are features in deep neural networks?, NeurIPS,
    https://arxiv.org/abs/1411.1792; ResNet50: He et al. 2016, https://arxiv.org/abs/1512.03385. The backbone runs in
    inference mode: dropout is off, and batch normalisation uses its moving statistics, which stay. It is cut where its
    convolutions end: the dense layers after them are made for its own classes. From MNIST's 0 to 4 to 5 to 9, 20
    images of each, two seeds: 93 % cut there, 79 and 86 % after the first dense layer.
    """
    inputs = keras.Input(input_shape, name="features")
    x = None
    if backbone is None or backbone == "imagenet":
        x = _through_imagenet(inputs, scaling, fallback=backbone is None, say=say)
    if x is None:
        x = _through(_backbone(backbone or "digits", rows, say), inputs, scaling)
    x = keras.layers.Dense(UNITS, activation="relu")(x)
    x = keras.layers.Dropout(0.3)(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="transfer")


def _through_imagenet(
    inputs: keras.KerasTensor, scaling: Scaling | None, fallback: bool, say: Callable[[str], object]
) -> keras.KerasTensor | None:
    """Return ResNet50's numbers for images; None where its weights cannot be downloaded and ``fallback`` is true."""
    shape = tuple(inputs.shape[1:])
    require_images("transfer", shape, 8)
    side = max(SMALLEST_RESNET_SIDE, min(LARGEST_RESNET_SIDE, *shape[:2]))
    try:
        network = keras.applications.ResNet50(include_top=False, weights="imagenet", input_shape=(side, side, 3))
    except Exception as error:  # of the download, of many kinds
        reason = " ".join(str(error).split())[:160]
        if fallback:
            say(f"ImageNet's weights cannot be had here ({reason}), so the backbone is one trained on 8 x 8 digits.")
            return None
        raise SetupError(
            f"ResNet50's ImageNet weights cannot be had here ({reason}). Take --backbone digits, a run's folder, or "
            "put the file of that name into ~/.keras/models."
        ) from error
    say("The backbone is ResNet50 with the weights that it learnt on ImageNet.")
    x = _fitted(images(inputs, scaling), (side, side, 3))
    x = layers.ImageNetInput()(x)
    return keras.layers.GlobalAveragePooling2D()(_frozen(network)(x, training=False))


def _backbone(backbone: str | Path | keras.Model, rows: Digits | None, say: Callable[[str], object]) -> keras.Model:
    """Return the backbone's whole network."""
    if isinstance(backbone, keras.Model):
        return backbone
    if str(backbone) == "digits":
        return _of_digits(rows, say)
    path = Path(backbone)
    path = path / "model.keras" if path.is_dir() else path
    if not path.is_file():
        raise InvalidModelError(
            f"There is no backbone {str(backbone)!r}: expected imagenet, digits, a .keras file or the folder of a run."
        )
    try:
        return keras.saving.load_model(path, compile=False)  # what it was trained with does not matter here
    except Exception as error:  # damaged files raise many kinds
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot open the backbone {str(path)!r}: {' '.join(str(error).split())[:200]}"
        ) from error


def _of_digits(rows: Digits | None, say: Callable[[str], object]) -> keras.Model:
    """Train the zoo's cnn on 8 x 8 digits, in seconds."""
    if rows is None:
        require_packages("tools", "sklearn")
        from sklearn.datasets import load_digits

        digits = load_digits()
        rows = digits.images, digits.target
    x, y = rows
    say(f"The backbone is a cnn, trained here and now on {len(x):,} handwritten digits of 8 x 8 pixels.")
    model = cnn.build((8, 8), 10, ("rescale", 1 / 16))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=32, epochs=DIGITS_EPOCHS, verbose=0)
    return model


def _through(backbone: keras.Model, inputs: keras.KerasTensor, scaling: Scaling | None) -> keras.KerasTensor:
    """Return the backbone's numbers for the rows, from before the dense layers at its end."""
    body = _frozen(_without_output(backbone))
    own, expected = tuple(inputs.shape[1:]), tuple(body.input_shape[1:])
    if len(expected) > 1 and None not in expected:
        require_images("transfer", own, 1)
        x = _fitted(images(inputs, scaling), expected)
        x = _in_units_of(body, x)
        x = keras.layers.Reshape(expected)(x) if len(expected) == 2 else x
    elif own == expected:
        x = inputs if _scaling_layer(body) else scale(inputs, scaling)
    else:
        raise InvalidModelError(f"The backbone takes rows of shape {expected}; rows here have shape {own}.")
    return keras.layers.Flatten()(body(x, training=False))


def _without_output(backbone: keras.Model) -> keras.Model:
    """Cut a model with one input after its convolutions: the dense layers at its end are made for its own classes.

    A model without convolutions is cut before its last dense layer.
    """
    inputs = getattr(backbone, "inputs", None) or []
    layers = list(getattr(backbone, "layers", ()))
    dense = [number for number, layer in enumerate(layers) if isinstance(layer, keras.layers.Dense)]
    if len(inputs) != 1 or len(layers) < 2 or not dense or _learns(layers[dense[-1] + 1 :]):
        raise InvalidModelError(
            "A backbone is a functional or sequential Keras model with one input whose last layer is a Dense one; "
            f"{backbone.name!r} is none. Take a classifier of the zoo, e.g. a run of --model cnn."
        )
    convolved = [number for number, layer in enumerate(layers) if isinstance(layer, _CONVOLUTIONS)]
    first = next((number for number in dense if convolved and number > convolved[-1]), dense[-1])
    return keras.Model(inputs[0], layers[first].input, name="backbone")


def _learns(layers: Iterable[keras.layers.Layer]) -> bool:
    return any(layer.trainable_variables for layer in layers)


def _frozen(network: keras.Model) -> keras.Model:
    network.trainable = False
    return network


def _fitted(x: keras.KerasTensor, shape: tuple[int, ...]) -> keras.KerasTensor:
    """Resize images (rows, height, width, channels) and give them the channels of ``shape``, one if it has none."""
    height, width = shape[:2]
    if tuple(x.shape[1:3]) != (height, width):
        x = keras.layers.Resizing(height, width)(x)
    channels, own = shape[2] if len(shape) > 2 else 1, x.shape[-1]
    if own == channels:
        return x
    if own > 1:
        x = layers.MeanOfChannels()(x)
    return keras.layers.Concatenate()([x] * channels) if channels > 1 else x


def _in_units_of(body: keras.Model, x: keras.KerasTensor) -> keras.KerasTensor:
    """Bring pixels from 0..1 to the units of the backbone's own scaling layer."""
    layer = _scaling_layer(body)
    return keras.layers.Rescaling(1 / layer.scale)(x) if layer else x


def _scaling_layer(body: keras.Model) -> keras.layers.Rescaling | None:
    return next((each for each in body.layers if isinstance(each, keras.layers.Rescaling)), None)
