"""Start Spark's Java process, with nothing on the console unless something went wrong.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import os
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sparkeras.errors import SetupError
from sparkeras.spark import internals

if TYPE_CHECKING:
    from pyspark import SparkConf

# Java prints it whenever Spark's launcher asks for that module, and no setting of Java silences it.
_NOTICE = b"WARNING: Using incubator modules: jdk.incubator.vector"
_IN_MAIN = 'Exception in thread "main" '
_STDERR = 2


def launch(conf: SparkConf) -> Any:
    """Start the Java process and return py4j's gateway to it.

    Parameters
    ----------
    conf : pyspark.SparkConf
        Settings that must be known before Java starts (memory, Java options), and the others.

    Raises
    ------
    SetupError
        If Java ends before Spark answers; the message holds Java's last lines.
    """
    from pyspark.errors import PySparkException

    reading, writing = os.pipe()
    relay = _Relay(reading)
    try:
        with _ended_if_interrupted(), warnings.catch_warnings():
            # The child of this fork becomes Java at once; JAX, which warns of any fork, has no part in it.
            warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
            gateway = internals.launch_gateway(conf, writing)
    except (PySparkException, OSError) as error:
        os.close(writing)
        raise SetupError(
            f"Spark's Java process ended before it answered: {relay.last_lines() or error}. "
            "'sparkeras doctor' shows which Java it ran on."
        ) from error
    os.close(writing)
    relay.release()
    return gateway


@contextlib.contextmanager
def _ended_if_interrupted() -> Iterator[None]:
    """End Java if its start is interrupted, by Ctrl-C for example.

    pyspark removes the folder that Java would write its address to; then Java's main thread fails, but its server
    stays for ever.
    """
    with internals.launched_processes() as processes:
        try:
            yield
        except BaseException:
            for process in processes:
                process.kill()
            raise


class _Relay:
    """Java's stderr: held back while it starts, then copied to ours as it comes.

    It reads and writes bare file descriptors: a Python file's lock, held by a thread when the interpreter ends, would
    abort it.
    """

    def __init__(self, reading: int) -> None:
        self._reading, self._lock = reading, threading.Lock()
        self._held_back, self._holds = b"", True
        self._thread = threading.Thread(target=self._run, name="sparkeras-java-stderr", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while chunk := os.read(self._reading, 65536):
            with self._lock:
                if self._holds:
                    self._held_back += chunk
                else:
                    _print(chunk)
        os.close(self._reading)

    def release(self) -> None:
        """Print the output so far, without the notice, and hold nothing back from then on."""
        with self._lock:
            lines, self._held_back, self._holds = self._held_back.splitlines(True), b"", False
            _print(b"".join(line for line in lines if not line.startswith(_NOTICE)))

    def last_lines(self) -> str:
        """Return Java's last lines as one; call it when Java has ended."""
        self._thread.join(timeout=5)
        lines = [line.strip() for line in self._held_back.decode(errors="replace").splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("at ", "...", "Caused by:", _NOTICE.decode()))]
        return " / ".join(line.removeprefix(_IN_MAIN) for line in lines[-3:])


def _print(some_bytes: bytes) -> None:
    with contextlib.suppress(OSError):  # no stderr to print to is no reason to stop listening to Java
        os.write(_STDERR, some_bytes)
