"""Layers, activations and losses of a learner's network, for the checks of several lessons.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

_SCALING = {"Rescaling", "Normalization", "BatchNormalization", "LayerNormalization", "Lambda"}
_ACTIVATIONS = {"ReLU", "LeakyReLU", "ELU", "PReLU", "Activation", "Softmax"}


def kinds(network: keras.Model) -> list[str]:
    """Return the class names of a network's layers, and of the networks within it."""
    names = []
    for layer in network.layers:
        names += kinds(layer) if hasattr(layer, "layers") else [type(layer).__name__]
    return names


def name_of(part: object) -> str:
    """Return the class name of a loss or optimizer; "mean_squared_error" gives "MeanSquaredError"."""
    camel_case = "".join(word.capitalize() for word in part.split("_")) if isinstance(part, str) else ""
    return camel_case or type(part).__name__


def scales(network: keras.Model) -> bool:
    """Tell whether a network has a layer that scales its pixels."""
    return bool(_SCALING & set(kinds(network)))


def all_bend(network: keras.Model, kind: str = "Conv2D", but_last: bool = False) -> bool:
    """Tell whether each layer of a kind, or each but the last, has an activation, its own or in the next two layers."""
    layers = network.layers
    places = [place for place, layer in enumerate(layers) if type(layer).__name__ == kind]
    for place in places[:-1] if but_last else places:
        following = {type(other).__name__ for other in layers[place + 1 : place + 3]}
        if layers[place].activation.__name__ == "linear" and not _ACTIVATIONS & following:
            return False
    return True
