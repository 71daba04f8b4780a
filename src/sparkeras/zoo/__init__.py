"""Reference models by name: ``zoo.build("mlp", input_shape, num_classes)``.

Runs on: driver.
"""

import importlib
import inspect
import numbers

from sparkeras.errors import InvalidModelError

MODELS = {
    "linear": "Linear or logistic regression on any rows: what a network must beat.",
    "mlp": "Two hidden layers of ReLU units with dropout, for any rows.",
    "mlp-maxout": "Two hidden layers whose units each take the largest of two linear ones, for any rows.",
    "cnn": "Convolution and pooling twice, then a dense layer, for images of 8 x 8 and more.",
    "cnn-99": "A network with batch normalisation that shifts and turns its training images; 99.3 % of MNIST.",
    "resnet-small": "Three stages of residual blocks for small images.",
    "unet": "Down to small images and up again, with skips; one class per image, or per pixel with segment=True.",
    "autoencoder": "Squeezes rows into a few numbers and makes them again; learns without labels.",
    "gan": "A DCGAN: makes images like those that it saw; learns without labels; sides divisible by 4.",
    "text": "The mean of word vectors, then a dense layer, for rows of word ids.",
    "transfer": "A frozen network that was trained on other images, with a new head.",
}
_COMMON = ("input_shape", "num_classes", "scaling", "targets", "label_scaling")


def names():
    """Return the names that ``build`` takes."""
    return list(MODELS)


def describe(name):
    """Return one sentence on the model ``name``."""
    _require(name)
    return MODELS[name]


def options(name):
    """Return the names of the options that ``build`` takes for the model ``name``, beside what all models take."""
    return [each for each in inspect.signature(_module(name).build).parameters if each not in _COMMON]


def build(name, input_shape, num_classes=None, *, scaling=None, targets=1, label_scaling=None, **own):
    """Build a reference model, not yet compiled.

    Only those that learn in a way of their own come compiled: cnn-99, autoencoder and gan, and mlp where it is given
    the ``steps`` of its training.

    Parameters
    ----------
    name : str
        One of ``names()``.
    input_shape : tuple of int
        Shape of one row: (n,), (height, width) or (height, width, channels).
    num_classes : int or None
        Output units with softmax; None makes linear units, for a regression.
    scaling : tuple or None
        What the first layer does to the rows as the data set gives them: ``("rescale", factor)`` or
        ``("standardize", (mean, variance))`` with numbers or arrays of ``input_shape``.
    targets : int
        Numbers that a regression predicts.
    label_scaling : tuple or None
        ``("standardize", (mean, variance))`` of a regression's labels, a number each per target. The network then
        learns them as standardised ones and its last layer gives them back in their own units: nothing has to learn
        first that houses cost 200,000.
    **own
        Of ``options(name)``; the model's file tells what they mean.

    Returns
    -------
    keras.Model

    Raises
    ------
    InvalidModelError
        For an unknown name or option, or a shape that the model cannot take.
    """
    if isinstance(input_shape, int) or not input_shape or not all(_is_count(side) for side in input_shape):
        raise InvalidModelError(
            f"'input_shape' must be whole numbers of 1 and more, e.g. (28, 28); got {input_shape!r}."
        )
    if num_classes is not None and not _is_count(num_classes):
        raise InvalidModelError(f"'num_classes' must be 1 or more, or None for a regression; got {num_classes!r}.")
    known = options(name)
    unknown = [each for each in own if each not in known]
    if unknown:
        said = f"its options are {', '.join(known)}" if known else "it has none"
        raise InvalidModelError(f"The model {name!r} has no option {unknown[0]!r}; {said}.")
    return _module(name).build(
        tuple(input_shape), num_classes, scaling, targets=targets, label_scaling=label_scaling, **own
    )


def register():
    """Make the zoo's own classes known to Keras, which opens saved models that hold them only then."""
    for file in ("layers", "gan", "two_optimizers"):
        importlib.import_module(f"sparkeras.zoo.{file}")


def _module(name):
    _require(name)
    return importlib.import_module(f"sparkeras.zoo.{name.replace('-', '_')}")


def _is_count(number):
    return isinstance(number, numbers.Integral) and number >= 1


def _require(name):
    if name not in MODELS:
        raise InvalidModelError(f"Unknown model {name!r}; the zoo has {', '.join(MODELS)}.")
