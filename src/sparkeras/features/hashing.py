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
