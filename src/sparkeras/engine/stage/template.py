"""Fork training processes from a template: a process of this executor that has imported Keras and nothing else.

Runs on: Spark task.

A template lies behind a Unix socket in Spark's local folder, which belongs to one executor. Decision 025 says why.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import select
import socket
import subprocess
import sys

_BACKLOG = 64
_TRIES = 2  # a template may end, idle for too long, just when it is asked
LOST = 255  # the exit code of a process whose template is gone, and with it the code


def usable(environment):
    """Tell whether a template may be forked here: on Linux from 5.3 on, with no GPU that libraries could open."""
    gpus = any(map(os.path.exists, ("/dev/nvidiactl", "/dev/kfd")))
    return hasattr(os, "pidfd_open") and not gpus and environment["KERAS_BACKEND"] in ("jax", "torch")


def fork(environment, without, local_folder, folder, descriptors):
    """Return a new process of the template, which this starts where there is none; None where it does not start.

    Parameters
    ----------
    environment : dict
        Of the process, and so of the template: there is one for each.
    without : tuple of str
        Packages that Keras is imported without, see ``backends.load``.
    local_folder : str
        Spark's, where the template has its own.
    folder : str
        The process's own folder, where it runs.
    descriptors : dict of str to int
        Open files that it gets, by name.

    Returns
    -------
    Forked or None
    """
    what = json.dumps([sys.executable, sys.path, without, sorted(environment.items())])
    own = os.path.join(local_folder, f"sparkeras-template-{hashlib.sha256(what.encode()).hexdigest()[:16]}")
    for _ in range(_TRIES):
        # An error here, or a template that ends instead of answering: a process started as usual says what is wrong.
        with contextlib.suppress(OSError, EOFError):
            return Forked(_connected(own, environment, without), folder, descriptors)
    return None


class Forked:
    """A process forked from a template, with as much of ``subprocess.Popen`` as ``Process`` uses."""

    def __init__(self, connection, folder, descriptors):
        self.connection, self.returncode = connection, None
        stdin, stdin_in = os.pipe()
        log, log_in = os.pipe()
        names = list(descriptors)
        self.stdin, self.stdout = os.fdopen(stdin_in, "wb"), os.fdopen(log, "rb")
        try:
            request = json.dumps({"folder": folder, "descriptors": names}).encode()
            socket.send_fds(connection, [request], [stdin, log_in, *(descriptors[name] for name in names)])
            self.pid = self._received()["pid"]
        except BaseException:
            self._close()
            raise
        finally:
            os.close(stdin)
            os.close(log_in)
        self.handle = os.pidfd_open(self.pid)  # the process is reaped only after this connection closes

    def poll(self):
        """Return the exit code, negative for a signal; None while the process runs."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self):
        """Wait until the process has ended; return its exit code."""
        if self.returncode is None:
            try:
                self.returncode = self._received()["code"]
            except (OSError, EOFError):
                select.select([self.handle], [], [])
                self.returncode = LOST
            os.close(self.handle)
            self._close()
        return self.returncode

    def _received(self):
        data = self.connection.recv(4096)
        if not data:
            raise EOFError
        return json.loads(data)

    def _close(self):
        self.connection.close()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()


def _connected(own, environment, without):
    """Return a connection to the template of folder ``own``; start it first where none listens."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(own, 0o700)
    inside = os.open(own, os.O_RDONLY)
    # A socket's path has 108 bytes at most, and Spark's local folders are deep.
    address = f"/proc/self/fd/{inside}/socket"
    with os.fdopen(os.open("lock", os.O_CREAT | os.O_RDWR, 0o600, dir_fd=inside)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            connection.connect(address)
        except OSError:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)
            _start(own, address, environment, without)
            connection.connect(address)
        finally:
            os.close(inside)
    return connection


def _start(own, address, environment, without):
    """Start a template that listens at once, is ready when it has imported Keras, and ends with this one's parent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(_BACKLOG)
        arguments = {"listener": listener.fileno(), "owner": os.getppid(), "without": without}
        subprocess.Popen(
            [sys.executable, "-P", "-m", "sparkeras.engine.process.template", json.dumps(arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(listener.fileno(),),
            env=environment,
            cwd=own,
            start_new_session=True,
        )
