"""The result of a search: a row per trial, the best model, and both as files.

Runs on: driver.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from sparkeras import plots
from sparkeras.engine.columns.encoding import is_spec
from sparkeras.engine.history import TrainingHistory
from sparkeras.files.atomic import moved
from sparkeras.tuning.goal import Goal

if TYPE_CHECKING:
    import optuna

    from sparkeras.tuning.search import Fitted

_STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


class TuningResult:
    """The trials of a study and the best of them; ``print`` shows the table, best first.

    Attributes
    ----------
    rows : list of dict
        One per trial in the order of their numbers: ``number``, ``state`` (``"complete"``, ``"pruned"`` or
        ``"failed"``), ``value`` (of the best epoch; of the last for a pruned trial; None for a failed one), ``epochs``,
        ``seconds``, ``params`` (dict) and ``error`` (text, empty for others).
    best_params : dict
    best_value : float
    best_model : keras.Model
        With the weights of its best epoch.
    history : TrainingHistory
        Of the best model.
    features : sparkeras.features.Features or None
        What the best model knows of the columns; None where columns hold its inputs.
    study : optuna.Study
        For Optuna's own tables and pictures.
    """

    best_model: keras.Model
    history: TrainingHistory

    def __init__(
        self, study: optuna.Study, finished: Iterable[optuna.trial.FrozenTrial], goal: Goal, best: Fitted
    ) -> None:
        self.study, self._goal = study, goal
        self.rows = [row_of(trial) for trial in finished]
        self.best_model, self.history, self.best_value = best.model, best.history, best.value
        self.features = best.settings.features if is_spec(best.settings.features) else None
        self.best_params = next(row["params"] for row in self.rows if row["number"] == best.number)

    def write(self, folder: str | Path) -> None:
        """Write ``trials.csv``, ``trials.png`` and ``best.keras`` to a folder, which is made where it is missing.

        Where the model was trained on learned columns, ``features.json`` holds what was learned.

        Each file is written beside its place and moved there when it is whole.
        """
        folder = Path(folder).expanduser()
        folder.mkdir(parents=True, exist_ok=True)
        moved(folder / "trials.csv", self._write_csv)
        moved(folder / "trials.png", self.draw)
        moved(folder / "best.keras", self.best_model.save)
        if self.features:
            learned = self.features.to_json()
            moved(folder / "features.json", lambda path: path.write_text(learned, encoding="utf-8"))

    def draw(self, path: str | Path, dark: bool = False) -> None:
        """Draw the value of each trial and the best so far as a PNG."""
        plots.draw_trials(path, self.rows, self._goal.metric, self._goal.mode, dark=dark)

    def _write_csv(self, path: str | Path) -> None:
        names = _names(self.rows)
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["number", "state", "value", "epochs", "seconds", *names, "error"])
            for row in self.rows:
                params = [row["params"].get(name) for name in names]
                writer.writerow([*(row[key] for key in list(row)[:5]), *params, row["error"]])

    def __str__(self) -> str:
        from rich.console import Console
        from rich.table import Table

        names = _names(self.rows)
        table = Table("trial", "state", self._goal.metric, "epochs", "seconds", *names, "error", box=None)
        for row in self._best_first():
            value = "" if row["value"] is None else f"{row['value']:.4g}"
            params = [short(row["params"].get(name, "")) for name in names]
            error = row["error"].splitlines()[0][:100] if row["error"] else ""
            seconds = f"{row['seconds']:.1f}"
            table.add_row(str(row["number"]), row["state"], value, str(row["epochs"]), seconds, *params, error)
        text = io.StringIO()
        # As wide as its text: a name that is cut could be another's. Square brackets are not markup.
        Console(file=text, width=10_000, markup=False, highlight=False, color_system=None).print(table)
        return "\n".join(line.rstrip() for line in text.getvalue().splitlines())

    def _best_first(self) -> list[dict[str, Any]]:
        """Complete trials by their value, then the others in the order of their numbers."""
        sign = 1 if self._goal.mode == "min" else -1
        order = list(_STATES.values())
        return sorted(
            self.rows,
            key=lambda row: (order.index(row["state"]), sign * row["value"] if row["state"] == "complete" else 0),
        )


def row_of(trial: optuna.trial.FrozenTrial) -> dict[str, Any]:
    """Return the row of an ``optuna.trial.FrozenTrial`` that ended, see ``TuningResult.rows``."""
    attributes = trial.user_attrs
    return {
        "number": trial.number,
        "state": _STATES[trial.state.name],
        "value": trial.value,
        "epochs": attributes.get("epochs", 0),
        "seconds": attributes.get("seconds", 0.0),
        "params": trial.params,
        "error": attributes.get("error", ""),
    }


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row["params"]))


def short(value: Any) -> str:
    """Return a parameter's value as a table shows it."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
