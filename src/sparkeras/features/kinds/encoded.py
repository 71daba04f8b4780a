"""What a learned column becomes, and the promises of every kind of column.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from sparkeras.features.summaries import Summary


class Encoded(NamedTuple):
    """Some rows of a column, encoded.

    Attributes
    ----------
    array : (rows, width) array
        float32 numbers, or int32 ids.
    invalid : (rows,) bool array
        Rows that cannot be encoded: without a value where training had one in each row, or of another type.
    """

    array: np.ndarray
    invalid: np.ndarray


class Ids(NamedTuple):
    """One column of ids: its name, and how many different ids there are."""

    name: str
    size: int


class Learned(Protocol):
    """A column (or several) with what was learned of it; it encodes the rows of any batch alike.

    Attributes
    ----------
    kind : str
        A name of ``kinds.KINDS``.
    sources : tuple of str
        The columns that are read.
    """

    kind: str

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The names of the numbers that it becomes; none for ids."""

    @property
    def ids(self) -> tuple[Ids, ...]:
        """The ids that it becomes; none for numbers."""

    @property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of each of ``numbers`` over the training rows."""

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """For each of ``numbers`` the edges of bins of about as many training rows each, ascending; none for flags."""

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Encode the rows of Arrow columns."""

    def learned(self) -> str:
        """Say in a few words what was learned, e.g. ``"mean 3.2, 4 % missing"``."""

    def becomes(self) -> str:
        """Say in a few words what it becomes, e.g. ``"a number and a flag for missing"``."""


class BecomesNumbers:
    """What a column of numbers alone says of ids."""

    @property
    def ids(self) -> tuple[Ids, ...]:
        """None."""
        return ()


class BecomesIds:
    """What a column of ids alone says of numbers."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """None."""
        return ()

    @property
    def scale(self) -> tuple[np.ndarray, np.ndarray]:
        """Nothing: ids have no scale."""
        return np.zeros(0), np.zeros(0)

    @property
    def bins(self) -> tuple[tuple[float, ...], ...]:
        """None: it becomes no numbers."""
        return ()


def share(of: float) -> str:
    """Return a share as per cent, without pretending that a little is nothing."""
    return f"{of:.0%}".replace("%", " %") if of >= 0.01 else "< 1 %"


def amount(number: float) -> str:
    """Return a number as people read it: 10,290, not 1.029e+04."""
    return f"{number:,.0f}" if 1000 <= abs(number) < 1e12 else f"{number:.4g}"


class Kind(Protocol):
    """How a column is to be taken: the settings before anything is learned."""

    name: str

    def learn(self, column: str, summary: Summary) -> Learned:
        """Return the column with what its Summary says."""

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
