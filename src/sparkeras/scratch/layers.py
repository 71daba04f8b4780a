"""Layers with weights, Dense and Maxout, and Dropout."""

from __future__ import annotations

import numpy as np

from sparkeras.scratch.chance import Chance
from sparkeras.scratch.layer import Layer


class Dense(Layer):
    """``y = x @ w + b`` with x (rows, inputs), w (inputs, units), b (units,), y (rows, units)."""

    def __init__(self, w: np.ndarray, b: np.ndarray) -> None:
        self.weights = w, b

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        w, b = self.weights
        self.saved = x
        return x @ w + b

    def backward(self, dy: np.ndarray) -> np.ndarray:
        w, _ = self.weights
        return dy @ w.T  # x_ri reaches L through all units u of its row: dL/dx_ri = sum_u dL/dy_ru * w_iu

    def gradients(self, dy: np.ndarray) -> list[np.ndarray]:
        """Return dL/dw_iu = sum_r x_ri * dL/dy_ru (inputs, units) and dL/db_u = sum_r dL/dy_ru; r counts rows."""
        x = self.saved
        return [x.T @ dy, dy.sum(axis=0)]


class Maxout(Layer):
    """``y = max_k (x @ w[k] + b[k])``, w (pieces, inputs, units), b (pieces, 1, units) (Goodfellow et al. 2013).

    Each unit learns its own activation: a line, a hinge, or more corners with more pieces.
    """

    def __init__(self, w: np.ndarray, b: np.ndarray) -> None:
        self.weights = w, b

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        w, b = self.weights
        z = x @ w + b  # (pieces, rows, units)
        is_largest = np.arange(len(z))[:, None, None] == z.argmax(axis=0)
        self.saved = x, is_largest
        return z.max(axis=0)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        w, _ = self.weights
        _, is_largest = self.saved
        return ((dy * is_largest) @ w.transpose(0, 2, 1)).sum(axis=0)  # only the largest piece reaches y

    def gradients(self, dy: np.ndarray) -> list[np.ndarray]:
        x, is_largest = self.saved
        dz = dy * is_largest
        return [x.T @ dz, dz.sum(axis=1, keepdims=True)]


class Dropout(Layer):
    """In training, drop each number with probability ``rate``, scale the rest: same mean (Srivastava et al. 2014)."""

    def __init__(self, rate: float) -> None:
        if not 0 <= rate < 1:
            raise ValueError(f"A dropout rate is at least 0 and less than 1; got {rate}.")
        self.rate = rate

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        self.saved = 1 if chance is None else (chance.draw(x.shape) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * self.saved

    def backward(self, dy: np.ndarray) -> np.ndarray:
        return dy * self.saved
