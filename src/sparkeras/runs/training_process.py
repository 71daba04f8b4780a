"""A whole TrainingRun in a subprocess, whose events come back as lines of JSON.

Runs on: driver.

The caller neither waits nor falls with the training, and can stop it. Events go through the process's standard output;
whatever else it prints, its libraries and Java too, goes to standard error.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from typing import IO, Any, NoReturn

from sparkeras.errors import SparkerasError
from sparkeras.runs.training_events import Event, OnEvent, as_json

INTERRUPTED, TERMINATED, UNEXPECTED = 130, 143, 70
SECONDS_TO_END = 5


class TrainingProcess:
    """A training that runs beside this process.

    Parameters
    ----------
    on_event : callable
        Called with each event but the steps, from a thread. After the events of ``training_events`` comes
        ``{"event": "failed", "error": ..., "message": ...}`` where the training raised an error or its process died.
    **arguments
        Of ``TrainingRun``, as JSON can hold them.
    """

    def __init__(self, on_event: OnEvent, **arguments: Any) -> None:
        self.on_event, self.is_stopped, self.has_failed = on_event, False, False
        command = [sys.executable, "-m", "sparkeras.runs.training_process", json.dumps(arguments)]
        with tempfile.TemporaryFile() as printed:
            self._printed = os.dup(printed.fileno())  # for the message of a process that died
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=printed,
                start_new_session=True,
            )
        self._reader = threading.Thread(
            target=self._read, args=[self.process.stdout], name="training-events", daemon=True
        )
        self._reader.start()

    @property
    def state(self) -> str:
        """``"running"``, ``"finished"``, ``"stopped"`` or ``"failed"``."""
        if self._reader.is_alive():
            return "running"
        return "finished" if self.process.returncode == 0 else "stopped" if self.is_stopped else "failed"

    def stop(self) -> None:
        """End the training as Ctrl-C does, which leaves no half-written run; return at once."""
        if self.state == "running" and not self.is_stopped:
            self.is_stopped = True
            threading.Thread(target=self._end, name="stop-training", daemon=True).start()

    def wait(self, timeout: float | None = None) -> str:
        """Wait for the end of the training, at most ``timeout`` seconds; return its state."""
        self._reader.join(timeout)
        return self.state

    def kill(self) -> None:
        """End the process and its children at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _end(self) -> None:
        """Signal until the process ends: Python forgets a SIGINT that comes while it imports."""
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            self.process.send_signal(number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=SECONDS_TO_END)
                return
        self.kill()

    def _read(self, lines: IO[bytes]) -> None:
        with lines:
            for line in lines:
                try:
                    event = json.loads(line)
                except ValueError:  # half a line of a process that was killed
                    continue
                self.has_failed = self.has_failed or event["event"] == "failed"
                self.on_event(event)
        code = self.process.wait()
        if code != 0 and not self.has_failed and not self.is_stopped:
            self.on_event({"event": "failed", "error": "", "message": self._why_dead(code)})
        os.close(self._printed)

    def _why_dead(self, code: int) -> str:
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        size = os.fstat(self._printed).st_size
        lines = os.pread(self._printed, 4000, max(0, size - 4000)).decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "nothing")
        return f"The process of the training ended {how}. It printed last: {last[:300]}"


class EventLines:
    """Writes events as lines of JSON; once the reader is gone, it writes nothing."""

    def __init__(self, lines: IO[bytes]) -> None:
        self.lines, self.lock = lines, threading.Lock()

    def __call__(self, event: Event) -> None:
        """Write one event; steps are too many."""
        if event["event"] == "step":
            return
        line = json.dumps(as_json(event), allow_nan=False).encode() + b"\n"
        with self.lock, contextlib.suppress(OSError):
            self.lines.write(line)
            self.lines.flush()


def run(arguments: dict[str, Any], send: OnEvent) -> int:
    """Run a TrainingRun of some arguments; return the exit code of its process."""
    try:
        from sparkeras.engine import backends

        backends.load(backends.choose(), without=backends.WRAPPED)
        from sparkeras.runs.training_run import TrainingRun

        TrainingRun(**arguments, on_event=send).run()
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # whatever it is, the reader learns of it
        from sparkeras.spark import tasks

        known = error if isinstance(error, SparkerasError) else tasks.explain(error)
        message = (str(known or error).strip() or type(error).__name__).splitlines()[0]
        if known is None:
            message = f"Unexpected {type(error).__name__}: {message[:300]}"
        send({"event": "failed", "error": type(known or error).__name__, "message": message})
        return known.exit_code if known else UNEXPECTED


def _terminate(number: int, frame: object) -> NoReturn:
    sys.exit(TERMINATED)


def main() -> NoReturn:
    """Run the training of the command line's JSON, with events on what was standard output."""
    signal.signal(signal.SIGTERM, _terminate)  # so that a half-written run is removed
    events = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.exit(run(json.loads(sys.argv[1]), EventLines(events)))


if __name__ == "__main__":
    main()
