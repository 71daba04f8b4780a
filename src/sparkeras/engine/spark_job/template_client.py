"""Fork training processes from a template: a process of this executor that has imported Keras and nothing else.

Runs on: Spark task.

A template lies behind a Unix socket in Spark's local folder, which belongs to one executor. Decision 025 says why.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

_BACKLOG = 64
_TRIES = 2  # a template may end, idle for too long, just when a request comes
_started: list[subprocess.Popen[bytes]] = []  # held, so that those which have ended are reaped
LOST = 255  # the exit code of a process whose template is gone, and with it the code


def usable(environment: dict[str, str]) -> bool:
    """Tell whether a template can be forked here: on Linux from 5.3 on, with no GPU that libraries could open."""
    gpus = any(map(os.path.exists, ("/dev/nvidiactl", "/dev/kfd")))
    return hasattr(os, "pidfd_open") and not gpus and environment["KERAS_BACKEND"] in ("jax", "torch")


def fork(
    environment: dict[str, str],
    without: Sequence[str],
    local_folder: str,
    folder: str,
    descriptors: dict[str, int],
) -> Forked | None:
    """Fork a process from the template, which is started where there is none; return None where it does not start.

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
        Open files that it inherits, by name.
    """
    kind = json.dumps([sys.executable, sys.path, without, sorted(environment.items())])
    own = os.path.join(local_folder, f"sparkeras-template-{hashlib.sha256(kind.encode()).hexdigest()[:16]}")
    for _ in range(_TRIES):
        # An error here, or a template that ends instead of answering: a process started as usual shows the reason.
        with contextlib.suppress(OSError, EOFError):
            return Forked(_connected(own, environment, without), folder, descriptors)
    return None


class Forked:
    """A process forked from a template, with the part of ``subprocess.Popen`` that ``Process`` uses."""

    def __init__(self, connection: socket.socket, folder: str, descriptors: dict[str, int]) -> None:
        self.connection = connection
        self.returncode: int | None = None
        stdin, stdin_in = os.pipe()
        log, log_in = os.pipe()
        names = list(descriptors)
        self.stdin, self.stdout = os.fdopen(stdin_in, "wb"), os.fdopen(log, "rb")
        try:
            request = json.dumps({"folder": folder, "descriptors": names}).encode()
            socket.send_fds(connection, [request], [stdin, log_in, *(descriptors[name] for name in names)])
            self.pid: int = self._received()["pid"]
        except BaseException:
            self._close()
            self.stdout.close()
            raise
        finally:
            os.close(stdin)
            os.close(log_in)
        self.handle = os.pidfd_open(self.pid)  # the process is reaped only after this connection closes

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while the process runs."""
        if self.returncode is None and select.select([self.connection], [], [], 0)[0]:
            self.wait()
        return self.returncode

    def wait(self) -> int:
        """Wait until the process has ended; return its exit code."""
        if self.returncode is None:
            self.returncode = self._code()
            os.close(self.handle)
            self._close()
        return self.returncode

    def _code(self) -> int:
        try:
            return int(self._received()["code"])
        except (OSError, EOFError):
            select.select([self.handle], [], [])
            return LOST

    def _received(self) -> dict[str, Any]:
        data = self.connection.recv(4096)
        if not data:
            raise EOFError
        message: dict[str, Any] = json.loads(data)
        return message

    def _close(self) -> None:
        self.connection.close()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()


def _connected(own: str, environment: dict[str, str], without: Sequence[str]) -> socket.socket:
    """Return a connection to the template of folder ``own``; start it first where none listens."""
    with contextlib.suppress(FileExistsError):
        os.mkdir(own, 0o700)
    inside = os.open(own, os.O_RDONLY)
    # A socket's path has 108 bytes at most, and Spark's local folders are deep.
    address = f"/proc/self/fd/{inside}/socket"
    with os.fdopen(os.open("lock", os.O_CREAT | os.O_RDWR, 0o600, dir_fd=inside)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with contextlib.suppress(OSError):
                return _connection(address)
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)
            _start(own, address, environment, without)
            return _connection(address)
        finally:
            os.close(inside)


def _connection(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _start(own: str, address: str, environment: dict[str, str], without: Sequence[str]) -> None:
    """Start a template that listens at once, is ready when it has imported Keras, and ends with this one's parent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(_BACKLOG)
        arguments = {"listener": listener.fileno(), "owner": os.getppid(), "without": without}
        template = subprocess.Popen(
            [sys.executable, "-P", "-m", "sparkeras.engine.process.template_server", json.dumps(arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(listener.fileno(),),
            env=environment,
            cwd=own,
            start_new_session=True,
        )
    _started[:] = [each for each in (*_started, template) if each.poll() is None]
