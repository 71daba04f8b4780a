"""The settings of a training, and the model of a table, that follow from the number of rows.

Runs on: driver.
"""

from __future__ import annotations

from typing import Any

from sparkeras.engine.params.table import Settings

# Few rows need small batches and more epochs, or the steps are too few to learn (docs/decisions/005).
SMALL_ROWS, OF_SMALL = 10_000, {"batch_size": 32, "epochs": 40}
OF_SMALL_TABLE = {"batch_size": 32, "epochs": 20}
# A larger table is seen this often in all, each row twice at least (docs/decisions/028).
ROWS_SEEN, MOST_EPOCHS = 600_000, 40
LARGE_ROWS = 50_000  # from which steps of more rows are enough


def defaults(rows: int, is_table: bool) -> dict[str, Any]:
    """Return epochs and batch size, where they are not the general defaults; ``is_table``: for a table's own model."""
    is_small = rows < SMALL_ROWS
    if not is_table:
        return OF_SMALL if is_small else {}
    if is_small:
        return OF_SMALL_TABLE
    epochs = min(MOST_EPOCHS, max(2, round(ROWS_SEEN / rows)))
    return {"batch_size": 128 if rows < LARGE_ROWS else 256, "epochs": epochs}


def table_model(rows: int) -> str:
    """Return the zoo's name of the model for a table: several networks in one for few rows, else a larger one."""
    return "tabm" if rows < SMALL_ROWS else "tabular"


def steps(settings: Settings, rows: int) -> int:
    """Return the number of weight updates of a training; ``rows`` counts the validation rows too."""
    return settings.epochs * -(-round(rows * (1 - settings.validation_fraction)) // settings.batch_size)
