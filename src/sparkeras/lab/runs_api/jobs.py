"""Trainings started from the page: each a TrainingRun in a process of its own.

Runs on: driver.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from sparkeras import datasets, zoo
from sparkeras.runs.training_events import Event
from sparkeras.runs.training_process import TrainingProcess
from sparkeras.serving.http.responses import Refusal

MOST_AT_ONCE, KEPT = 2, 20
_NAME = re.compile(r"[\w][\w.-]{0,59}")


class Number(NamedTuple):
    """A whole number of the form: its name as a setting of TrainingRun, and its limits."""

    setting: str
    low: int
    high: int


NUMBERS = {
    "epochs": Number("epochs", 1, 10_000),
    "batch_size": Number("batch_size", 1, 65_536),
    "workers": Number("num_workers", 1, 64),
    "seed": Number("seed", 0, 2**31 - 1),
}


class Job:
    """One training: its name, its process, and the state that its events tell."""

    def __init__(self, name: str, arguments: dict[str, Any]) -> None:
        self.name, self.message = name, ""
        self.epoch = 0
        self.epochs: int | None = None
        self.figures: dict[str, float | None] = {}
        self.training = TrainingProcess(self._take, **arguments)

    @property
    def is_at_work(self) -> bool:
        """Whether the training goes on."""
        return self.training.state == "running"

    def described(self) -> dict[str, Any]:
        """Return state, finished epochs, latest figures and latest message, for JSON.

        The figures are those of the last epoch, and at the end those of the test rows.
        """
        names = ("name", "epoch", "epochs", "figures", "message")
        return {name: getattr(self, name) for name in names} | {"state": self.training.state}

    def stop(self) -> None:
        """End the training as Ctrl-C does, which leaves no half-written run."""
        self.training.stop()

    def _take(self, event: Event) -> None:
        kind = event["event"]
        if kind == "plan":
            self.epochs, self.message = event["epochs"], ""
        elif kind == "session":
            self.message = f"Spark {event['spark']} starts."
        elif kind == "queued":
            self.message = f"Waits for {event['slots']} free task slots."
        elif kind == "epoch":
            self.epoch, self.figures, self.message = event["epoch"], event["logs"], ""
        elif kind == "retry":
            self.message = f"Restart {event['retry']}: {event['failure'].splitlines()[0]}"
        elif kind == "tested":
            self.figures, self.message = event["figures"]["test"], "Tested on held-out rows."
        elif kind in ("note", "failed"):
            self.message = event["message"]


class Jobs:
    """The trainings that this lab started; ``folder`` is where their runs will be."""

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        self.jobs: dict[str, Job] = {}

    def start(self, body: dict[str, Any]) -> Job:
        """Start a training; ``body`` holds ``data``, ``model``, ``name`` and numbers as in NUMBERS.

        Raises
        ------
        Refusal
            400 for values that make no sense, 409 for a name that is taken or too many trainings at once.
        """
        arguments = self._arguments(body)
        name = body["name"]
        if sum(job.is_at_work for job in self.jobs.values()) >= MOST_AT_ONCE:
            raise Refusal(409, f"{MOST_AT_ONCE} trainings are at work already. Stop one, or wait.")
        is_starting = name in self.jobs and self.jobs[name].is_at_work
        if is_starting or (self.folder / name).exists() or (self.folder / f"{name}.partial").exists():
            raise Refusal(409, f"There is a run {name!r} already. Choose another name.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.jobs[name] = Job(name, arguments)
        for old in list(self.jobs)[:-KEPT]:
            if not self.jobs[old].is_at_work:
                del self.jobs[old]
        return self.jobs[name]

    def stop_all(self) -> None:
        """End all trainings and wait for their ends."""
        for job in self.jobs.values():
            job.stop()
        for job in self.jobs.values():
            if job.training.wait(timeout=10) == "running":
                job.training.kill()

    def _arguments(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of the TrainingRun that a request asks for."""
        unknown = sorted(set(body) - {"data", "model", "name", *NUMBERS})
        if unknown:
            raise Refusal(400, f"Unknown key {unknown[0]!r}; expected data, model, name, {', '.join(NUMBERS)}.")
        for key, known in (("data", datasets.names()), ("model", zoo.names())):
            if body.get(key) not in known:
                raise Refusal(400, f"{key!r} must be one of {', '.join(known)}.")
        name = body.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name.endswith(".partial"):
            raise Refusal(400, "'name' must be up to 60 letters, digits, dots and dashes, such as digits-mlp.")
        arguments = {"data": body["data"], "model": body["model"], "out": str(self.folder / name)}
        for key, (setting, low, high) in NUMBERS.items():
            if key not in body:
                continue
            value = body[key]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise Refusal(400, f"{key!r} must be a whole number from {low:,} to {high:,}.")
            arguments[setting] = value
        if body.get("workers", 1) > 1:
            arguments["master"] = f"local[{body['workers']}]"
        return arguments
