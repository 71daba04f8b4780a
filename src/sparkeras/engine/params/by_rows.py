"""The settings of a training that follow from its number of rows.

Runs on: driver.
"""

from __future__ import annotations

from typing import Any

from sparkeras.engine.params.table import Settings

# Few rows need small batches and more epochs, or the steps are too few to learn (docs/decisions/005).
SMALL_ROWS, OF_SMALL = 10_000, {"batch_size": 32, "epochs": 40}
OF_TABLE = {"batch_size": 1024, "epochs": 2}


def defaults(rows: int, is_table: bool) -> dict[str, Any]:
    """Return epochs and batch size, where they are not the general defaults, by the number of rows."""
    return OF_SMALL if rows < SMALL_ROWS else OF_TABLE if is_table else {}


def steps(settings: Settings, rows: int) -> int:
    """Return the weight updates of a training on ``rows`` rows, those to validate with among them."""
    return settings.epochs * -(-round(rows * (1 - settings.validation_fraction)) // settings.batch_size)
