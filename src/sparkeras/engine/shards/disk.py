"""A shard that is larger than its memory: trained from the file, window by window, the next one read ahead.

Runs on: training process.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sparkeras.engine.shards.disk_shuffle import PLACE, Blocks, key_order, number_rows, write_blocks
from sparkeras.engine.shards.inspection import VALIDATION
from sparkeras.engine.shards.order import row_order, windows
from sparkeras.engine.shards.rowfile import Piece, RowFile, cut, whole

if TYPE_CHECKING:
    from sparkeras.engine.shards.spool import SpoolFacts

_WINDOWS = 4  # in memory at once: two of the rows to train on, two of those to validate with
_BLOCKS = 16  # that one window mixes
_LEAST = 2**20  # bytes for ranking rows, whatever the setting is: with less, the keys are read many times over


class DiskShard:
    """The rows of one worker, on disk; a ``shard.Shard`` whose rows are named by a Region.

    Parameters
    ----------
    descriptor, facts, memory, folder, on_progress
        As in ``open_shard``.
    """

    def __init__(
        self,
        descriptor: int,
        facts: SpoolFacts,
        memory: int,
        folder: str,
        on_progress: Callable[[], object] | None = None,
    ) -> None:
        self.file = RowFile(descriptor, facts["layout"] or [])
        self.rows = sum(count for _, count in facts["blocks"])
        self.bytes = self.rows * self.file.row_bytes
        self.memory, self.folder, self.on_progress = memory, folder, on_progress or (lambda: None)
        self.window_rows = max(1, memory // _WINDOWS // self.file.row_bytes)
        self.region = Region(self.file, cut(whole(facts["blocks"]), self.window_rows), self.window_rows)
        self.readers = ThreadPoolExecutor(1, "sparkeras-read-ahead")

    def all_rows(self) -> Region:
        """Return all rows, in the order of the file, as a Region."""
        return self.region

    def first_row(self) -> Region:
        """Return the first row of the file as a Region."""
        return replace(self.region, pieces=[replace(self.region.pieces[0], last=1)], placed=False)

    def split(self, fraction: float, seed: int, shuffle: bool = True) -> tuple[Region, Region]:
        """Return the rows to train on and those to validate with, as Regions; once only.

        As ``Shard.split``; a fraction holds out other rows than a MemoryShard does. To shuffle rows or to hold some
        out, they are first written to a new file, and the old one is emptied: for a moment the rows are on disk twice.
        """
        groups = [[self.region.pieces[number] for number in group] for group in self.region.windows(None, 0)]
        marked = any(name == VALIDATION for name, _, _ in self.file.layout)
        count = self._marked_rows(groups) if marked else round(self.rows * fraction)
        if not shuffle and not count:
            return self.region, replace(self.region, pieces=[])
        ranks = key_order(self.file, groups, self.rows, max(self.memory // _WINDOWS, _LEAST), seed)
        number_rows(ranks, count, marked, not shuffle, self.window_rows)
        size = max(1, self.window_rows // _BLOCKS)
        train, validation = (Blocks(rows, size, shuffle) for rows in (self.rows - count, count))
        file, pieces = write_blocks(self.file, groups, ranks, train, validation, self.folder, self.on_progress)
        os.ftruncate(self.file.descriptor, 0)
        self.region = Region(file, pieces, self.window_rows, placed=True)
        return replace(self.region, pieces=pieces[: train.count]), replace(self.region, pieces=pieces[train.count :])

    def reader(self, rows: Region) -> DiskReader:
        """Return a DiskReader of the Region ``rows``."""
        return DiskReader(rows, self.readers)

    def _marked_rows(self, groups: Sequence[Sequence[Piece]]) -> int:
        count = 0
        for group in groups:
            arrays = self.file.empty(sum(map(len, group)), (VALIDATION,))
            self.file.read(group, arrays)
            count += int(np.count_nonzero(arrays[VALIDATION]))
        return count


@dataclass(frozen=True)
class Region:
    """Some rows of a file.

    Attributes
    ----------
    file : RowFile
    pieces : list of Piece
        The rows, in their order without shuffling.
    window_rows : int
        Rows to hold in memory at once, at most.
    placed : bool
        Whether the pieces are whole blocks whose rows hold their position in it; else rows keep the order of the file.
    """

    file: RowFile
    pieces: list[Piece]
    window_rows: int
    placed: bool = False

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def windows(self, seed: int | None, epoch: int) -> list[list[int]]:
        """Return the numbers of the pieces that are read together, see ``order.windows``."""
        return windows(list(map(len, self.pieces)), self.window_rows, seed, epoch)


@dataclass
class Window:
    """Rows in memory: ``arrays`` in the order of the file, ``order`` their row numbers in the order of the epoch."""

    number: int
    arrays: dict[str, np.ndarray]
    order: np.ndarray


class DiskReader:
    """The rows of a Region, in the order of an epoch; any thread may ask for any rows, in any order.

    Parameters
    ----------
    region : Region
    readers : concurrent.futures.Executor
        Reads ahead.
    """

    def __init__(self, region: Region, readers: Executor) -> None:
        self.region, self.readers = region, readers
        self.capacity = min(len(region), region.window_rows)
        self.lock = threading.Lock()
        # The arrays of two windows, used over and over: fresh memory costs more than the reading.
        self.free: list[dict[str, np.ndarray]] = []
        self.window: Window | None = None
        self.coming: Future[Window] | None = None
        self.drawn: tuple[int | None, int] | None = None  # (seed, epoch) of the order
        self.plan: list[list[int]] = []
        self.edges = np.zeros(1, int)

    def start(self, seed: int | None, epoch: int) -> None:
        """Draw the order of ``epoch`` by ``seed``; None keeps the order of the rows."""
        with self.lock:
            if (seed, epoch) == self.drawn:
                return  # what is read ahead may stay
            self._release()
            self.drawn = seed, epoch
            self.plan = self.region.windows(seed, epoch)
            sizes = [sum(len(self.region.pieces[number]) for number in group) for group in self.plan]
            self.edges = np.cumsum([0, *sizes])

    def take(self, first: int, last: int) -> dict[str, np.ndarray]:
        """Return the rows at positions ``first`` to ``last`` of that order, by field key."""
        last = min(last, int(self.edges[-1]))
        parts = []
        with self.lock:
            while first < last:
                number = int(np.searchsorted(self.edges, first, "right")) - 1
                window, start = self._window(number), int(self.edges[number])
                stop = min(last, int(self.edges[number + 1]))
                chosen = window.order[first - start : stop - start]
                parts.append({name: array[chosen] for name, array in window.arrays.items() if name != PLACE})
                first = stop
        if len(parts) == 1:
            return parts[0]
        parts = parts or [self.region.file.empty(0)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _window(self, number: int) -> Window:
        """Return a window; whenever it changes, the one after it is read ahead."""
        if self.window and self.window.number == number:
            return self.window
        window = self.coming and self.coming.result()
        if window and window.number == number:
            self.coming = None
            self._release()
        else:
            self._release()
            window = self._load(number, self._buffers())
        self.window = window
        if number + 1 < len(self.plan):
            self.coming = self.readers.submit(self._load, number + 1, self._buffers())
        return window

    def _release(self) -> None:
        """Free the arrays of the current and the coming window for the next ones."""
        for window in (self.window, self.coming and self.coming.result()):
            if window:
                self.free.append(window.arrays)
        self.window, self.coming = None, None

    def _buffers(self) -> dict[str, np.ndarray]:
        return self.free.pop() if self.free else self.region.file.empty(self.capacity)

    def _load(self, number: int, arrays: dict[str, np.ndarray]) -> Window:
        """Read a window into ``arrays``."""
        pieces = [self.region.pieces[piece] for piece in self.plan[number]]
        rows = self.region.file.read(pieces, arrays)
        order = np.arange(rows)
        if self.region.placed:
            sizes = list(map(len, pieces))
            starts = np.repeat(np.cumsum([0, *sizes])[:-1], sizes)
            # Rows lie in a block in the order of arrival; their positions in it do not depend on that.
            order[starts + arrays[PLACE][:rows]] = np.arange(rows)
        seed, epoch = self.drawn or (None, 0)
        if seed is not None:
            order = order[row_order(rows, seed, epoch, number)]
        return Window(number, arrays, order)
