"""Live progress from a training to the driver: one line of JSON per event, over one local connection.

Runs on: driver, Spark task, training process.

Events from rank 0: ``start`` (rows, validation_rows, steps, epochs, begin: finished epochs), ``step`` (epoch, step),
``epoch`` (epoch, seconds, logs). From the driver itself: ``queued``, ``launched``, ``retry`` (retry, retries, failure),
``silent`` (message: why nothing will show). If the connection is lost, progress stops to show and the training goes on.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, TypeAlias

Event: TypeAlias = dict[str, Any]  # "event", one of those above, and its facts
_CONNECT_SECONDS = 5


class Listener:
    """Receive the events of one training on the driver; a context.

    Parameters
    ----------
    host : str
        Address to listen on, one that the workers reach.
    on_event : callable
        Called with each event, from a thread of the listener.
    """

    def __init__(self, host: str, on_event: Callable[[Event], object]) -> None:
        self.on_event = on_event
        self.token = secrets.token_hex(16)
        self.server = socket.create_server((host, 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.closed = False

    @property
    def address(self) -> dict[str, Any]:
        """The address for a ``Sender``: host, port and the token of this training."""
        host, port = self.server.getsockname()[:2]
        return {"host": host, "port": port, "token": self.token}

    def __enter__(self) -> Listener:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(timeout=2)

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return  # closed by __exit__
            with connection, connection.makefile("rb") as lines:
                if lines.readline().strip().decode(errors="replace") == self.token:
                    self._follow(lines)

    def _follow(self, lines: BinaryIO) -> None:
        with contextlib.suppress(OSError):
            for line in lines:
                if self.closed:
                    return  # the training has returned; a task may take a moment to end
                self.on_event(json.loads(line))


class Sender:
    """Send lines to the driver's ``Listener``; silent when there is none or it cannot be reached."""

    def __init__(self, address: dict[str, Any] | None) -> None:
        self.connection: socket.socket | None = None
        if address:
            with contextlib.suppress(OSError):
                self.connection = socket.create_connection((address["host"], address["port"]), _CONNECT_SECONDS)
                self.connection.sendall(address["token"].encode() + b"\n")

    def send(self, line: bytes) -> None:
        """Send one line of JSON, with its newline."""
        if self.connection:
            try:
                self.connection.sendall(line)
            except OSError:
                self.close()

    def close(self) -> None:
        """End the connection."""
        if self.connection:
            self.connection.close()
            self.connection = None
