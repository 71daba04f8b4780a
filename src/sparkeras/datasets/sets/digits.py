"""digits: 1,797 real handwritten digits of 8 x 8 pixels, embedded in scikit-learn.

Runs on: driver.

Origin: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
"""

from __future__ import annotations

from pathlib import Path

from sparkeras.datasets.contract import Arrays, Entry, Schema
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import require_packages


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays, split 80/20: stratified, because the last rows are of other writers (5 points worse)."""
    import numpy as np

    require_packages("tools", "sklearn")
    from sklearn.datasets import load_digits

    digits = load_digits()
    x, y = digits.images.astype(np.uint8), digits.target.astype(np.int32)
    train, test = split_rows(len(y), seed, y, where="digits")
    return Arrays("digits", x[train], y[train], x[test], y[test], 10, ("rescale", 1 / 16), "")


ENTRY = Entry(
    name="digits",
    title="handwritten digits, 8 x 8",
    rows_train=1437,
    rows_test=360,
    licence="CC BY 4.0",
    source_url="https://archive.ics.uci.edu/dataset/80",
    read=read,
    schema=Schema(("8 x 8 pixels (0 to 16)",), ("digit",), tuple("0123456789")),
)
