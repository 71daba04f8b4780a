"""Activations: a unit adds up its inputs, each times a weight (see ``layers``); its output is a function of that sum.

For a function f of each number by itself the way back is dL/dx = dL/dy * f'(x).
"""

from __future__ import annotations

import numpy as np

from sparkeras.scratch.chance import Chance
from sparkeras.scratch.layer import Layer


class Linear(Layer):
    """``y = x``."""

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy


class Sigmoid(Layer):
    """``y = 1 / (1 + exp(-x))``, between 0 and 1; dy/dx = y * (1 - y)."""

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        self.saved = y = 0.5 * np.tanh(0.5 * x) + 0.5  # the same, without exp(1000) for x = -1000
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        y = self.saved
        return dy * y * (1 - y)


class Tanh(Layer):
    """``y = tanh(x)``, between -1 and 1; dy/dx = 1 - y^2."""

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        self.saved = y = np.tanh(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        y = self.saved
        return dy * (1 - y * y)


class LeakyReLU(Layer):
    """``y = x`` where x > 0, else ``slope * x``: a unit that is off still learns (Maas et al. 2013)."""

    slope: float = 0.2

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        self.saved = is_on = x > 0
        return np.where(is_on, x, self.slope * x)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        is_on = self.saved
        return np.where(is_on, dy, self.slope * dy)


class ReLU(LeakyReLU):
    """``y = x`` where x > 0, else 0 (Nair and Hinton 2010): a leak of nothing."""

    slope = 0


class ELU(Layer):
    """``y = x`` where x > 0, else ``exp(x) - 1`` (Clevert et al. 2016); there dy/dx = exp(x) = y + 1."""

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        self.saved = y = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        y = self.saved
        return np.where(y > 0, dy, dy * (y + 1))


class Softmax(Layer):
    """``y_i = exp(x_i) / sum_j exp(x_j)``: probabilities, which add up to 1 in each row.

    Each y depends on all x of its row: dy_i/dx_j = y_i * ((i == j) - y_j), so that
    dL/dx_j = sum_i dL/dy_i * dy_i/dx_j = y_j * (dL/dy_j - sum_i dL/dy_i * y_i).
    """

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        e = np.exp(x - x.max(axis=1, keepdims=True))  # y is the same for x minus any number; so nothing overflows
        self.saved = y = e / e.sum(axis=1, keepdims=True)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        y = self.saved
        return y * (dy - (dy * y).sum(axis=1, keepdims=True))


ACTIVATIONS: dict[str, type[Layer]] = {
    **{"linear": Linear, "sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "leaky_relu": LeakyReLU},
    **{"elu": ELU, "softmax": Softmax},
}
