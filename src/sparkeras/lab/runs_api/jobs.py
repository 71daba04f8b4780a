"""Trainings that somebody started from the page: ``sparkeras train`` in a process of its own.

Runs on: driver.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from sparkeras import datasets, zoo
from sparkeras.serving.http.responses import Refusal

MOST_AT_ONCE, KEPT = 2, 20
SECONDS_TO_END = 5
_NAME = re.compile(r"[\w][\w.-]{0,59}")
# Each setting of the form: its option, and its limits.
NUMBERS = {
    "epochs": ("--epochs", 1, 10_000),
    "batch_size": ("--batch-size", 1, 65_536),
    "workers": ("--workers", 1, 64),
    "seed": ("--seed", 0, 2**31 - 1),
}


class Job:
    """One training: its name, its process, and what it printed."""

    def __init__(self, name, command):
        self.name = name
        self.log = tempfile.TemporaryFile("w+b")  # noqa: SIM115 - open as long as the job is known
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )
        self.is_stopped = False

    def described(self):
        """Return state and last words, a dict for JSON."""
        code = self.process.poll()
        state = "running" if code is None else "finished" if code == 0 else "stopped" if self.is_stopped else "failed"
        return {"name": self.name, "state": state, "words": self._last_words()}

    def stop(self):
        """End the training as Ctrl-C does, which leaves no half-written run."""
        if self.process.poll() is None and not self.is_stopped:
            self.is_stopped = True
            threading.Thread(target=self._end, name=f"stop-{self.name}", daemon=True).start()

    def _end(self):
        """Ask until it ends: Python forgets a SIGINT that comes while it imports."""
        for asked in (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            os.killpg(self.process.pid, asked) if asked == signal.SIGKILL else self.process.send_signal(asked)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=SECONDS_TO_END)
                return

    def _last_words(self):
        size = os.fstat(self.log.fileno()).st_size
        last = os.pread(self.log.fileno(), 4000, max(0, size - 4000)).decode(errors="replace")
        lines = [line.strip() for line in re.split(r"[\r\n]", last) if line.strip()]
        return lines[-1][:300] if lines else ""


class Jobs:
    """The trainings that this lab started; ``folder`` is where their runs will be."""

    def __init__(self, folder):
        self.folder, self.jobs = Path(folder), {}

    def start(self, asked):
        """Start a training; ``asked`` holds ``data``, ``model``, ``name`` and numbers as in NUMBERS.

        Raises
        ------
        Refusal
            400 for what makes no sense, 409 for a name that is taken or too many trainings at once.
        """
        name, command = asked.get("name"), self._command(asked)
        if sum(job.process.poll() is None for job in self.jobs.values()) >= MOST_AT_ONCE:
            raise Refusal(409, f"{MOST_AT_ONCE} trainings are at work already. Stop one, or wait.")
        is_starting = name in self.jobs and self.jobs[name].process.poll() is None
        if is_starting or (self.folder / name).exists() or (self.folder / f"{name}.partial").exists():
            raise Refusal(409, f"There is a run {name!r} already. Choose another name.")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.jobs[name] = Job(name, command)
        for old in list(self.jobs)[:-KEPT]:
            if self.jobs[old].process.poll() is not None:
                del self.jobs[old]
        return self.jobs[name]

    def stop_all(self):
        """End all trainings and wait for their ends."""
        for job in self.jobs.values():
            job.stop()
        for job in self.jobs.values():
            try:
                job.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                job.process.kill()

    def _command(self, asked):
        unknown = sorted(set(asked) - {"data", "model", "name", *NUMBERS})
        if unknown:
            raise Refusal(400, f"Unknown key {unknown[0]!r}; expected data, model, name, {', '.join(NUMBERS)}.")
        for key, known in (("data", datasets.names()), ("model", zoo.names())):
            if asked.get(key) not in known:
                raise Refusal(400, f"{key!r} must be one of {', '.join(known)}.")
        name = asked.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name.endswith(".partial"):
            raise Refusal(400, "'name' must be up to 60 letters, digits, dots and dashes, such as digits-mlp.")
        command = [sys.executable, "-m", "sparkeras.cli.app", "train", "--data", asked["data"]]
        command += ["--model", asked["model"], "--out", str(self.folder / name)]
        for key, (option, low, high) in NUMBERS.items():
            if key not in asked:
                continue
            value = asked[key]
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise Refusal(400, f"{key!r} must be a whole number from {low:,} to {high:,}.")
            command += [option, str(value)]
        if asked.get("workers", 1) > 1:
            command += ["--master", f"local[{asked['workers']}]"]
        return command
