"""The error for tables of mixed columns where arrays of numbers are asked for.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path

from sparkeras.datasets.contract import Arrays
from sparkeras.errors import DataError


def no_arrays(folder: Path, seed: int, name: str) -> Arrays:
    """Raise DataError: the set's columns are not numbers."""
    raise DataError(
        f"{name!r} is a table with texts and gaps, no array of numbers. Take datasets.open_table({name!r}, spark), or "
        f"train on it: sparkeras train --data {name}"
    )
