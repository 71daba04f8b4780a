"""A layer: what each step of a network promises.

``forward`` turns its inputs x (rows, units) into its outputs y, and saves what the way back needs. ``backward`` turns
dy, short for dL/dy, how the loss L changes with y, into dL/dx by the chain rule. ``gradients`` gives dL/dw of its
weights.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from sparkeras.scratch.chance import Chance


class Layer(ABC):
    """One step of a network; most have no ``weights``."""

    weights: tuple[np.ndarray, ...] = ()
    saved: Any = None  # by forward for the way back; each layer needs something else

    @abstractmethod
    def forward(self, x: np.ndarray, chance: Chance | None = None) -> np.ndarray:
        """Return y; ``chance``, the random numbers of ``Dropout``, is there in training alone."""

    @abstractmethod
    def backward(self, dy: np.ndarray) -> np.ndarray:
        """Return dL/dx."""

    def gradients(self, dy: np.ndarray) -> list[np.ndarray]:
        """Return dL/dw of each weight."""
        return []

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "saved": None}  # for pickle: a layer that travels leaves its rows at home
