"""The pictures of a run on a table: importance of each column, and of classes calibration and gains.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras import plots
from sparkeras.runs.table_facts.scores import WORDS, is_two

if TYPE_CHECKING:
    from sparkeras.runs.table_facts.facts import TableResult

FILES = ("importance", "calibration", "lift")

Picture = tuple[bytes, bytes]  # for a light and for a dark page


def draw(
    table: TableResult, path_of: Callable[[str], Path], both: Callable[..., Picture], label: str, classes: Sequence[str]
) -> dict[str, Picture]:
    """Write the pictures to ``path_of("importance.png")``, ...; return them by name.

    Parameters
    ----------
    table : TableResult
    path_of : callable
        Takes a file's name.
    both : callable
        Takes a path, a function of ``plots`` and its arguments; draws for a light and for a dark page.
    label : str
        The label column.
    classes : list of str
        Their names; none of amounts.
    """
    found = table.facts["importance"]
    columns: list[dict[str, Any]] = found["columns"]
    bars = [[each[key] for each in columns] for key in ("column", "loss", "spread")]
    drawn = {"importance": both(path_of("importance.png"), plots.draw_importance, *bars, WORDS[found["figure"]])}
    if not classes:
        return drawn
    if not is_two(table.label, table.output):
        right = table.output.argmax(axis=1) == table.label
        what = "the predicted class is right"
        return drawn | {"calibration": _calibration(path_of, both, table.output.max(axis=1), right, what)}
    positive = rarer(table.label)
    happened, what = table.label == positive, f"{label} is {classes[positive]}"
    scores = {"this model": table.output[:, positive]}
    if table.linear is not None:
        scores["linear"] = table.linear[:, positive]
    return drawn | {
        "calibration": _calibration(path_of, both, table.output[:, positive], happened, what),
        "lift": both(path_of("lift.png"), plots.draw_gains, happened, scores, what),
    }


def rarer(label: np.ndarray) -> int:
    """Return the rarer of two classes, which people mostly look for; class 1 where both have as many rows."""
    return 1 if (label == 1).mean() <= 0.5 else 0


def _calibration(
    path_of: Callable[[str], Path], both: Callable[..., Picture], probability: np.ndarray, right: np.ndarray, what: str
) -> Picture:
    return both(path_of("calibration.png"), plots.draw_calibration, probability, right, what)
