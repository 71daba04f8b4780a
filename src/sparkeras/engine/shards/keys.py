"""A number per row, made of its contents alone: it gives rows an order that does not depend on partitions.

Runs on: Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

MIX = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio, odd: the usual multiplier of multiplicative hashing


def row_keys(arrays: Iterable[np.ndarray]) -> np.ndarray:
    """Return one 64-bit number per row that depends on its contents alone.

    Spark delivers rows in another order after each re-shuffle; ordered by this key they are the same shard again.
    Multiply-and-add hashing of 64-bit words (Dietzfelbinger 1996, https://doi.org/10.1007/3-540-60922-9_46), each
    word folded first so that its high bits count too.
    """
    keys: np.ndarray | None = None
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(len(array), -1)
        words = _as_words(flat)
        words = words ^ (words >> np.uint64(32))
        multipliers = np.random.Generator(np.random.Philox(key=words.shape[1])).integers(
            0, 2**63, words.shape[1], np.uint64
        )
        part = (words @ (multipliers << np.uint64(1) | np.uint64(1))).ravel()
        keys = part if keys is None else (keys ^ (keys >> np.uint64(29))) * MIX + part
    if keys is None:
        raise ValueError("row_keys needs at least one array")
    return (keys ^ (keys >> np.uint64(32))) * MIX


def _as_words(flat: np.ndarray) -> np.ndarray:
    """View rows (rows, n) as 64-bit words (rows, m), padded with zeros."""
    data = flat.view(np.uint8).reshape(len(flat), -1)
    width = -(-data.shape[1] // 8) * 8
    if width != data.shape[1]:
        padded = np.zeros((len(data), width), np.uint8)
        padded[:, : data.shape[1]] = data
        data = padded
    return data.view(np.uint64)
