"""Live progress of a training in the terminal or the notebook: one bar over the steps, one line per epoch.

Runs on: driver. Imports: rich when it is first needed.
"""

import time


class ProgressBar:
    """A context that is called with the events of ``cluster.progress`` and draws them.

    Parameters
    ----------
    epochs : int
    console : rich.console.Console or None
        Standard error by default, so that results in standard output stay clean.
    """

    def __init__(self, epochs, console=None):
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self.epochs, self.steps, self.rows = epochs, 1, 0
        self.console = console or Console(stderr=True)
        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
        )
        self.task = self.progress.add_task("starting", total=None, figures="")
        self.began = time.monotonic()

    def __enter__(self):
        self.progress.start()
        return self

    def __exit__(self, *_):
        self.progress.stop()

    def __call__(self, event):
        """Draw one event."""
        kind = event["event"]
        if kind == "start":
            self.steps, self.rows = event["steps"], event["rows"]
            self._show(event.get("begin", 0) + 1, 0)
        elif kind == "step":
            self._show(event["epoch"], self.steps if event["step"] is None else event["step"])
        elif kind == "retry":
            first_line = event["failure"].split("\n")[0]
            self.console.print(f"retry {event['retry']} of {event['retries']}: {first_line}", highlight=False)
        elif kind == "queued":
            words = f"waiting for {event['slots']} free task slot{'s' if event['slots'] > 1 else ''}"
            self.progress.update(self.task, description=words)
        elif kind == "launched":
            self.progress.update(self.task, description="starting")
        elif kind == "epoch":
            figures = "  ".join(f"{name} {value:.4f}" for name, value in event["logs"].items())
            speed = f"{self.rows / max(event['seconds'], 1e-9):,.0f} rows/s"
            width = len(str(self.epochs))
            self.console.print(
                f"epoch {event['epoch']:>{width}}/{self.epochs}  {event['seconds']:.2f} s  {speed}  {figures}",
                highlight=False,
            )

    def _show(self, epoch, step):
        self.progress.update(
            self.task, description=f"epoch {epoch}/{self.epochs}", total=self.steps, completed=step, figures="steps"
        )
