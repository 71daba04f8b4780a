"""Length-prefixed messages over a pipe. Runs on: Spark task, training process."""

from __future__ import annotations

from typing import IO

_LENGTH_BYTES = 8


def send(pipe: IO[bytes], data: bytes) -> None:
    """Write one message of bytes."""
    pipe.write(len(data).to_bytes(_LENGTH_BYTES, "big"))
    pipe.write(data)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes:
    """Read one message of bytes; raise EOFError when the other side is gone."""
    length = int.from_bytes(_exactly(pipe, _LENGTH_BYTES), "big")
    return _exactly(pipe, length)


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return data
