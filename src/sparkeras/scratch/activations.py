"""Activations: a unit adds up its inputs, each times a weight (see ``layers``); this is what it makes of that sum.

Each layer goes in two directions: ``forward(x)`` turns its inputs x (rows, units) into its outputs y, and keeps what
the way back needs; ``backward(dy)`` turns dy, short for dL/dy, how the loss L changes with y, into dL/dx by the chain
rule. For a function f of each number by itself that is dL/dx = dL/dy * f'(x). (``chance`` is for ``Dropout`` alone.)
"""

import numpy as np


class Linear:
    """``y = x``; the other layers differ from it in what they compute, and some in having weights."""

    weights = ()
    kept = None  # what forward leaves for backward

    def forward(self, x, chance=None):
        return x

    def backward(self, dy):
        return dy

    def gradients(self, dy):
        """Return dL/dw of each weight."""
        return []

    def __getstate__(self):
        return {**vars(self), "kept": None}  # for pickle: a layer that travels leaves its rows at home


class Sigmoid(Linear):
    """``y = 1 / (1 + exp(-x))``, between 0 and 1; dy/dx = y * (1 - y)."""

    def forward(self, x, chance=None):
        self.kept = 0.5 * np.tanh(0.5 * x) + 0.5  # the same, without exp(1000) for x = -1000
        return self.kept

    def backward(self, dy):
        return dy * self.kept * (1 - self.kept)


class Tanh(Linear):
    """``y = tanh(x)``, between -1 and 1; dy/dx = 1 - y^2."""

    def forward(self, x, chance=None):
        self.kept = np.tanh(x)
        return self.kept

    def backward(self, dy):
        return dy * (1 - self.kept * self.kept)


class LeakyReLU(Linear):
    """``y = x`` where x > 0, else ``slope * x``: a unit that is off still learns (Maas et al. 2013)."""

    slope = 0.2

    def forward(self, x, chance=None):
        self.kept = x > 0
        return np.where(self.kept, x, self.slope * x)

    def backward(self, dy):
        return np.where(self.kept, dy, self.slope * dy)


class ReLU(LeakyReLU):
    """``y = x`` where x > 0, else 0 (Nair and Hinton 2010)."""

    slope = 0


class ELU(Linear):
    """``y = x`` where x > 0, else ``exp(x) - 1`` (Clevert et al. 2016)."""

    def forward(self, x, chance=None):
        self.kept = np.where(x > 0, x, np.expm1(np.minimum(x, 0)))
        return self.kept

    def backward(self, dy):
        return np.where(self.kept > 0, dy, dy * (self.kept + 1))


class Softmax(Linear):
    """``y_i = exp(x_i) / sum_j exp(x_j)``: probabilities, which add up to 1 in each row.

    Each y depends on all x of its row: dy_i/dx_j = y_i * ((i == j) - y_j), so that
    dL/dx_j = sum_i dL/dy_i * dy_i/dx_j = y_j * (dL/dy_j - sum_i dL/dy_i * y_i).
    """

    def forward(self, x, chance=None):
        e = np.exp(x - x.max(axis=1, keepdims=True))  # y is the same for x minus any number; so nothing overflows
        self.kept = e / e.sum(axis=1, keepdims=True)
        return self.kept

    def backward(self, dy):
        return self.kept * (dy - (dy * self.kept).sum(axis=1, keepdims=True))


ACTIVATIONS = {
    **{"linear": Linear, "sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU, "leaky_relu": LeakyReLU},
    **{"elu": ELU, "softmax": Softmax},
}
