"""The order of an epoch's rows: pure functions of a seed, so that a test can feed plain Keras the same batches.

Runs on: training process.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def row_order(rows: int, seed: int, epoch: int, window: int | None = None) -> np.ndarray:
    """Return the order of an epoch's rows: a permutation that depends on these numbers alone.

    Parameters
    ----------
    rows, seed, epoch : int
    window : int or None
        For the rows of one window of blocks, its number in the epoch.
    """
    return generator(seed, epoch, 0 if window is None else window + 1).permutation(rows)


def generator(seed: int, epoch: int, stream: int = 0) -> np.random.Generator:
    """Return the random generator of an epoch; its streams do not overlap."""
    # A negative epoch serves the validation split; Philox keys are unsigned.
    return np.random.Generator(np.random.Philox(key=[seed, epoch % 2**63], counter=[0, 0, 0, stream]))


def windows(sizes: Sequence[int], rows: int, seed: int | None = None, epoch: int = 0) -> list[list[int]]:
    """Return the blocks of rows that are read together, window by window.

    Parameters
    ----------
    sizes : list of int
        Rows of each block.
    rows : int
        Rows of a window at most; no block may have more.
    seed : int or None
        Seed of the order of the blocks; None keeps it.
    epoch : int

    Returns
    -------
    list of list of int
        Block numbers of each window. The rows of the blocks of window w, one after another, are then mixed by
        ``row_order(rows of the window, seed, epoch, w)``.
    """
    grouped: list[list[int]] = []
    count = 0  # rows of the last window
    for block in range(len(sizes)) if seed is None else row_order(len(sizes), seed, epoch).tolist():
        if not grouped or count + sizes[block] > rows:
            grouped.append([])
            count = 0
        grouped[-1].append(block)
        count += sizes[block]
    return grouped
