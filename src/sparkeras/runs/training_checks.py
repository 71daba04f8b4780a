"""Checks of a TrainingRun before its training: task slots, and classes of the training rows.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkeras.errors import DataError, SetupError
from sparkeras.spark import session

if TYPE_CHECKING:
    from sparkeras.datasets import Dataset


def require_slots(master: str | None, workers: int | str) -> None:
    """Raise SetupError, before Spark starts, where a master's own text has fewer slots than there are workers."""
    slots = session.slots_of(master)
    if slots is not None and isinstance(workers, int) and workers > slots:
        raise SetupError(
            f"{workers} workers need as many task slots at once, and the master {master} has {slots}. "
            f"Take the master 'local[{workers}]', or fewer workers."
        )


def empty_classes(dataset: Dataset) -> int:
    """Return how many classes have no training row.

    Raises
    ------
    DataError
        If all training rows are of one class.
    """
    present = {row["label"] for row in dataset.train.select("label").distinct().collect()} - {None}
    if len(present) < 2:
        raise DataError(
            f"All training rows of {dataset.name!r} are of one class; there is nothing to tell apart. "
            "Expected two classes or more. Is it the right label column?"
        )
    return max(0, (dataset.num_classes or 0) - len(present))
