"""Random numbers that depend on a seed and a place alone: the same however the rows are divided among machines."""

from __future__ import annotations

import numpy as np


def uniform(key: tuple[int, ...], start: int, count: int) -> np.ndarray:
    """Return ``count`` of the endless numbers from 0 to 1 that belong to a key, from number ``start`` on."""
    # Philox counts instead of remembering, so it may begin anywhere (Salmon et al. 2011); it gives four to a count.
    philox = np.random.Philox(np.random.SeedSequence(key)).advance(start // 4)
    return np.random.Generator(philox).random(start % 4 + count)[start % 4 :]


class Chance:
    """Random numbers of Dropout for some rows of a step: ``key`` is the step's, ``first`` their place in it."""

    def __init__(self, key: tuple[int, ...], first: int) -> None:
        self.key, self.first, self.draws = key, first, 0

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return numbers from 0 to 1 of a shape (rows, units); each call has its own."""
        rows, units = shape
        self.draws += 1
        return uniform((*self.key, self.draws), self.first * units, rows * units).reshape(rows, units)
