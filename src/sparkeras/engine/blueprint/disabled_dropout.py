"""Dropout and noise that were switched off after their layer was made.

Runs on: driver.

Keras makes a layer's seed generator only where its constructor gets a rate above 0: a layer whose rate is 0 by now
would come back from its config without the one that it has.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import keras

from sparkeras.engine.internals import keras_internals

_RATES = ("rate", "stddev", "dropout")
_ANY = 0.5  # of a layer in the file; the real one travels beside it, as an attribute that was set later


@contextlib.contextmanager
def with_seed_generators(model: keras.Model) -> Iterator[None]:
    """Let a model be saved with a rate above 0 in each layer that has a seed generator."""
    off = [
        (layer, name)
        for layer in keras_internals.layers_of(model)
        for name in _RATES
        if "seed_generator" in vars(layer) and vars(layer).get(name) == 0
    ]
    for layer, name in off:
        vars(layer)[name] = _ANY
    try:
        yield
    finally:
        for layer, name in off:
            vars(layer)[name] = 0.0
