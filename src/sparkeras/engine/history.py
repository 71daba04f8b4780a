"""What happened in a training, per epoch, and how it is kept as a CSV file.

Runs on: driver, Spark task, training process.
"""

import csv
import statistics
from dataclasses import dataclass, field

from sparkeras.engine import logs


@dataclass(eq=False)
class TrainingHistory:
    """The epochs of one training.

    Attributes
    ----------
    epochs : list of dict
        One per epoch, Keras' own names: ``{"loss": 0.31, "accuracy": 0.91, "val_loss": ...}``. A metric of several
        numbers, e.g. one per class, is a NumPy array; what a callback adds may be a text or a dict too.
    seconds : list of float
        Wall-clock seconds of each epoch, validation included.
    parts : dict
        Seconds per part of the whole training, e.g. ``{"spool": 0.5, "imports": 1.7, "epochs": 2.1}``.
    rows, steps : int
        Training rows, and weight updates per epoch.
    skipped : int
        Rows left out for a null or NaN.
    taken_up : int
        Epochs that a checkpoint held when the training, or its last attempt, began; 0 without one.
    first : int
        Number of the first epoch, counted from 0: BackupAndRestore goes on where an earlier training was interrupted.
    failures : list of str
        Why earlier attempts at this training failed, one text for each retry that it took.
    """

    epochs: list = field(default_factory=list)
    seconds: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    rows: int = 0
    steps: int = 0
    skipped: int = 0
    taken_up: int = 0
    first: int = 0
    failures: list = field(default_factory=list)

    def by_name(self):
        """Return ``{"loss": [per epoch], ...}``, the shape of Keras' ``History.history``."""
        return _columns(self.epochs)

    def numbers_by_name(self):
        """Return ``by_name`` for pictures and tables: numbers only, ``f1_score_0`` and ``f1_score_1`` of an array."""
        return _columns([logs.numbers(epoch) for epoch in self.epochs])

    def packed(self):
        """Return the fields as a dict that JSON can hold, for ``opened``."""
        return vars(self) | {"epochs": logs.pack(self.epochs)}

    @classmethod
    def opened(cls, fields):
        """Return the history of a dict that ``packed`` made."""
        return cls(**fields | {"epochs": logs.open_packed(fields["epochs"])})

    def __eq__(self, other):
        if type(other) is not type(self):
            return NotImplemented
        return logs.listed(vars(self)) == logs.listed(vars(other))

    @property
    def rows_per_second(self):
        """Rows trained per second: the median over the epochs but the first, which compiles; 0.0 without any."""
        seconds = self.seconds[1:] or self.seconds
        return self.rows / statistics.median(seconds) if seconds else 0.0

    def __str__(self):
        """Tell the training in a few lines: epochs, last figures, seconds per part, rows per second."""
        parts = ", ".join(f"{name} {seconds:.1f}" for name, seconds in self.parts.items())
        figures = ", ".join(f"{name} {logs.text(value, '.4g')}" for name, value in (self.epochs or [{}])[-1].items())
        steps = "1 step" if self.steps == 1 else f"{self.steps:,} steps"
        lines = [f"{len(self.epochs)} epochs of {self.rows:,} rows in {steps}: {figures}"]
        speed = f"{self.rows_per_second:,.0f} rows per second" + (" after the first" if self.seconds[1:] else "")
        lines.append(f"{sum(self.seconds):.1f} s in epochs, {speed}; {parts}")
        for count, words in (
            (self.skipped, "rows with a null or NaN were left out"),
            (self.taken_up, "epochs came from a checkpoint"),
            (len(self.failures), "attempts failed before"),
        ):
            lines += [f"{count:,} {words}"] if count else []
        return "\n".join(lines)

    def write_csv(self, path):
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
    def read_csv(cls, path):
        """Read what ``write_csv`` wrote; ``parts``, ``rows`` and ``steps`` are not in the file."""
        history = cls()
        with open(path, newline="") as file:
            for line in csv.DictReader(file):
                epoch = int(line.pop("epoch"))
                history.first = history.first if history.epochs else epoch - 1
                history.seconds.append(float(line.pop("seconds")))
                history.epochs.append({name: logs.read_cell(cell) for name, cell in line.items() if cell})
        return history


def _columns(epochs):
    names = dict.fromkeys(name for epoch in epochs for name in epoch)
    return {name: [epoch.get(name) for epoch in epochs] for name in names}
