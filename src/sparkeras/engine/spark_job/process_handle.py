"""Start one training process inside a Spark task, feed it, guard it, and read its answers.

Runs on: Spark task.

The process is separate because Spark's Python workers are forked, reused and stripped to one thread, and none of that
agrees with JAX or torch. It dies with this task (its standard input closes), and this task never waits without limit.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import pickle
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from sparkeras import errors
from sparkeras.engine.shards import Spool
from sparkeras.engine.spark_job import files, pipe_messages, process_start, progress, rendezvous
from sparkeras.errors import TrainingError

if TYPE_CHECKING:
    import pyarrow as pa

    from sparkeras.engine.spark_job.job import Job

_LOG_LINES = 100
_POLL_SECONDS = 0.05
# (setting, what was late, likely cause)
_NOT_READY, _NO_STEP = (
    ("startTimeoutSeconds", "was not ready", "opening the model, or the first step, which compiles it,"),
    ("stepTimeoutSeconds", "finished no step", "a step, a callback or writing a checkpoint"),
)
_NOISE = b"[Gloo] Rank "  # each rank says how many peers it has, which explains nothing


class ProcessHandle:
    """One training process; a context that leaves neither process nor file behind."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.log: collections.deque[str] = collections.deque(maxlen=_LOG_LINES)
        self.last_sign, self.ready = time.monotonic(), False

    def __enter__(self) -> ProcessHandle:
        """Start the process: it imports Keras while this task spools the rows."""
        try:
            self.folder = tempfile.mkdtemp(prefix="sparkeras-", dir=local_folder())
            self.spool = Spool(self.job.fields, self.folder, self.job.limits, self.job.settings.skips_invalid)
        except OSError as error:
            raise TrainingError(
                f"Spark's local folder on host {socket.gethostname()} cannot be written to: {error}. "
                "Free disk space there or set spark.local.dir to another disk."
            ) from error
        self.sender = progress.Sender(self.job.progress if rendezvous.own_rank() == 0 else None)
        events, events_in = os.pipe()
        descriptors = {"spool": self.spool.file.fileno(), "events": events_in}
        self.child = process_start.start(self.job, self.folder, local_folder(), descriptors)
        os.close(events_in)
        self.readers = [
            threading.Thread(target=self._follow_log, daemon=True),
            threading.Thread(target=self._follow_events, args=(events,), daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the process and remove its folder, whatever happened."""
        self._end()
        self.sender.close()
        self.spool.file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self) -> None:
        # Its whole group, also when it has ended well: a callback may have left a child.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        if self.child.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.child.stdin.close()

    def spool_rows(self, batches: Iterable[pa.RecordBatch]) -> rendezvous.Facts:
        """Send the process its job, write the task's rows to disk, and return the facts of ``Spool.close``.

        Raises
        ------
        InvalidColumnError
            If the rows do not fit the model.
        TrainingError
            If the process ended meanwhile, or the disk is full.
        """
        self._send(pickle.dumps(self.job))
        started = time.monotonic()
        for batch in batches:
            if batch.num_rows:
                self.spool.add(batch)
            if self.child.poll() is not None:
                self._raise_ended()
        return {**self.spool.close(), "spool_seconds": time.monotonic() - started}

    def begin(self, facts: rendezvous.Facts) -> None:
        """Send the process the facts of its rows and of the other ranks; it trains from here on."""
        self._send(json.dumps(facts).encode())
        self.last_sign = time.monotonic()

    def wait(self) -> None:
        """Wait for the process to end.

        Raises
        ------
        TrainingError
            If it failed, died, or gave no sign of life for longer than the settings allow.
        """
        while self.child.poll() is None:
            limit = self.job.settings.step_timeout_seconds if self.ready else self.job.settings.start_timeout_seconds
            if time.monotonic() - self.last_sign > limit:
                name, late, cause = _NO_STEP if self.ready else _NOT_READY
                raise TrainingError(
                    f"The training process on host {socket.gethostname()} {late} within {limit} s ({name}), so it was "
                    f"stopped. Raise {name} if {cause} really takes that long.{self._last_lines()}"
                )
            time.sleep(_POLL_SECONDS)
        for reader in self.readers:
            reader.join(timeout=5)
        if not os.path.exists(os.path.join(self.folder, "answer", "done")):
            self._raise_ended()

    def answers(self) -> list[tuple[str, bytes]]:
        """Return the process's answers by kind, ``facts`` first."""
        answers = []
        for kind in ("facts", "state", "callbacks", "files"):
            with open(os.path.join(self.folder, "answer", kind), "rb") as file:
                answers.append((kind, file.read()))
        return answers

    def files(self) -> bytes:
        """End the process and return the files that callbacks have written until then, of ``files.changed``."""
        self._end()
        return files.changed(os.path.join(self.folder, files.FOLDER), self.job.files)

    def _send(self, data: bytes) -> None:
        assert self.child.stdin
        try:
            pipe_messages.send(self.child.stdin, data)
        except BrokenPipeError:
            self.child.wait()
            self._raise_ended()

    def _raise_ended(self) -> NoReturn:
        """Raise the failure that the process wrote, or TrainingError with the way it ended."""
        for reader in self.readers:
            reader.join(timeout=5)
        path = os.path.join(self.folder, "answer", "failure")
        if os.path.exists(path):
            with open(path) as file:
                failure: dict[str, Any] = json.load(file)
            kind = errors.named(failure["error"]) or TrainingError
            raise kind(failure["message"] + (self._last_lines() if failure["log"] else ""))
        code = self.child.wait()
        how = f"was killed by signal {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = " The system kills processes that take too much memory." if code == -signal.SIGKILL else ""
        raise TrainingError(
            f"The training process on host {socket.gethostname()} {how} before it finished.{hint}{self._last_lines()}"
        )

    def _last_lines(self) -> str:
        lines = "".join(self.log).rstrip()
        return f"\nIts last lines:\n{lines}" if lines else ""

    def _follow_log(self) -> None:
        assert self.child.stdout
        with self.child.stdout as lines:
            for line in lines:
                if not line.startswith(_NOISE):
                    self.log.append(line.decode(errors="replace"))

    def _follow_events(self, descriptor: int) -> None:
        with open(descriptor, "rb", buffering=0) as pipe:
            for line in iter(pipe.readline, b""):
                self.last_sign = time.monotonic()
                self.ready = self.ready or _past_first_step(json.loads(line))
                self.sender.send(line)


def local_folder() -> str | None:
    """Return Spark's local folder, for this task's rows; None for the system's own."""
    folder = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
    return folder if os.path.isdir(folder) else None


def _past_first_step(event: progress.Event) -> bool:
    """Tell whether the first step, which compiles the model, is done."""
    return bool(event["event"] == "epoch" or (event["event"] == "step" and event["step"] != 1))
