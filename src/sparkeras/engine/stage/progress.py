"""Live progress from a training to the driver: one line of JSON per event, over one local connection.

Runs on: driver, Spark task, training process.

Events from rank 0: ``start`` (rows, validation_rows, steps, epochs, begin: finished epochs), ``step`` (epoch, step),
``epoch`` (epoch, seconds, logs). From the driver itself: ``queued``, ``launched``, ``retry`` (retry, retries, failure),
``silent`` (words: why nothing will show). Losing the connection loses the picture, never the training.
"""

import contextlib
import json
import secrets
import socket
import threading

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

    def __init__(self, host, on_event):
        self.on_event = on_event
        self.token = secrets.token_hex(16)
        self.server = socket.create_server((host, 0))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.closed = False

    @property
    def address(self):
        """What a ``Sender`` needs: host, port and the token by which this training knows its own."""
        host, port = self.server.getsockname()[:2]
        return {"host": host, "port": port, "token": self.token}

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.closed = True
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(timeout=2)

    def _serve(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return  # closed by __exit__
            with connection, connection.makefile("rb") as lines:
                if lines.readline().strip().decode(errors="replace") == self.token:
                    self._follow(lines)

    def _follow(self, lines):
        with contextlib.suppress(OSError):
            for line in lines:
                if self.closed:
                    return  # whoever listened has gone on; a task may take a moment to end
                self.on_event(json.loads(line))


class Sender:
    """Send lines to the driver's ``Listener``; silent when there is none or it cannot be reached."""

    def __init__(self, address):
        self.connection = None
        if address:
            with contextlib.suppress(OSError):
                self.connection = socket.create_connection((address["host"], address["port"]), _CONNECT_SECONDS)
                self.connection.sendall(address["token"].encode() + b"\n")

    def send(self, line):
        """Send one line of JSON, with its newline."""
        if self.connection:
            try:
                self.connection.sendall(line)
            except OSError:
                self.close()

    def close(self):
        """End the connection."""
        if self.connection:
            self.connection.close()
            self.connection = None
