"""Requests as an attacker or a broken client sends them: raw bytes over a socket, and what came back."""

import json
import socket
from typing import NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """Status, headers in lower case, body."""

    status: int
    headers: dict
    body: bytes

    @property
    def error(self):
        """Return the sentence of a refusal; fails where the body has another shape."""
        said = json.loads(self.body)
        assert list(said) == ["error"], said
        return said["error"]


def send(address, method="GET", path="/health", headers=(), body=b"", host=None):
    """Send one request as it is written here, without a client's good manners."""
    where = urlsplit(address).netloc
    lines = [f"{method} {path} HTTP/1.1"]
    lines += [] if host == "" else [f"Host: {host or where}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    return raw(address, "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)


def raw(address, content):
    """Send bytes, read to the end, and take the answer apart; None where it hung up without one."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(content)
        received = b""
        try:
            while piece := connection.recv(1 << 16):
                received += piece
        except ConnectionResetError:  # it hung up on what was still coming
            pass
    if not received:
        return None
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Answer(int(first.split()[1]), headers, body)
