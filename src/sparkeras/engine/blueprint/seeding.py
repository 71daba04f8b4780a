"""Weights drawn by a seed.

Runs on: driver.
"""

import contextlib
import random
from collections.abc import Iterator

import keras
import numpy as np

from sparkeras.engine.blueprint.packing import one_at_a_time


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw the weights of a model that is built here by ``seed``; Python's and NumPy's random states are restored."""
    with one_at_a_time:
        before = random.getstate(), np.random.get_state()
        keras.utils.set_random_seed(seed)
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
