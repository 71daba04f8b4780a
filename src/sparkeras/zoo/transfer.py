"""Transfer learning: a network that was trained on other images, frozen, under a new head.

Runs on: driver.
"""

from pathlib import Path

import keras

from sparkeras.errors import InvalidModelError, SetupError
from sparkeras.zoo import cnn, layers
from sparkeras.zoo.parts import head, images, require_images, scale

UNITS = 64
SMALLEST_RESNET_SIDE, LARGEST_RESNET_SIDE = 64, 224  # ResNet50 takes 32 and more, and knows things of 224
DIGITS_EPOCHS = 12
_CONVOLUTIONS = (keras.layers.Conv2D, keras.layers.Conv1D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)


def build(input_shape, num_classes, scaling, *, targets=1, label_scaling=None, backbone=None, rows=None, say=print):
    """Return the model; what learns are the head's weights: (backbone's numbers + 1) * 64, and 65 per output.

    Parameters
    ----------
    input_shape : tuple of int
        Images for ``"imagenet"``, ``"digits"`` and every backbone that takes images: they are resized to what it takes,
        and grey is made of colours or the other way round. Another backbone wants rows of its own shape.
    backbone : str, path, keras.Model or None
        ``"imagenet"``: ResNet50 with the weights of ``keras.applications``, which Keras downloads. ``"digits"``: the
        cnn of the zoo, trained here in seconds on 8 x 8 digits. A ``.keras`` file, or the folder of a run. None:
        ``"imagenet"`` where its weights can be had, else ``"digits"``.
    rows : (x, y), optional
        Digits, (rows, 8, 8) from 0 to 16 and their classes, to train the backbone ``"digits"`` on; all that
        scikit-learn brings by default. Whoever tests on digits leaves the test rows out.
    say : callable
        Told in one sentence what the backbone is.

    Raises
    ------
    InvalidModelError
        If the rows do not fit the backbone, or it cannot be opened.
    SetupError
        If ImageNet's weights were asked for and cannot be had.

    Notes
    -----
    Yosinski et al. 2014, How transferable are features in deep neural networks?, NeurIPS,
    https://arxiv.org/abs/1411.1792; ResNet50: He et al. 2016, https://arxiv.org/abs/1512.03385. The backbone computes
    as it does in use: dropout is off, and batch normalisation takes its moving statistics, which stay. It is cut where
    its convolutions end: the dense layers behind them know its own classes only. From MNIST's 0 to 4 to 5 to 9, 20
    images of each, two seeds: 93 % cut there, 79 and 86 % behind the first dense layer.
    """
    inputs = keras.Input(input_shape, name="features")
    if backbone in (None, "imagenet"):
        x = _through_imagenet(inputs, scaling, fallback=backbone is None, say=say)
    else:
        x = None
    if x is None:
        x = _through(_backbone(backbone or "digits", rows, say), inputs, scaling)
    x = keras.layers.Dense(UNITS, activation="relu")(x)
    x = keras.layers.Dropout(0.3)(x)
    return keras.Model(inputs, head(x, num_classes, targets, label_scaling), name="transfer")


def _through_imagenet(inputs, scaling, fallback, say):
    """Return ResNet50's numbers for images; None where its weights cannot be had and another backbone will do."""
    shape = tuple(inputs.shape[1:])
    require_images("transfer", shape, 8)
    side = max(SMALLEST_RESNET_SIDE, min(LARGEST_RESNET_SIDE, *shape[:2]))
    try:
        network = keras.applications.ResNet50(include_top=False, weights="imagenet", input_shape=(side, side, 3))
    except Exception as error:  # Keras raises whatever the download met
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


def _backbone(backbone, rows, say):
    """Return the network whose layers before the dense ones at its end give the numbers to learn from."""
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
        return keras.saving.load_model(path)
    except Exception as error:  # damaged files raise many kinds
        raise InvalidModelError(
            f"Keras {keras.__version__} cannot open the backbone {str(path)!r}: {' '.join(str(error).split())[:200]}"
        ) from error


def _of_digits(rows, say):
    """Train the zoo's cnn on 8 x 8 digits, in seconds."""
    if rows is None:
        from sklearn.datasets import load_digits

        found = load_digits()
        rows = found.images, found.target
    x, y = rows
    say(f"The backbone is a cnn, trained here and now on {len(x):,} handwritten digits of 8 x 8 pixels.")
    model = cnn.build((8, 8), 10, ("rescale", 1 / 16))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=32, epochs=DIGITS_EPOCHS, verbose=0)
    return model


def _through(backbone, inputs, scaling):
    """Return the backbone's numbers for the rows, from before the dense layers at its end."""
    body = _frozen(_without_output(backbone))
    own, wanted = tuple(inputs.shape[1:]), tuple(body.input_shape[1:])
    if len(wanted) > 1 and None not in wanted:
        require_images("transfer", own, 1)
        x = _fitted(images(inputs, scaling), wanted)
        x = _in_units_of(body, x)
        x = keras.layers.Reshape(wanted)(x) if len(wanted) == 2 else x
    elif own == wanted:
        x = inputs if _scaling_layer(body) else scale(inputs, scaling)
    else:
        raise InvalidModelError(f"The backbone takes rows of shape {wanted}; rows here have shape {own}.")
    return keras.layers.Flatten()(body(x, training=False))


def _without_output(backbone):
    """Cut a model with one input before the dense layers at its end: those know the classes of its own data.

    Of a model without convolutions, whose layers are all dense, before the last one.
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


def _learns(layers):
    return any(layer.trainable_variables for layer in layers)


def _frozen(network):
    network.trainable = False
    return network


def _fitted(x, wanted):
    """Resize images (rows, height, width, channels) and give them the channels of ``wanted``; missing ones are one."""
    height, width, *channels = wanted
    if tuple(x.shape[1:3]) != (height, width):
        x = keras.layers.Resizing(height, width)(x)
    channels, own = (channels or [1])[0], x.shape[-1]
    if own == channels:
        return x
    if own > 1:
        x = layers.MeanOfChannels()(x)
    return keras.layers.Concatenate()([x] * channels) if channels > 1 else x


def _in_units_of(body, x):
    """Bring pixels from 0..1 to the units that the backbone's own scaling layer takes."""
    layer = _scaling_layer(body)
    return keras.layers.Rescaling(1 / layer.scale)(x) if layer else x


def _scaling_layer(body):
    return next((each for each in body.layers if isinstance(each, keras.layers.Rescaling)), None)
