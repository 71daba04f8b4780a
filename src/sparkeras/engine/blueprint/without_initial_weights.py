"""Models built without random weights, because saved ones replace them.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from sparkeras.spark.swapping import swapped

_DRAWING = ("RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Orthogonal")


@contextlib.contextmanager
def weights_to_come() -> Iterator[None]:
    """Skip the random initialization of weights; those that no saved ones replace stay NaN.

    JAX compiles a program for each shape that it draws, a good part of a second each.
    """
    with contextlib.ExitStack() as swaps:
        for name in _DRAWING:
            kind = getattr(keras.initializers, name)
            swaps.enter_context(swapped(kind, "__call__", _unset(kind.__call__)))
        yield


def _unset(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(self: keras.Initializer, shape: tuple[int, ...], dtype: str | None = None, **layout: Any) -> Any:
        # Other types, e.g. bfloat16, are not NumPy's.
        if dtype in ("float32", "float64"):
            return np.full(shape, np.nan, dtype)
        return original(self, shape, dtype, **layout)

    return call
