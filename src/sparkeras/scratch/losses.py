"""Losses: how wrong outputs are. Regularisers: what large weights cost. Each with its slope beside it.

``cost(y, t)`` sums over the rows of outputs y and targets t, both (rows, units); ``slope(y, t)`` is dL/dy of that sum.
Sums, not means: the sums of the parts add up to that of the whole, wherever each was computed.
"""

import numpy as np


class HalfSquares:
    """``L = 1/2 sum (y - t)^2``: the slope is the plain difference."""

    def cost(self, y, t):
        return 0.5 * np.square(y - t).sum()

    def slope(self, y, t):
        return y - t


class MeanSquared:
    """``L = mean over units of (y - t)^2``."""

    def cost(self, y, t):
        return np.square(y - t).mean(axis=1).sum()

    def slope(self, y, t):
        return 2 * (y - t) / y.shape[1]


class MeanAbsolute:
    """``L = mean over units of |y - t|``: outliers count less than with squares."""

    def cost(self, y, t):
        return np.abs(y - t).mean(axis=1).sum()

    def slope(self, y, t):
        return np.sign(y - t) / y.shape[1]


class BinaryCrossentropy:
    """``L = mean over units of -(t log y + (1 - t) log(1 - y))``: each unit answers yes or no for itself."""

    def cost(self, y, t):
        y = _inside(y)
        return -(t * np.log(y) + (1 - t) * np.log(1 - y)).mean(axis=1).sum()

    def slope(self, y, t):
        y = _inside(y)
        return (y - t) / (y * (1 - y)) / y.shape[1]


class CategoricalCrossentropy:
    """``L = -sum over units of t log y``: t is 1 for the right unit; after Softmax dL/dx = y - t (try it by hand)."""

    def cost(self, y, t):
        return -(t * np.log(_inside(y))).sum()

    def slope(self, y, t):
        return -t / _inside(y)


def _inside(y):
    """Keep probabilities away from 0 and 1, where logarithm and slope are none (as Keras); worse rows teach little."""
    return np.clip(y, 1e-7, 1 - 1e-7)


LOSSES = {
    **{"half_squares": HalfSquares, "mean_squared_error": MeanSquared, "mean_absolute_error": MeanAbsolute},
    **{"binary_crossentropy": BinaryCrossentropy, "categorical_crossentropy": CategoricalCrossentropy},
}


class Regulariser:
    """``L = l1 * sum |w| + l2 * sum w^2``: l1 drives idle weights to zero, l2 keeps all of them small."""

    def __init__(self, l1=0.0, l2=0.0):
        self.l1, self.l2 = l1, l2

    def cost(self, w):
        return self.l1 * np.abs(w).sum() + self.l2 * np.square(w).sum()

    def slope(self, w):
        return self.l1 * np.sign(w) + 2 * self.l2 * w
