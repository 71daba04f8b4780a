"""circles, gauss, spiral, xor: points of a plane in two classes, as web playgrounds have them. Made from the seed.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, Schema
from sparkeras.datasets.splits import split_rows

ROWS, RADIUS, NOISE = 1000, 5.0, 0.1
# From random numbers, the class of each row and the noise to the points (rows, 2).
Maker = Callable[[np.random.Generator, np.ndarray, float], np.ndarray]


def circles(rng: np.random.Generator, y: np.ndarray, noise: float) -> np.ndarray:
    """Class 1 within half the radius, class 0 around it."""
    r = np.where(y, rng.uniform(0, 0.5, len(y)), rng.uniform(0.7, 1, len(y))) * RADIUS
    return _polar(r, rng.uniform(0, 2 * np.pi, len(y))) + rng.normal(0, noise, (len(y), 2))


def gauss(rng: np.random.Generator, y: np.ndarray, noise: float) -> np.ndarray:
    """Two clouds, around (2, 2) and (-2, -2)."""
    return np.where(y, 2, -2)[:, None] + rng.normal(0, 1 + noise, (len(y), 2))


def spiral(rng: np.random.Generator, y: np.ndarray, noise: float) -> np.ndarray:
    """Two arms, each once and three quarters around."""
    part = rng.uniform(0.02, 1, len(y))
    return _polar(part * RADIUS, 1.75 * part * 2 * np.pi + np.pi * y) + rng.normal(0, noise, (len(y), 2))


def xor(rng: np.random.Generator, y: np.ndarray, noise: float) -> np.ndarray:
    """Class 1 where both numbers have the same sign; a gap lies between the squares."""
    a, b = rng.uniform(0.3, RADIUS, (2, len(y)))
    sign = rng.choice([-1, 1], len(y))
    return np.column_stack([sign * a, np.where(y, sign, -sign) * b]) + rng.normal(0, noise, (len(y), 2))


def plane(rng: np.random.Generator, y: np.ndarray, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Points everywhere, and their targets, which grow along the diagonal from -1 to 1."""
    x = rng.uniform(-RADIUS, RADIUS, (len(y), 2))
    return x, x.sum(axis=1) / (2 * RADIUS) + rng.normal(0, noise / RADIUS, len(y))


CLASSES: dict[str, Maker] = {"circles": circles, "gauss": gauss, "spiral": spiral, "xor": xor}
KINDS = (*CLASSES, "plane")


def points(name: str, rows: int = ROWS, noise: float = NOISE, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return points of a plane, x (rows, 2) from about -5 to 5, and the target of each: 0, 1, or of ``plane`` a number.

    They come in random order, so that any first part is a fair sample.
    """
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    if name == "plane":
        x, y = plane(rng, y.astype(bool), noise)
    else:
        x = CLASSES[name](rng, y.astype(bool), noise)
    order = rng.permutation(rows)
    return x[order], y[order]


def _polar(r: np.ndarray, angle: np.ndarray) -> np.ndarray:
    return np.column_stack([r * np.sin(angle), r * np.cos(angle)])


def read(folder: Path, seed: int, make: Maker, rows: int = ROWS, noise: float = NOISE) -> Arrays:
    """Return the Arrays: x (rows, 2) from about -5 to 5, half of the rows of each class."""
    rng = np.random.default_rng(seed)
    y = np.arange(rows) % 2
    x = make(rng, y.astype(bool), noise).astype(np.float32)
    train, test = split_rows(rows, seed, y)
    y = y.astype(np.int32)
    return Arrays("", x[train], y[train], x[test], y[test], 2, AS_IT_IS, "")


ENTRIES = tuple(
    Entry(
        name=name,
        title=f"points of a plane: {title}",
        rows_train=800,
        rows_test=200,
        licence="made here",
        source_url="-",
        read=partial(read, make=CLASSES[name]),
        schema=Schema(("x", "y"), ("class",), ("orange", "blue")),
    )
    for name, title in (
        ("circles", "a disc in a ring"),
        ("gauss", "two clouds"),
        ("spiral", "two spirals"),
        ("xor", "four squares, crosswise"),
    )
)
