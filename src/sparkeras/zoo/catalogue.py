"""The reference models: their names, a sentence on each, and how they are built.

Runs on: driver.
"""

from __future__ import annotations

import importlib
import inspect
import numbers
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    import keras

    from sparkeras.zoo.parts import Scaling

MODELS = {
    "linear": "Linear or logistic regression on any rows: the baseline of a network.",
    "mlp": "Two hidden layers of ReLU units with dropout, for any rows.",
    "mlp-maxout": "Two hidden layers whose units each give the largest of two linear ones, for any rows.",
    "cnn": "Convolution and pooling twice, then a dense layer, for images of 8 x 8 and more.",
    "cnn-99": "A network with batch normalisation that shifts and turns its training images; 99.3 % of MNIST.",
    "resnet-small": "Three stages of residual blocks for small images.",
    "unet": "Down to small images and up again, with skips; one class per image, or per pixel with segment=True.",
    "autoencoder": "Compresses rows to a few numbers and reconstructs them; learns without labels.",
    "gan": "A DCGAN: generates images like those of its training; learns without labels; sides divisible by 4.",
    "tabular": "Numbers in bins, embedded categories, two dense layers, for the learned columns of a table.",
    "tabm": "Eight small networks in one that predict together, for columns of a table and other rows of numbers.",
    "text": "The mean of word vectors, then a dense layer, for rows of word ids.",
    "transfer": "A frozen network that was trained on other images, with a new head.",
}
# The arguments that every model's ``build`` has.
_COMMON = ("input_shape", "num_classes", "scaling", "targets", "label_scaling")


def names() -> list[str]:
    """Return the names that ``build`` takes."""
    return list(MODELS)


def describe(name: str) -> str:
    """Return one sentence on the model ``name``."""
    _require(name)
    return MODELS[name]


def options(name: str) -> list[str]:
    """Return the names of the options of the model ``name``, beside the arguments that all models have."""
    return [each for each in inspect.signature(module_of(name).build).parameters if each not in _COMMON]


def build(
    name: str,
    input_shape: tuple[int, ...],
    num_classes: int | None = None,
    *,
    scaling: Scaling | None = None,
    targets: int = 1,
    label_scaling: Scaling | None = None,
    **own: Any,
) -> keras.Model:
    """Build a reference model, not yet compiled.

    Only models with a loss or schedule of their own come compiled: cnn-99, autoencoder and gan, and with ``steps`` mlp,
    tabular and tabm.

    Parameters
    ----------
    name : str
        One of ``names()``.
    input_shape : tuple of int
        Shape of one row: (n,), (height, width) or (height, width, channels).
    num_classes : int or None
        Output units with softmax; None makes linear units, for a regression.
    scaling : tuple or None
        Of the rows, by the model's first layer: ``("rescale", factor)`` or ``("standardize", (mean, variance))`` with
        numbers or arrays of ``input_shape``.
    targets : int
        Numbers that a regression predicts.
    label_scaling : tuple or None
        ``("standardize", (mean, variance))`` of a regression's labels, a number each per target. The network then
        learns standardised labels, and its last layer returns them in their own units: no weight has to grow first to
        the 200,000 that a house costs.
    **own
        Of ``options(name)``; the model's file explains them.

    Returns
    -------
    keras.Model

    Raises
    ------
    InvalidModelError
        For an unknown name or option, or a shape that does not fit the model.
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
        expected = f"its options are {', '.join(known)}" if known else "it has none"
        raise InvalidModelError(f"The model {name!r} has no option {unknown[0]!r}; {expected}.")
    return module_of(name).build(
        tuple(input_shape), num_classes, scaling, targets=targets, label_scaling=label_scaling, **own
    )


def register() -> None:
    """Register the zoo's own classes with Keras, so that it opens saved models that hold them."""
    for file in ("layers", "gan", "two_optimizers"):
        importlib.import_module(f"sparkeras.zoo.{file}")


def module_of(name: str) -> ModuleType:
    """Return the module that builds the model ``name``."""
    _require(name)
    return importlib.import_module(f"sparkeras.zoo.{name.replace('-', '_')}")


def _is_count(number: object) -> bool:
    return isinstance(number, numbers.Integral) and int(number) >= 1


def _require(name: str) -> None:
    if name not in MODELS:
        raise InvalidModelError(f"Unknown model {name!r}; the zoo has {', '.join(MODELS)}.")
