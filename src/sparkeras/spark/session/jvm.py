"""Start Spark's Java process, with nothing on the console unless something went wrong.

Runs on: driver.
"""

import contextlib
import os
import threading
import warnings

from sparkeras.errors import SetupError

# Java prints it whenever Spark's launcher asks for that module, and no setting of Java's silences it.
_NOTICE = b"WARNING: Using incubator modules: jdk.incubator.vector"
_IN_MAIN = 'Exception in thread "main" '
_STDERR = 2


def launch(conf):
    """Start the Java process and return pyspark's gateway to it.

    Parameters
    ----------
    conf : pyspark.SparkConf
        Settings that must be known before Java starts (memory, Java options), and the others.

    Raises
    ------
    SetupError
        If Java ends before Spark answers; the sentence gives Java's last words.
    """
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    reading, writing = os.pipe()
    relay = _Relay(reading)
    try:
        with _ended_if_interrupted(), warnings.catch_warnings():
            # The child of this fork becomes Java at once; JAX, which warns of any fork, has no part in it.
            warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
            gateway = launch_gateway(conf, {"stderr": writing})
    except (PySparkException, OSError) as error:
        os.close(writing)
        raise SetupError(
            f"Spark's Java process ended before it answered: {relay.words() or error}. "
            "'sparkeras doctor' shows which Java it ran on."
        ) from error
    os.close(writing)
    relay.release()
    return gateway


@contextlib.contextmanager
def _ended_if_interrupted():
    """End Java where its start is given up, by Ctrl-C for example.

    pyspark takes away the folder that Java would write its address to, whereupon Java's main thread fails and its
    server stays for ever; and pyspark tells the process to nobody before it answers.
    """
    from pyspark import java_gateway

    started, popen = [], java_gateway.Popen

    def noted(*arguments, **settings):
        started.append(popen(*arguments, **settings))
        return started[-1]

    java_gateway.Popen = noted
    try:
        yield
    except BaseException:
        for process in started:
            process.kill()
        raise
    finally:
        java_gateway.Popen = popen


class _Relay:
    """Java's stderr: held back while it starts, handed on to ours as it comes from then on.

    It reads and writes bare file descriptors: a Python file's lock, held by a thread when the interpreter ends, would
    abort it.
    """

    def __init__(self, reading):
        self._reading, self._held, self._lock = reading, b"", threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sparkeras-java-stderr", daemon=True)
        self._thread.start()

    def _run(self):
        while chunk := os.read(self._reading, 65536):
            with self._lock:
                if self._held is None:
                    _print(chunk)
                else:
                    self._held += chunk
        os.close(self._reading)

    def release(self):
        """Print what was held, less the notice, and hold nothing back any more."""
        with self._lock:
            held, self._held = self._held, None
            _print(b"".join(line for line in held.splitlines(True) if not line.startswith(_NOTICE)))

    def words(self):
        """Return what Java said last, as one line; call it when Java has ended."""
        self._thread.join(timeout=5)
        lines = [line.strip() for line in self._held.decode(errors="replace").splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("at ", "...", "Caused by:", _NOTICE.decode()))]
        return " / ".join(line.removeprefix(_IN_MAIN) for line in lines[-3:])


def _print(some_bytes):
    with contextlib.suppress(OSError):  # no stderr to print to is no reason to stop listening to Java
        os.write(_STDERR, some_bytes)
