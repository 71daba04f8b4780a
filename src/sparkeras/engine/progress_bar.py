"""Live progress of a training in the terminal or the notebook: one bar over the steps, one line per epoch.

Runs on: driver.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from typing import TYPE_CHECKING, Any

from sparkeras.engine import logs
from sparkeras.errors import InvalidParamError

if TYPE_CHECKING:
    from types import TracebackType

    from rich.console import Console


def is_wanted(verbose: object) -> bool:
    """Tell whether to show progress; None and ``"auto"`` mean in a terminal or notebook only.

    Raises
    ------
    InvalidParamError
        For any other value than a bool, None, or Keras' 0, 1, 2 and "auto".
    """
    if verbose in (None, "auto"):
        return (sys.stderr.isatty() or "ipykernel" in sys.modules) and importlib.util.find_spec("rich") is not None
    if verbose not in (0, 1, 2):
        raise InvalidParamError(f"'verbose' must be True, False, None, or Keras' 0, 1, 2 or 'auto'; got {verbose!r}.")
    return bool(verbose)


class ProgressBar:
    """A context that draws the events of ``spark_job.progress``; call it with each.

    Parameters
    ----------
    epochs : int
    console : rich.console.Console or None
        Standard error by default, so that results in standard output stay clean.
    """

    def __init__(self, epochs: int, console: Console | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self.epochs, self.steps, self.rows, self.begin = epochs, 1, 0, 0
        self.console = console or Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[step]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self.console,
            transient=True,
        )
        self.task = self.progress.add_task("starting", total=None, step="")
        self.began = time.monotonic()

    def __enter__(self) -> ProgressBar:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.progress.stop()

    def __call__(self, event: dict[str, Any]) -> None:
        """Draw one event."""
        kind = event["event"]
        if kind == "start":
            self.steps, self.rows, self.begin = event["steps"], event["rows"], event.get("begin", 0)
            if self.begin:
                self.console.print(f"goes on from its checkpoint, after epoch {self.begin}", highlight=False)
            # From here on the speed is that of steps, so the time left is that of the epochs to come.
            self.progress.reset(self.task, total=(self.epochs - self.begin) * self.steps)
            self._show(self.begin + 1, 0)
        elif kind == "step":
            self._show(event["epoch"], self.steps if event["step"] is None else event["step"])
        elif kind == "retry":
            first_line = event["failure"].split("\n")[0]
            self.console.print(f"retry {event['retry']} of {event['retries']}: {first_line}", highlight=False)
        elif kind == "queued":
            description = f"waiting for {event['slots']} free task slot{'s' if event['slots'] > 1 else ''}"
            self.progress.update(self.task, description=description)
        elif kind == "silent":
            self.console.print(event["message"], highlight=False)
        elif kind == "launched":
            self.progress.update(self.task, description="starting")
        elif kind == "epoch":
            figures = "  ".join(f"{name} {logs.text(value)}" for name, value in event["logs"].items())
            speed = f"{self.rows / max(event['seconds'], 1e-9):,.0f} rows/s"
            width = len(str(self.epochs))
            self.console.print(
                f"epoch {event['epoch']:>{width}}/{self.epochs}  {event['seconds']:.2f} s  {speed}  {figures}",
                highlight=False,
            )

    def _show(self, epoch: int, step: int) -> None:
        done = (epoch - 1 - self.begin) * self.steps + step
        description, shown = f"epoch {epoch}/{self.epochs}", f"step {step}/{self.steps}"
        self.progress.update(self.task, completed=done, description=description, step=shown)
