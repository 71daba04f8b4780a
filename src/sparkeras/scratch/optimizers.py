"""Optimizers: ``update(weights, gradients, cost)`` gives better weights, as new arrays; 1e-7 saves from dividing by 0.

g is a gradient dL/dw, a mean over the rows of the step; ``cost`` is the loss there, which only the Bold Driver needs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

Arrays = list[np.ndarray]  # one for each weight


class GradientDescent:
    """``w - rate * g``: downhill. Step i, from 0, has the rate ``rate / (1 + decay * i)``."""

    def __init__(self, rate: float = 0.1, decay: float = 0.0) -> None:
        self.rate, self.decay, self.steps = rate, decay, 0

    def update(self, weights: Arrays, gradients: Arrays, cost: float) -> Arrays:
        rate = self.rate / (1 + self.decay * self.steps)
        self.steps += 1
        return [w + change for w, change in zip(weights, self.changes(gradients, rate), strict=True)]

    def changes(self, gradients: Arrays, rate: float) -> Arrays:  # what is added to each weight
        return [-rate * g for g in gradients]

    def pairs(
        self, memory: Arrays | None, gradients: Arrays, first: float = 0.0
    ) -> Iterable[tuple[np.ndarray | float, np.ndarray]]:
        """Pair the memory of each weight with its gradient; before the first step the memory is ``first``."""
        before: Sequence[np.ndarray | float] = memory or [first] * len(gradients)
        return zip(before, gradients, strict=True)


class Momentum(GradientDescent):
    """``v = momentum * v - rate * g; w + v``: keeps rolling (Polyak 1964)."""

    def __init__(self, rate: float = 0.1, decay: float = 0.0, momentum: float = 0.9) -> None:
        super().__init__(rate, decay)
        self.momentum = momentum
        self.v: Arrays | None = None

    def changes(self, gradients: Arrays, rate: float) -> Arrays:
        self.v = [self.momentum * v - rate * g for v, g in self.pairs(self.v, gradients)]
        return self.v


class AdaGrad(GradientDescent):
    """``s = s + g^2; w - rate * g / sqrt(s)``: weights that moved much move less (Duchi et al. 2011)."""

    old: float = 1  # s = old * s + new * g^2
    new: float = 1
    first = 0.1  # s before the first step, as in Keras

    def __init__(self, rate: float = 0.01, decay: float = 0.0) -> None:
        super().__init__(rate, decay)
        self.s: Arrays | None = None

    def changes(self, gradients: Arrays, rate: float) -> Arrays:
        self.s = [self.old * s + self.new * g * g for s, g in self.pairs(self.s, gradients, self.first)]
        return [-rate * g / np.sqrt(s + 1e-7) for s, g in zip(self.s, gradients, strict=True)]


class RMSProp(AdaGrad):
    """``s = rho * s + (1 - rho) * g^2; w - rate * g / sqrt(s)``: AdaGrad that forgets (Hinton 2012)."""

    def __init__(self, rate: float = 0.001, decay: float = 0.0, rho: float = 0.9) -> None:
        super().__init__(rate, decay)
        self.old, self.new, self.first = rho, 1 - rho, 0.0


class Adam(GradientDescent):
    """``w - rate * M / sqrt(S)``; M = m / (1 - a^i), S = s / (1 - b^i) for beginning at 0 (Kingma and Ba 2015)."""

    def __init__(self, rate: float = 0.001, decay: float = 0.0, beta_1: float = 0.9, beta_2: float = 0.999) -> None:
        super().__init__(rate, decay)
        self.betas = beta_1, beta_2
        self.m: Arrays | None = None
        self.s: Arrays | None = None

    def changes(self, gradients: Arrays, rate: float) -> Arrays:
        a, b = self.betas
        self.m = [a * m + (1 - a) * g for m, g in self.pairs(self.m, gradients)]
        self.s = [b * s + (1 - b) * g * g for s, g in self.pairs(self.s, gradients)]
        rate *= math.sqrt(1 - b**self.steps) / (1 - a**self.steps)
        return [-rate * m / (np.sqrt(s) + 1e-7) for m, s in zip(self.m, self.s, strict=True)]


class BoldDriver(GradientDescent):
    """Gradient descent that speeds up by 5 % while the cost falls, and halves its rate when not (Vogl et al. 1988).

    With ``undo`` it goes back to where it was before a bad step. For steps that see the same rows each, or many.
    """

    def __init__(self, rate: float = 0.1, undo: bool = True) -> None:
        super().__init__(rate)
        self.undo = undo
        self.last: tuple[Arrays, Arrays, float] | None = None

    def update(self, weights: Arrays, gradients: Arrays, cost: float) -> Arrays:
        if self.last is not None:
            fell = cost < self.last[2]
            self.rate *= 1.05 if fell else 0.5
            if self.undo and not fell:
                weights, gradients, cost = self.last
        self.last = weights, gradients, cost
        return super().update(weights, gradients, cost)


OPTIMIZERS: dict[str, type[GradientDescent]] = {
    **{"gradient_descent": GradientDescent, "momentum": Momentum, "adagrad": AdaGrad, "rmsprop": RMSProp},
    **{"adam": Adam, "bold_driver": BoldDriver},
}
