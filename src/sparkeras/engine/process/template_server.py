"""The template of training processes: imports Keras and its backend once, and forks one process for each request.

Runs on: Spark task, training process. Started by ``spark_job.template_client``; forks run ``main``.

It computes nothing, so it has no threads and no device that a fork could break.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from sparkeras.engine import backends

IDLE_SECONDS = 300
_MOST_DESCRIPTORS = 16
# What each training process imports beside Keras and its backend.
_OURS = ("blueprint", "shards", "process.keras_fit", "process.main")


def main() -> None:
    """Serve until the parent of the task that started it is gone, or no request has come for a while."""
    arguments = json.loads(sys.argv[1])
    owner = os.pidfd_open(arguments["owner"])
    folder = os.getcwd()
    try:
        backends.load(os.environ["KERAS_BACKEND"], tuple(arguments["without"]))
        for name in _OURS:
            importlib.import_module(f"sparkeras.engine.{name}")
        gc.collect()
        gc.freeze()  # pages of what is there stay shared with the forks
        Template(socket.socket(fileno=arguments["listener"]), owner).serve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Template:
    """The loop of a template: takes requests, forks, and reports how each fork has ended."""

    def __init__(self, listener: socket.socket, owner: int) -> None:
        self.listener = listener
        self.children: dict[int, int] = {}  # by process number, the handle
        self.selector = selectors.DefaultSelector()
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        self.selector.register(owner, selectors.EVENT_READ, None)

    def serve(self) -> None:
        """Answer until the owner is gone or nothing has happened for ``IDLE_SECONDS``."""
        while ready := self.selector.select(None if self.children else IDLE_SECONDS):
            for key, _ in ready:
                if key.data is None:
                    return
                on_ready: Callable[[], None] = key.data
                on_ready()

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        data, descriptors, _, _ = socket.recv_fds(connection, 4096, _MOST_DESCRIPTORS)
        if not data:
            connection.close()
            return
        pid = os.fork()
        if not pid:
            _become(json.loads(data), descriptors, connection)
        for each in descriptors:
            os.close(each)
        handle = os.pidfd_open(pid)
        self.children[pid] = handle
        self.selector.register(handle, selectors.EVENT_READ, lambda: self._ended(pid, connection))

    def _ended(self, pid: int, connection: socket.socket) -> None:
        """Send the exit code; the process is reaped after its task has read it, so that its number stays its own."""
        self.selector.unregister(self.children[pid])
        info = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert info  # only WNOHANG returns None
        code = info.si_status if info.si_code == os.CLD_EXITED else -info.si_status
        try:
            connection.sendall(json.dumps({"code": code}).encode())
        except OSError:  # the task is gone
            self._reap(pid, connection)
        else:
            self.selector.register(connection, selectors.EVENT_READ, lambda: self._reap(pid, connection))

    def _reap(self, pid: int, connection: socket.socket) -> None:
        if connection in self.selector.get_map():
            self.selector.unregister(connection)
        connection.close()
        os.close(self.children.pop(pid))
        os.waitpid(pid, 0)


def _become(request: dict[str, Any], descriptors: list[int], connection: socket.socket) -> NoReturn:
    """Run a training process, in a fork: as if started anew with its folder, open files and standard streams."""
    try:
        os.setsid()  # its own group, so that its children end with it
        stdin, log, *others = descriptors
        for stream, number in ((stdin, 0), (log, 1), (log, 2)):
            os.dup2(stream, number)
        connection.sendall(json.dumps({"pid": os.getpid()}).encode())
        _close_all_but({0, 1, 2, *others})
        os.chdir(request["folder"])
        sys.orig_argv = [sys.executable, "-m", "sparkeras.engine.process.main", request["folder"]]
        from sparkeras.engine.process import main

        main.main(request["folder"], dict(zip(request["descriptors"], others, strict=True)))
    finally:
        os.kill(os.getpid(), signal.SIGKILL)  # a training process ends itself; nothing of the template may run here


def _close_all_but(descriptors: set[int]) -> None:
    for number in map(int, os.listdir("/proc/self/fd")):
        if number not in descriptors:
            try:
                os.close(number)
            except OSError:  # the descriptor of the listing
                continue


if __name__ == "__main__":
    main()
