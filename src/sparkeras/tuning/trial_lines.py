"""A line per trial in the terminal or the notebook.

Runs on: driver.
"""

from typing import Any

from sparkeras.tuning.result import short


class TrialLines:
    """A function of the row of a finished trial (see ``TuningResult.rows``) that prints a line for it.

    Parameters
    ----------
    trials : int
        That the study will have.
    metric : str
    done : int
        Trials that an earlier call finished.
    """

    def __init__(self, trials: int, metric: str, done: int) -> None:
        from rich.console import Console

        self.trials, self.metric, self.done, self.console = trials, metric, done, Console(stderr=True)

    def __call__(self, row: dict[str, Any]) -> None:
        """Write the line of one trial."""
        self.done += 1
        params = "  ".join(f"{name} {short(value)}" for name, value in row["params"].items())
        width = len(str(self.trials))
        line = f"trial {self.done:>{width}}/{self.trials}  {self._outcome(row)}  {params}  {row['seconds']:.1f} s"
        self.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _outcome(self, row: dict[str, Any]) -> str:
        if row["state"] == "complete":
            return f"{self.metric} {row['value']:.4f}"
        if row["state"] == "pruned":
            return f"pruned after {row['epochs']} epoch{'' if row['epochs'] == 1 else 's'}"
        return f"failed ({row['error'].splitlines()[0]})"
