"""Labels that are texts, such as "cat" and "dog", as classes 0..k-1 in the order of the alphabet.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from sparkeras.datasets.labels import MOST_CLASSES
from sparkeras.errors import DataError


def are_texts(y: np.ndarray) -> bool:
    """Tell whether an array of labels holds texts."""
    return y.ndim == 1 and y.dtype.kind in "SUO"


def number(labels: Sequence[np.ndarray], places: Sequence[str]) -> tuple[list[np.ndarray], tuple[str, ...]]:
    """Return ([classes (rows,) int32 of each part], names of the classes), texts stripped of blanks around them.

    Parameters
    ----------
    labels : list of arrays (rows,) of texts
        Those of all parts: a class that only the test rows have is one, too.
    places : list of str
        File and column of each part, for errors.

    Raises
    ------
    DataError
        If a text is empty, or there are too many different ones.
    """
    stripped = []
    for y, where in zip(labels, places, strict=True):
        texts = [text.decode(errors="replace") if isinstance(text, bytes) else text for text in y.tolist()]
        for row, text in enumerate(texts, start=1):
            if not isinstance(text, str) or not text.strip():
                raise DataError(f"{where}, row {row}: the label is empty. Fill it or delete the row.")
        stripped.append(np.array([text.strip() for text in texts], dtype=object))
    names = require_classes(set().union(*stripped), sum(map(len, stripped)), places[0])
    numbers = {name: i for i, name in enumerate(names)}
    return [np.array([numbers[text] for text in y], dtype=np.int32) for y in stripped], names


def require_classes(texts: Collection[str], rows: int, where: str) -> tuple[str, ...]:
    """Return different texts in order, or raise DataError where they are too many to be names of classes."""
    if len(texts) > MOST_CLASSES or (len(texts) == rows and rows > 1):
        some = ", ".join(repr(text) for text in sorted(texts)[:3])
        count = f"more than {MOST_CLASSES:,}" if len(texts) > MOST_CLASSES else f"in {rows:,} rows as many"
        raise DataError(
            f"{where}: the labels are {count} different texts ({some}, ...); expected names of classes, each of "
            "many rows, or numbers. Is it the right column?"
        )
    return tuple(sorted(texts))
