"""A training in the terminal: its plan, a bar over the steps, a line per epoch.

Runs on: driver.
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING

from sparkeras.engine.progress_bar import ProgressBar
from sparkeras.runs.training_events import Event

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


class TrainingTerminal:
    """A context that is called with the events of a TrainingRun and shows them on a console."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.bar: ProgressBar | None = None

    def __enter__(self) -> TrainingTerminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_bar()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        kind = event["event"]
        if kind == "session":
            self._print(start_message(event["master"], event["spark"]))
        elif kind == "plan":
            for line in plan_lines(event):
                self._print(line)
            self.bar = ProgressBar(event["epochs"], self.console)
            self.bar.__enter__()
        elif kind == "columns":
            self.console.print(columns_table(event["columns"]))
        elif kind == "note":
            self._print(event["message"], "yellow" if event["message"].startswith("Warning") else None)
        elif kind == "trained":
            self._end_bar()
        elif self.bar is not None:
            self.bar(event)

    def _print(self, line: str, style: str | None = None) -> None:
        self.console.print(line, style=style, markup=False, highlight=False)

    def _end_bar(self) -> None:
        if self.bar is not None:
            self.bar.__exit__(None, None, None)
            self.bar = None


def columns_table(columns: list[dict[str, str]]) -> Table:
    """Return the lines of a ``columns`` event as a table."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("column", "kind", "learned", "becomes"):
        table.add_column(name, overflow="fold")
    for line in columns:
        table.add_row(*map(Text, line.values()), style="dim" if line["kind"] == "left out" else None)
    return table


def start_message(master: str | None, version: str) -> str:
    """Return one line of at most 80 columns to show while Spark starts, which takes seconds."""
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        return f"Starting Spark {version} in the Java process of spark-submit"
    place = master or os.environ.get("SPARK_REMOTE") or "local[*]"
    if place.startswith("local"):
        return f"Starting Spark {version}, a Java process on this machine that runs the training"
    return f"Connecting Spark {version} to {place}"


def plan_lines(plan: Event) -> tuple[str, str]:
    """Return two lines of at most 80 columns on the training of a ``plan`` event."""
    how = f"{plan['rows']:,} rows, {plan['epochs']} epochs, batch size {plan['batch_size']}"
    return (
        f"Training {plan['model']} ({plan['parameters']:,} parameters) on {plan['data']}",
        f"{how}, {plan['backend']} on Spark {plan['spark']}",
    )
