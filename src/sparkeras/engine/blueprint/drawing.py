"""Models that are built without drawing random weights, because saved ones replace them.

Runs on: driver, Spark task, training process.
"""

import contextlib
import functools

import keras
import numpy as np

_DRAWING = ("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal")


@contextlib.contextmanager
def weights_to_come():
    """Let models be built without drawing random weights, which the saved ones replace; what they do not is NaN.

    JAX compiles a program for each shape that it draws, a good part of a second each.
    """
    kinds = [getattr(keras.initializers, name) for name in _DRAWING]
    originals = [kind.__call__ for kind in kinds]
    try:
        for kind, original in zip(kinds, originals, strict=True):
            kind.__call__ = _unset(original)
        yield
    finally:
        for kind, original in zip(kinds, originals, strict=True):
            kind.__call__ = original


def _unset(original):
    @functools.wraps(original)
    def call(self, shape, dtype=None, **layout):
        # Other types, e.g. bfloat16, are not NumPy's.
        if dtype in ("float32", "float64"):
            return np.full(shape, np.nan, dtype)
        return original(self, shape, dtype, **layout)

    return call
