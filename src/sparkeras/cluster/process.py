"""Start one training process inside a Spark task, feed it, guard it, and yield what it made.

Runs on: workers (in the Spark task). Imports: ``shards``, ``backends``, ``errors`` and the parts of ``cluster``.

The process is separate because Spark's Python workers are forked, reused and stripped to one thread, and none of that
agrees with JAX or torch. It dies with this task (its standard input closes), and this task never waits without limit.
"""

import collections
import contextlib
import json
import os
import pickle
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pyarrow as pa

from sparkeras import backends
from sparkeras.cluster import frames, progress, rendezvous
from sparkeras.errors import SparkerasError, TrainingError
from sparkeras.shards import Spool

SCHEMA = "kind string, part int, data binary"
CHUNK_BYTES = 4 * 2**20
_LOG_LINES = 100
_POLL_SECONDS = 0.05
_LOST = re.compile(r"gloo|connection (closed|reset)|coordination service|heartbeat|signal SIGABRT", re.IGNORECASE)
# The setting that ran out, and what the process did not do in that time.
_NOT_READY, _NO_STEP = ("startTimeoutSeconds", "was not ready"), ("stepTimeoutSeconds", "finished no step")
# Proxies and schedulers of the machine would redirect or re-plan a collective; Spark's thread limit is not ours.
_DROPPED = ("SLURM_", "OMPI_", "PMI", "SPARK_", "PYSPARK_", "PYTHON", "OMP_", "MKL_", "OPENBLAS_", "KERAS_BACKEND")


class OtherRankFailed(Exception):
    """Another rank failed before training began, and tells the driver why."""


def train(payload, batches):
    """Spool the task's rows, run the training process over them, yield its answer in chunks.

    An error becomes an answer too (kind ``failure``): raised, Spark would run the whole training again, up to
    ``spark.task.maxFailures`` times.

    Parameters
    ----------
    payload : bytes
        A pickled ``Job``.
    batches : iterator of pyarrow.RecordBatch

    Yields
    ------
    pyarrow.RecordBatch
        Rows of ``SCHEMA``: ``facts`` first, then ``state``, ``callbacks`` and ``files``, each in chunks.
    """
    job, rank = pickle.loads(payload), 0
    try:
        with Process(job) as process:
            rank, facts = process.spool_alone(batches) if job.workers == 1 else process.spool_with_others(batches)
            process.begin(facts)
            process.wait()
            answers = process.answers() if rank == 0 else []
    except OtherRankFailed:
        answers = []
    except SparkerasError as error:
        answers = [("failure", _failure(error, rank))]
    for kind, data in answers:
        for part, first in enumerate(range(0, max(len(data), 1), CHUNK_BYTES)):
            chunk = data[first : first + CHUNK_BYTES]
            yield pa.RecordBatch.from_pydict(
                {"kind": [kind], "part": pa.array([part], pa.int32()), "data": pa.array([chunk], pa.binary())}
            )


def _failure(error, rank):
    facts = {"error": type(error).__name__, "message": str(error), "host": socket.gethostname(), "rank": rank}
    # A rank that only lost the others fails too, and may tell of it first.
    return json.dumps({**facts, "time": time.time(), "lost_others": bool(_LOST.search(str(error)))}).encode()


class Process:
    """One training process; a context that leaves neither process nor file behind."""

    def __init__(self, job):
        self.job = job
        self.log = collections.deque(maxlen=_LOG_LINES)
        self.last_sign, self.ready = time.monotonic(), False

    def __enter__(self):
        """Start the process: it imports Keras while this task spools the rows."""
        local = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
        disk = local if os.path.isdir(local) else None
        self.folder = tempfile.mkdtemp(prefix="sparkeras-", dir=disk)
        self.spool = Spool(self.job.fields, self.folder, self.job.limits)
        self.sender = progress.Sender(self.job.progress if rendezvous.is_first() else None)
        events, events_in = os.pipe()
        descriptors = {"spool": self.spool.file.fileno(), "events": events_in}
        self.child = subprocess.Popen(
            [sys.executable, "-P", "-m", "sparkeras.cluster.worker", self.folder, json.dumps(descriptors)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=tuple(descriptors.values()),
            env=clean_environment(self.job.backend, self.job.threads),
            cwd=self.folder,
            start_new_session=True,  # its own group, so that its children end with it
        )
        os.close(events_in)
        self.readers = [
            threading.Thread(target=self._follow_log, daemon=True),
            threading.Thread(target=self._follow_events, args=(events,), daemon=True),
        ]
        for reader in self.readers:
            reader.start()
        return self

    def __exit__(self, *_):
        """End the process and remove its folder, whatever happened."""
        # Its whole group, also when it has ended well: a callback may have left a child.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()
        self.sender.close()
        self.spool.file.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spool_rows(self, batches):
        """Hand the process its job, write the task's rows to disk, and return where they lie.

        Returns
        -------
        dict
            Of ``Spool.close``.

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

    def spool_alone(self, batches):
        """Spool all rows; return rank 0 and the facts that ``begin`` needs."""
        facts = self.spool_rows(batches)
        return 0, {**facts, "layout": rendezvous.common_layout([facts])}

    def spool_with_others(self, batches):
        """Spool this rank's rows and learn of the others'; return the rank and the facts that ``begin`` needs.

        Raises
        ------
        SparkerasError
            What went wrong here. ``OtherRankFailed`` for what went wrong on another rank, which says it itself.
        """
        error = None
        try:
            facts = self.spool_rows(batches)
        except SparkerasError as caught:  # the others wait at the rendezvous: whoever fails must come too
            facts, error = {"layout": None, "failed": True}, caught
        rank, everyone = rendezvous.meet(facts, self.job.backend)
        if error:
            raise error
        if any(said.get("failed") for said in everyone):
            raise OtherRankFailed
        return rank, {**facts, "rank": rank, **rendezvous.agree(everyone)}

    def begin(self, facts):
        """Tell the process where its rows lie, and who the others are; it trains from here on."""
        self._send(json.dumps(facts).encode())
        self.last_sign = time.monotonic()

    def wait(self):
        """Wait for the process to end.

        Raises
        ------
        TrainingError
            If it failed, died, or gave no sign of life for longer than the settings allow.
        """
        while self.child.poll() is None:
            limit = self.job.step_timeout_seconds if self.ready else self.job.start_timeout_seconds
            if time.monotonic() - self.last_sign > limit:
                name, what = _NO_STEP if self.ready else _NOT_READY
                raise TrainingError(
                    f"The training process on host {socket.gethostname()} {what} within {limit} s ({name}), so it was "
                    f"stopped. Raise {name} if steps really take that long.{self._last_lines()}"
                )
            time.sleep(_POLL_SECONDS)
        for reader in self.readers:
            reader.join(timeout=5)
        if not os.path.exists(os.path.join(self.folder, "answer", "done")):
            self._raise_ended()

    def answers(self):
        """Return the process's answers, ``facts`` first."""
        found = []
        for kind in ("facts", "state", "callbacks", "files"):
            with open(os.path.join(self.folder, "answer", kind), "rb") as file:
                found.append((kind, file.read()))
        return found

    def _send(self, data):
        try:
            frames.send(self.child.stdin, data)
        except BrokenPipeError:
            self.child.wait()
            self._raise_ended()

    def _raise_ended(self):
        for reader in self.readers:
            reader.join(timeout=5)
        path = os.path.join(self.folder, "answer", "failure")
        if os.path.exists(path):
            with open(path) as file:
                failure = json.load(file)
            raise TrainingError(failure["message"] + (self._last_lines() if failure["log"] else ""))
        code = self.child.returncode
        how = f"was killed by signal {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        hint = " The system kills processes that take too much memory." if code == -signal.SIGKILL else ""
        raise TrainingError(
            f"The training process on host {socket.gethostname()} {how} before it finished.{hint}{self._last_lines()}"
        )

    def _last_lines(self):
        lines = "".join(self.log).rstrip()
        return f"\nIts last lines:\n{lines}" if lines else ""

    def _follow_log(self):
        for line in self.child.stdout:
            self.log.append(line.decode(errors="replace"))

    def _follow_events(self, descriptor):
        with open(descriptor, "rb", buffering=0) as pipe:
            for line in iter(pipe.readline, b""):
                self.last_sign, self.ready = time.monotonic(), True
                self.sender.send(line)


def clean_environment(backend, threads):
    """Return the environment of a training process: the machine's, less what Spark and schedulers put there."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_DROPPED) and not name.lower().endswith("_proxy")
    }
    # What this interpreter finds, the process finds too, wherever Spark put it (addArtifacts, --py-files).
    kept["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    return kept | backends.environment(backend, threads)
