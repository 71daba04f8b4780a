"""How much a Summary holds of a column: less where there are many columns.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from typing import NamedTuple


class Sizes(NamedTuple):
    """Most entries of a column's Summary.

    Attributes
    ----------
    quantiles : int
        Numbers of a level of the quantiles.
    values : int
        Values with their counts.
    words : int
        Words with their counts.
    """

    quantiles: int = 4096
    values: int = 20_000
    words: int = 40_000

    @classmethod
    def for_columns(cls, columns: int) -> Sizes:
        """Return the sizes for a table: those of one column up to 50, and for more as much as 50 take together."""
        share = min(1.0, 50 / max(columns, 1))
        return cls(*(max(256, int(size * share)) for size in cls()))
