"""A run shown in the terminal.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sparkeras.engine.history import TrainingHistory
from sparkeras.runs.report import table_section
from sparkeras.runs.report.figures import Metrics, figure_text, headline
from sparkeras.runs.table_facts.scores import WORDS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from sparkeras.runs.run_folder import Run

LAST_EPOCHS = 5
BAR_WIDTH = 16
MOST_CLASSES = 30


def show_run(run: Run, console: Console) -> None:
    """Print the run's main figure, metrics, last epochs and files.

    Raises
    ------
    RunFolderError
        If a table of the run is missing.
    """
    from rich.text import Text

    summary, main = run.summary, headline(run.summary["figures"].get("test", {}), run.metrics)
    data, model = summary["data"], summary["model"]
    console.print()
    console.print(Text.assemble((f"  {main.text} ", "bold green"), (main.name, "bold")))
    console.print(Text(f"  {main.baseline_text}{main.verdict}", "dim"))
    rows = f"{data.get('train_rows', 0):,} training and {data.get('test_rows', 0):,} test rows"
    console.print(Text(f"  {model.get('name')} ({summary['parameters']:,} parameters) on {data.get('name')} ({rows})"))
    console.print(_metrics_table(run.metrics))
    console.print(_epochs_table(TrainingHistory.read_csv(run.history_path)))
    if "table" in summary:
        console.print(_baselines_table(summary["table"]))
        for message in (*summary["table"]["warnings"], *summary["table"]["notes"]):
            console.print(Text(f"  {message}", "yellow"))
    console.print(Text(f"  report  {run.path / 'report.html'}"), soft_wrap=True)
    console.print(Text(f"  model   {run.path / 'model.keras'}"), soft_wrap=True)


def _metrics_table(metrics: Metrics) -> Table:
    if len(metrics) > MOST_CLASSES:
        table = _table(f"The {MOST_CLASSES} weakest of {len(metrics)} classes (all: metrics.csv)")
        metrics = sorted(metrics, key=lambda line: 2 if line["f1"] is None else line["f1"])[:MOST_CLASSES]
    else:
        table = _table("On the test rows")
    if "figure" in metrics[0]:
        table.add_column("figure")
        table.add_column("value", justify="right")
        for line in metrics:
            table.add_row(line["figure"].replace("_", " "), figure_text(line["value"]))
        return table
    table.add_column("class")
    for name in ("precision", "recall", "f1", "test rows"):
        table.add_column(name, justify="right")
    table.add_column("")
    for line in metrics:
        shares = [_share(line[name]) for name in ("precision", "recall", "f1")]
        table.add_row(str(line["class"]), *shares, f"{int(line['support'] or 0):,}", _bar(line["f1"]))
    return table


def _baselines_table(facts: Mapping[str, Any]) -> Table:
    """Return the figures of the two baselines and of the model, on the same rows."""
    found, names = facts["baselines"], table_section.names_of(facts)
    table = _table(f"Beside two simple models, on {table_section.rows_of(found)}")
    table.add_column("", no_wrap=True)
    for name in names:
        table.add_column(WORDS[name], justify="right")
    for line in found["lines"]:
        style = "bold" if line is found["lines"][-1] else None
        table.add_row(line["name"], *(table_section.shown(line[name], name) for name in names), style=style)
    return table


def _epochs_table(history: TrainingHistory) -> Table:
    count = len(history.epochs)
    table = _table("The last epochs, on training rows" if count > LAST_EPOCHS else "Epochs, on training rows")
    columns = history.numbers_by_name()
    table.add_column("epoch", justify="right")
    for name in columns:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("seconds", justify="right")
    for i in range(max(0, count - LAST_EPOCHS), count):
        values = [_digits(values[i]) for values in columns.values()]
        table.add_row(f"{i + 1}/{count}", *values, f"{history.seconds[i]:.2f}")
    return table


def _table(title: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _digits(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.4f}" if abs(value) < 1000 else f"{value:,.1f}"


def _bar(value: float | None) -> Text:
    from rich.text import Text

    full = round(BAR_WIDTH * (value or 0))
    return Text.assemble(("━" * full, "green"), ("━" * (BAR_WIDTH - full), "dim"))
