"""Checks of a TrainingRun before its training: task slots, and classes of the training rows.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkeras.errors import DataError, InvalidParamError, SetupError
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


def class_counts(dataset: Dataset) -> list[int]:
    """Return the training rows of each class.

    Raises
    ------
    DataError
        If all training rows are of one class.
    """
    found = {row["label"]: row["count"] for row in dataset.train.groupBy("label").count().collect()}
    found.pop(None, None)
    if len(found) < 2:
        raise DataError(
            f"All training rows of {dataset.name!r} are of one class; there is nothing to tell apart. "
            "Expected two classes or more. Is it the right label column?"
        )
    return [found.get(number, 0) for number in range(max(dataset.num_classes or 0, int(max(found)) + 1))]


def balanced(counts: Sequence[int]) -> dict[int, float]:
    """Return the weight of each class by which all weigh the same together; a row weighs 1 on average."""
    there = [count for count in counts if count]
    return {number: sum(there) / (len(there) * count) for number, count in enumerate(counts) if count}


def require_classes_to_balance(dataset: Dataset, class_weight: object) -> None:
    """Raise InvalidParamError where classes cannot be balanced: there are none, or they have weights already."""
    if dataset.task != "classification":
        raise InvalidParamError(
            "'balance' (--balance) weighs classes, and the label is a number: leave it away, or take the label's "
            "values as classes (task='classification', --task classification)."
        )
    if class_weight:
        raise InvalidParamError("'balance' and 'class_weight' both weigh the classes; give one of them.")
