"""The tables of a run's folder as CSV files.

Runs on: driver.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sparkeras.runs.report.rows import TestRows, class_text

FEW_ROWS = 50


def write_metrics(path: Path, metrics: Sequence[Mapping[str, Any]]) -> None:
    """Write the dicts of ``figures.class_metrics`` or ``regression_metrics``, a line each; NaN leaves a cell empty."""
    _write(path, list(metrics[0]), ([_cell(value) for value in line.values()] for line in metrics))


def write_predictions(path: Path, test: TestRows, seed: int, regression: bool) -> None:
    """Write the same few test rows for the same ``seed``: prediction, label, probability of the prediction.

    Several targets have columns of their own: prediction_1, prediction_2, ..., label_1, ...
    """
    count = min(FEW_ROWS, len(test.label))
    chosen = np.sort(np.random.default_rng(seed).choice(len(test.label), count, replace=False))
    probability = None if regression else test.predicted_probability()
    text = _cell if regression else class_text
    if test.label.ndim == 2:
        numbers = range(1, test.label.shape[1] + 1)
        head = [f"{name}_{number}" for name in ("prediction", "label") for number in numbers]
        rows = ([_cell(each) for each in (*test.prediction[i], *test.label[i])] for i in chosen)
        _write(path, head, rows)
        return
    lines = (
        [text(test.prediction[i]), text(test.label[i]), "" if probability is None else _cell(probability[i])]
        for i in chosen.tolist()
    )
    _write(path, ["prediction", "label", "probability"], lines)


def _write(path: Path, head: Sequence[str], lines: Iterable[Sequence[Any]]) -> None:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows(lines)


def _cell(value: Any) -> Any:
    """Return a value as the cell of a CSV file; NaN and infinity leave it empty."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return value
