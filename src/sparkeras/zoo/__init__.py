"""Reference models by name: ``zoo.build("mlp", input_shape, num_classes)``.

Runs on: driver. Imports: the models, each a door to Keras, when one is built; ``errors``.
"""

import importlib

from sparkeras.errors import InvalidModelError

NAMES = ("mlp", "cnn")


def names():
    """Return the names that ``build`` takes."""
    return list(NAMES)


def build(name, input_shape, num_classes=None, *, scaling=None):
    """Build a reference model, not yet compiled.

    Parameters
    ----------
    name : str
        One of ``names()``.
    input_shape : tuple of int
        Shape of one row: (n,), (height, width) or (height, width, channels).
    num_classes : int or None
        Output units with softmax; None makes one linear unit, for a regression.
    scaling : tuple or None
        What the first layer does to the rows as the data set gives them: ``("rescale", factor)`` or
        ``("standardize", (mean, variance))`` with numbers or arrays of ``input_shape``.

    Returns
    -------
    keras.Model

    Raises
    ------
    InvalidModelError
        For an unknown name or a shape that the model cannot take.
    """
    if name not in NAMES:
        raise InvalidModelError(f"Unknown model {name!r}; the zoo has {', '.join(NAMES)}.")
    module = importlib.import_module(f"sparkeras.zoo.{name}")
    return module.build(tuple(input_shape), num_classes, scaling)
