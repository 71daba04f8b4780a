"""The server from start to end: its packages, its port, its token, the browser, and Ctrl-C.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
import ipaddress
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator
from types import FrameType
from typing import TYPE_CHECKING

from sparkeras import errors
from sparkeras.errors import SetupError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

PORT, _TRIED = 8420, 20
PACKAGES = ("starlette", "uvicorn", "orjson", "prometheus_client")


def require_packages() -> None:
    """Raise SetupError where packages of the extra ``lab`` are missing."""
    errors.require_packages("lab", *PACKAGES)


def listen(host: str, port: int | None) -> socket.socket:
    """Return a socket bound to a port; where ``port`` is None, the usual one or the next free one after it.

    Raises
    ------
    SetupError
        If the port is taken, or the host is none of this machine.
    """
    for number in range(PORT, PORT + _TRIED) if port is None else [port]:
        listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host, number))  # it listens when all is ready to answer: see run
            # Connections inherit it. asyncio sets it where a socket tells its protocol, which this one does not; and
            # without it each answer waits 40 ms for the receiver's acknowledgement.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return listening
        except OSError as error:
            listening.close()
            last = error
    which = f"the ports {PORT} to {PORT + _TRIED - 1}" if port is None else f"port {port}"
    raise SetupError(f"{which} of {host} cannot be listened on: {last.strerror or last}. Choose another --port.")


def new_token(host: str) -> str | None:
    """Return a token where other machines could reach the host, None where this machine alone can."""
    try:
        is_here = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    return None if is_here else secrets.token_urlsafe(24)


def names(host: str) -> frozenset[str]:
    """Return the names of this machine that requests may use on that host, beside addresses and ``localhost``."""
    return frozenset(each.lower() for each in (host, socket.gethostname(), socket.getfqdn()))


def address(listening: socket.socket, token: str | None = None) -> str:
    """Return the address to open in a browser."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}/" + (f"?token={token}" if token else "")


@contextlib.contextmanager
def ended_by_ctrl_c() -> Iterator[None]:
    """Let Ctrl-C end the block, even where it comes in a callback of JAX, in which Python drops an exception."""
    pressed = []

    def note(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def run(app: ASGIApp, listening: socket.socket, message: str, browse: str | None = None) -> None:
    """Serve an application until Ctrl-C; print ``message`` and open ``browse``, an address, once it can be reached."""
    import uvicorn

    listening.listen(256)
    print(message, flush=True)

    config = uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    if browse:
        threading.Timer(0.5, webbrowser.open, [browse]).start()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn passes it on when it has ended
        server.run(sockets=[listening])
    print("Closed.")
