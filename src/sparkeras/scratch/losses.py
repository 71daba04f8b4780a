"""Losses: how wrong outputs are. Regularisers: what large weights cost. Each with its slope beside it.

Sums, not means: the sums of the parts add up to that of the whole, wherever each was computed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np


class Loss(ABC):
    """A number for outputs y and their targets t, both (rows, units): the less, the better."""

    @abstractmethod
    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        """Return L, summed over the rows."""

    @abstractmethod
    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return dL/dy (rows, units)."""


class HalfSquares(Loss):
    """``L = 1/2 sum (y - t)^2``: the slope is the plain difference."""

    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        return 0.5 * np.square(y - t).sum()

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        return y - t


class MeanSquared(Loss):
    """``L = mean over units of (y - t)^2``."""

    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        return np.square(y - t).mean(axis=1).sum()

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        return 2 * (y - t) / y.shape[1]


class MeanAbsolute(Loss):
    """``L = mean over units of |y - t|``: outliers count less than with squares."""

    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        return np.abs(y - t).mean(axis=1).sum()

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        return np.sign(y - t) / y.shape[1]


class BinaryCrossentropy(Loss):
    """``L = mean over units of -(t log y + (1 - t) log(1 - y))``: each unit answers yes or no for itself."""

    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        y = _inside(y)
        return -(t * np.log(y) + (1 - t) * np.log(1 - y)).mean(axis=1).sum()

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        y = _inside(y)
        return (y - t) / (y * (1 - y)) / y.shape[1]


class CategoricalCrossentropy(Loss):
    """``L = -sum over units of t log y``: t is 1 for the right unit; after Softmax dL/dx = y - t (try it by hand)."""

    def cost(self, y: np.ndarray, t: np.ndarray) -> float:
        return -(t * np.log(_inside(y))).sum()

    def slope(self, y: np.ndarray, t: np.ndarray) -> np.ndarray:
        return -t / _inside(y)


def _inside(y: np.ndarray) -> np.ndarray:
    """Keep probabilities off 0 and 1, where logarithm or slope is infinite (as Keras); worse rows teach little."""
    return np.clip(y, 1e-7, 1 - 1e-7)


LOSSES: dict[str, type[Loss]] = {
    **{"half_squares": HalfSquares, "mean_squared_error": MeanSquared, "mean_absolute_error": MeanAbsolute},
    **{"binary_crossentropy": BinaryCrossentropy, "categorical_crossentropy": CategoricalCrossentropy},
}


class Regulariser:
    """``L = l1 * sum |w| + l2 * sum w^2``: l1 drives idle weights to zero, l2 keeps all of them small."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1, self.l2 = l1, l2

    def cost(self, w: np.ndarray) -> float:
        return self.l1 * np.abs(w).sum() + self.l2 * np.square(w).sum()

    def slope(self, w: np.ndarray) -> np.ndarray:
        return self.l1 * np.sign(w) + 2 * self.l2 * w
