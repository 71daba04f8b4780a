"""64-bit hashes of values, the same in every process and on every machine.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np


def of_texts(texts: Iterable[str]) -> np.ndarray:
    """Return a uint64 hash of each text (BLAKE2b, RFC 7693)."""
    digests = (hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest() for text in texts)
    return np.frombuffer(b"".join(digests), "<u8").astype(np.uint64)


def of_bits(bits: np.ndarray) -> np.ndarray:
    """Return a uint64 hash of each 64-bit number (the finalizer of SplitMix64, Steele and others 2014)."""
    x = bits + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))
