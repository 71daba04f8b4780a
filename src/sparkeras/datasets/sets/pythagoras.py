"""pythagoras: two sides of a right triangle, and the third one measured with noise. Made anew from the seed.

Runs on: driver.

The noise has a variance of 0.0025: no model has a smaller mean squared error on rows that it has not seen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, Schema
from sparkeras.datasets.plain import amounts

ROWS, NOISE, LONGEST = 100_000, 0.05, 10


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: x (rows, 2), sides from 0 to 10; y their root of squares, plus normal noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, LONGEST, (ROWS, 2))
    y = np.hypot(*x.T) + rng.normal(0, NOISE, ROWS)
    return amounts(x.astype(np.float32), y.astype(np.float32), seed, AS_IT_IS)


ENTRY = Entry(
    name="pythagoras",
    title="the long side of a right triangle, with noise",
    rows_train=80_000,
    rows_test=20_000,
    licence="made here",
    source_url="-",
    read=read,
    schema=Schema(("side a", "side b"), ("long side c",)),
)
