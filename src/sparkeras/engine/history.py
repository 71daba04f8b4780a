"""Training history: metrics and seconds per epoch, and its CSV file.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import csv
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sparkeras.engine import logs


@dataclass(eq=False)
class TrainingHistory:
    """The epochs of one training.

    Attributes
    ----------
    epochs : list of dict
        One per epoch, Keras' own names: ``{"loss": 0.31, "accuracy": 0.91, "val_loss": ...}``. A metric of several
        numbers, e.g. one per class, is a NumPy array; a callback may add texts and dicts.
    seconds : list of float
        Wall-clock seconds of each epoch, validation included.
    parts : dict
        Seconds per part of the whole training, e.g. ``{"spool": 0.5, "imports": 1.7, "epochs": 2.1}``.
    rows, steps : int
        Training rows, and weight updates per epoch.
    skipped : int
        Rows left out for a null or NaN.
    taken_up : int
        Epochs of the checkpoint with which the training, or its last attempt, began; 0 without one.
    first : int
        Number of the first epoch, from 0: BackupAndRestore continues where an earlier training was interrupted.
    failures : list of str
        The error of each earlier attempt at this training.
    """

    epochs: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    parts: dict[str, float] = field(default_factory=dict)
    rows: int = 0
    steps: int = 0
    skipped: int = 0
    taken_up: int = 0
    first: int = 0
    failures: list[str] = field(default_factory=list)

    def by_name(self) -> dict[str, list[Any]]:
        """Return ``{"loss": [per epoch], ...}``, the shape of Keras' ``History.history``."""
        return _columns(self.epochs)

    def numbers_by_name(self) -> dict[str, list[float | None]]:
        """Return ``by_name`` for pictures and tables: numbers only, ``f1_score_0`` and ``f1_score_1`` of an array."""
        return _columns([logs.numbers(epoch) for epoch in self.epochs])

    def packed(self) -> dict[str, Any]:
        """Return the fields as a JSON-ready dict, for ``opened``."""
        return vars(self) | {"epochs": logs.pack(self.epochs)}

    @classmethod
    def opened(cls, fields: dict[str, Any]) -> TrainingHistory:
        """Return the history of ``packed``."""
        return cls(**fields | {"epochs": logs.open_packed(fields["epochs"])})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return bool(logs.listed(vars(self)) == logs.listed(vars(other)))

    @property
    def rows_per_second(self) -> float:
        """Rows trained per second: the median over all epochs but the first, which compiles; 0.0 without any."""
        seconds = self.seconds[1:] or self.seconds
        return self.rows / statistics.median(seconds) if seconds else 0.0

    def __str__(self) -> str:
        """Return a few lines: epochs, last figures, seconds per part, rows per second."""
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.parts.items())
        figures = ", ".join(f"{name} {logs.text(value, '.4g')}" for name, value in (self.epochs or [{}])[-1].items())
        steps = "1 step" if self.steps == 1 else f"{self.steps:,} steps"
        lines = [f"{len(self.epochs)} epochs of {self.rows:,} rows in {steps}: {figures}"]
        speed = f"{self.rows_per_second:,.0f} rows per second" + (" after the first" if self.seconds[1:] else "")
        lines.append(f"{sum(self.seconds):.1f} s in epochs, {speed}; {parts}")
        for count, note in (
            (self.skipped, "rows with a null or NaN were left out"),
            (self.taken_up, "epochs came from a checkpoint"),
            (len(self.failures), "attempts failed before"),
        ):
            lines += [f"{count:,} {note}"] if count else []
        return "\n".join(lines)

    def write_csv(self, path: str | Path) -> None:
        """Write ``epoch, seconds`` and Keras' own names, one line per epoch counted from 1. An array is a JSON list."""
        columns = self.by_name()
        with open(path, "w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["epoch", "seconds", *columns])
            for i, seconds in enumerate(self.seconds):
                writer.writerow(
                    [self.first + i + 1, round(seconds, 4), *(logs.cell(values[i]) for values in columns.values())]
                )

    @classmethod
    def read_csv(cls, path: str | Path) -> TrainingHistory:
        """Read the file of ``write_csv``; ``parts``, ``rows`` and ``steps`` are not in it."""
        history = cls()
        with open(path, newline="") as file:
            for line in csv.DictReader(file):
                epoch = int(line.pop("epoch"))
                history.first = history.first if history.epochs else epoch - 1
                history.seconds.append(float(line.pop("seconds")))
                history.epochs.append({name: logs.read_cell(cell) for name, cell in line.items() if cell})
        return history


def _columns(epochs: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for epoch in epochs for name in epoch)
    return {name: [epoch.get(name) for epoch in epochs] for name in names}
