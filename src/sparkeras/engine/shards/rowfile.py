"""Rows in a file: blocks, and in a block one raw array per field; read and written by position, never mapped.

Runs on: Spark task, training process.

A pass over a memory map counts as memory of the process, as large as the file; ``pread`` needs its buffer only.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np

from sparkeras.errors import TrainingError

# (name, dtype, shape of one row) of each field; plain values, as they travel.
Layout = Sequence[tuple[str, str, Sequence[int]]]


class Column(NamedTuple):
    """One field of a row file."""

    name: str
    dtype: np.dtype
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Piece:
    """Rows ``first`` to ``last`` of a block of ``rows`` rows that begins at byte ``offset``."""

    offset: int
    rows: int
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first


class RowFile:
    """Rows of one layout behind a descriptor.

    Parameters
    ----------
    file : int or file
        A descriptor, or a file that is kept open as long as this lives.
    layout : list of (name, dtype, shape of one row)
    """

    def __init__(self, file: int | IO[bytes], layout: Layout | Sequence[Column]) -> None:
        self.file = file
        self.descriptor = file if isinstance(file, int) else file.fileno()
        self.layout = [Column(name, np.dtype(dtype), tuple(shape)) for name, dtype, shape in layout]
        self.row_bytes = sum(_bytes(dtype, shape) for _, dtype, shape in self.layout)

    def empty(self, rows: int, names: Collection[str] | None = None) -> dict[str, np.ndarray]:
        """Return arrays for ``rows`` rows, of all fields or those in ``names``."""
        return {
            name: np.empty((rows, *shape), dtype) for name, dtype, shape in self.layout if not names or name in names
        }

    def read(self, pieces: Iterable[Piece], arrays: Mapping[str, np.ndarray]) -> int:
        """Read the rows of ``pieces``, one after another, into the fields of ``arrays``; return their number.

        Raises
        ------
        TrainingError
            If the file ends too early.
        """
        done = 0
        for piece in pieces:
            for name, offset in self._offsets(piece):
                if name in arrays:
                    _read_into(self.descriptor, _view(arrays[name][done : done + len(piece)]), offset)
            done += len(piece)
        return done

    def write(self, piece: Piece, arrays: Mapping[str, np.ndarray]) -> None:
        """Write the rows of ``arrays``, all fields, to the positions of ``piece``.

        Raises
        ------
        TrainingError
            If the disk is full.
        """
        for name, offset in self._offsets(piece):
            view = _view(np.ascontiguousarray(arrays[name]))
            try:
                while view:
                    written = os.pwrite(self.descriptor, view, offset)
                    view, offset = view[written:], offset + written
            except OSError as error:
                raise disk_error(error) from error

    def _offsets(self, piece: Piece) -> Iterator[tuple[str, int]]:
        """Yield each field and the byte where its rows of ``piece`` begin."""
        before = 0
        for name, dtype, shape in self.layout:
            size = _bytes(dtype, shape)
            yield name, piece.offset + piece.rows * before + piece.first * size
            before += size


def whole(blocks: Iterable[tuple[int, int]]) -> list[Piece]:
    """Return one piece per block of ``blocks``, a list of (offset, rows)."""
    return [Piece(offset, rows, 0, rows) for offset, rows in blocks]


def cut(pieces: Iterable[Piece], rows: int) -> list[Piece]:
    """Return the same rows in the same order as pieces of at most ``rows`` rows."""
    return [
        Piece(piece.offset, piece.rows, first, min(first + rows, piece.last))
        for piece in pieces
        for first in range(piece.first, piece.last, rows)
    ]


def disk_error(error: OSError) -> TrainingError:
    """Return the error to raise for an OSError while rows are written."""
    return TrainingError(
        f"The rows could not be written to Spark's local folder: {error}. "
        "Free disk space there or set spark.local.dir to a larger disk."
    )


def _bytes(dtype: np.dtype, shape: tuple[int, ...]) -> int:
    """Return the bytes of one row of a field."""
    return dtype.itemsize * int(np.prod(shape, dtype=np.int64))


def _view(array: np.ndarray) -> memoryview:
    return array.data.cast("B") if array.nbytes else memoryview(b"")


def _read_into(descriptor: int, view: memoryview, offset: int) -> None:
    """Fill ``view`` from the file."""
    while view:
        read = os.preadv(descriptor, [view], offset)
        if not read:
            raise TrainingError("The spooled rows end too early: the disk of Spark's local folder lost data.")
        view, offset = view[read:], offset + read
