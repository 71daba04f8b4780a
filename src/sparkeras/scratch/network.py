"""The network: layers one after the other, forward to predict, backward to learn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sparkeras.scratch.chance import Chance
from sparkeras.scratch.layer import Layer
from sparkeras.scratch.losses import Loss, Regulariser


@dataclass
class Sums:
    """The sums over some rows: cost, an array for each weight (dL/dw), hits, rows. They add up over machines too."""

    cost: float
    arrays: list[np.ndarray]
    hits: float
    rows: int

    def __add__(self, other: Sums) -> Sums:
        arrays = [a + b for a, b in zip(self.arrays, other.arrays, strict=True)]
        return Sums(self.cost + other.cost, arrays, self.hits + other.hits, self.rows + other.rows)


class Network:
    """``layers`` and ``activations`` in a list, one of ``losses``, and perhaps a Regulariser for all w (not b)."""

    def __init__(self, layers: list[Layer], loss: Loss, regulariser: Regulariser | None = None) -> None:
        self.layers, self.loss, self.regulariser = layers, loss, regulariser

    @property
    def weights(self) -> list[np.ndarray]:
        """All weights as one list of arrays, in the order of the layers."""
        return [w for layer in self.layers for w in layer.weights]

    @weights.setter
    def weights(self, arrays: Iterable[np.ndarray]) -> None:
        arrays = iter(arrays)
        for layer in self.layers:
            layer.weights = tuple(next(arrays) for _ in layer.weights)

    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        """Return the outputs (rows, units) for x (rows, inputs), in training (with ``chance``) and in use (without)."""
        for layer in self.layers:
            x = layer.forward(x, chance)
        return x

    def backward(self, dy: np.ndarray) -> list[np.ndarray]:
        """Turn dL/dy of the outputs into dL/dw of each weight, from the last layer to the first."""
        gradients = self.layers[-1].gradients(dy)
        for layer, above in zip(self.layers[-2::-1], self.layers[:0:-1], strict=True):  # each with the one above
            dy = above.backward(dy)
            gradients = layer.gradients(dy) + gradients
        return gradients

    def sums(self, x: np.ndarray, t: np.ndarray, chance: Chance | None = None) -> Sums:
        """Return the Sums over the rows of x and their targets t (rows, units)."""
        y = self.forward(x, chance)
        gradients = self.backward(self.loss.slope(y, t))
        return Sums(float(self.loss.cost(y, t)), gradients, hits(y, t), len(x))

    def means(self, sums: Sums) -> tuple[float, list[np.ndarray]]:
        """Return cost and gradients per row; the cost of large weights is added once, not once a row."""
        cost, gradients = sums.cost / sums.rows, [g / sums.rows for g in sums.arrays]
        if self.regulariser:
            for i, w in enumerate(self.weights[::2]):  # of w, b, w, b, ...
                cost += float(self.regulariser.cost(w))
                gradients[2 * i] = gradients[2 * i] + self.regulariser.slope(w)
        return cost, gradients


def hits(y: np.ndarray, t: np.ndarray) -> int:
    """Count the rows whose outputs y mean the same class as their targets t; a single unit means yes from 1/2 on."""
    if y.shape[1] == 1:
        return int(((y >= 0.5) == (t >= 0.5)).sum())
    return int((y.argmax(axis=1) == t.argmax(axis=1)).sum())
