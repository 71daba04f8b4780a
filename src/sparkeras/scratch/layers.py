"""Layers with weights, Dense and Maxout, and Dropout; forward and backward as in ``activations``."""

import numpy as np

from sparkeras.scratch.activations import Linear


class Dense(Linear):
    """``y = x @ w + b`` with x (rows, inputs), w (inputs, units), b (units,), y (rows, units)."""

    def __init__(self, w, b):
        self.weights = w, b

    def forward(self, x, chance=None):
        w, b = self.weights
        self.kept = x
        return x @ w + b

    def backward(self, dy):
        w, _ = self.weights
        return dy @ w.T  # x_ri reaches L through all units u of its row: dL/dx_ri = sum_u dL/dy_ru * w_iu

    def gradients(self, dy):
        """Return dL/dw_iu = sum_r x_ri * dL/dy_ru (inputs, units) and dL/db_u = sum_r dL/dy_ru; r counts rows."""
        x = self.kept
        return [x.T @ dy, dy.sum(axis=0)]


class Maxout(Dense):
    """``y = max_k (x @ w[k] + b[k])``, w (pieces, inputs, units), b (pieces, 1, units) (Goodfellow et al. 2013).

    Each unit learns its own activation: a line, a hinge, or more corners with more pieces.
    """

    def forward(self, x, chance=None):
        w, b = self.weights
        z = x @ w + b  # (pieces, rows, units)
        is_largest = np.arange(len(z))[:, None, None] == z.argmax(axis=0)
        self.kept = x, is_largest
        return z.max(axis=0)

    def backward(self, dy):
        w, _ = self.weights
        _, is_largest = self.kept
        return ((dy * is_largest) @ w.transpose(0, 2, 1)).sum(axis=0)  # the largest piece alone has a say

    def gradients(self, dy):
        x, is_largest = self.kept
        dz = dy * is_largest
        return [x.T @ dz, dz.sum(axis=1, keepdims=True)]


class Dropout(Linear):
    """In training, drop each number with probability ``rate``, scale the rest: same mean (Srivastava et al. 2014)."""

    def __init__(self, rate):
        if not 0 <= rate < 1:
            raise ValueError(f"A dropout rate is at least 0 and less than 1; got {rate}.")
        self.rate = rate

    def forward(self, x, chance=None):
        self.kept = 1 if chance is None else (chance.draw(x.shape) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * self.kept

    def backward(self, dy):
        return dy * self.kept
