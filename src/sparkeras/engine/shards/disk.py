"""A shard that is larger than its memory: trained from the file, window by window, the next one read ahead.

Runs on: training process.
"""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from sparkeras.engine.shards.block_shuffle import PLACE, Blocks, key_ranks, number_rows, write_blocks
from sparkeras.engine.shards.inspection import VALIDATION
from sparkeras.engine.shards.order import row_order, windows
from sparkeras.engine.shards.rowfile import RowFile, cut, whole

_WINDOWS = 4  # in memory at once: two of the rows to train on, two of those to validate with
_BLOCKS = 16  # that one window mixes
_LEAST = 2**20  # bytes to rank rows in, whatever the setting is: with less, the keys are read again and again


class DiskShard:
    """The rows of one worker, on disk.

    Parameters
    ----------
    descriptor, facts, memory, folder, on_progress
        As in ``open_shard``.
    """

    def __init__(self, descriptor, facts, memory, folder, on_progress=None):
        self.file = RowFile(descriptor, facts["layout"])
        self.rows = sum(count for _, count in facts["blocks"])
        self.bytes = self.rows * self.file.row_bytes
        self.memory, self.folder, self.on_progress = memory, folder, on_progress or (lambda: None)
        self.window_rows = max(1, memory // _WINDOWS // self.file.row_bytes)
        self.region = Region(self.file, cut(whole(facts["blocks"]), self.window_rows), self.window_rows)
        self.readers = ThreadPoolExecutor(1, "sparkeras-read-ahead")

    def all_rows(self):
        """Return all rows, in the order that they have in the file, as a Region."""
        return self.region

    def first_row(self):
        """Return the first row of the file as a Region."""
        return replace(self.region, pieces=[replace(self.region.pieces[0], last=1)], placed=False)

    def split(self, fraction, seed, shuffle=True):
        """Return the rows to train on and those to validate with, as Regions; once only.

        As ``Shard.split``, though a fraction are other rows. What must be shuffled or held out is first written to a
        new file, and the old one is emptied: for a moment the rows are on disk twice.
        """
        groups = [[self.region.pieces[number] for number in group] for group in self.region.windows(None, 0)]
        marked = any(name == VALIDATION for name, _, _ in self.file.layout)
        count = self._marked_rows(groups) if marked else round(self.rows * fraction)
        if not shuffle and not count:
            return self.region, replace(self.region, pieces=[])
        ranks = key_ranks(self.file, groups, self.rows, max(self.memory // _WINDOWS, _LEAST), seed)
        number_rows(ranks, count, marked, not shuffle, self.window_rows)
        size = max(1, self.window_rows // _BLOCKS)
        train, validation = (Blocks(rows, size, shuffle) for rows in (self.rows - count, count))
        file, pieces = write_blocks(self.file, groups, ranks, train, validation, self.folder, self.on_progress)
        os.ftruncate(self.file.descriptor, 0)
        self.region = Region(file, pieces, self.window_rows, placed=True)
        return replace(self.region, pieces=pieces[: train.count]), replace(self.region, pieces=pieces[train.count :])

    def reader(self, rows):
        """Return a DiskReader of the Region ``rows``."""
        return DiskReader(rows, self.readers)

    def _marked_rows(self, groups):
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
        Whether the pieces are whole blocks whose rows say their place; else rows are taken as they lie there.
    """

    file: RowFile
    pieces: list
    window_rows: int
    placed: bool = False

    def __len__(self):
        return sum(map(len, self.pieces))

    def windows(self, seed, epoch):
        """Return the numbers of the pieces that are read together, see ``order.windows``."""
        return windows(list(map(len, self.pieces)), self.window_rows, seed, epoch)


@dataclass
class Window:
    """Rows in memory: ``arrays`` as they lie in the file, ``order`` the numbers of their rows as they are wanted."""

    number: int
    arrays: dict
    order: np.ndarray


class DiskReader:
    """The rows of a Region, in the order of an epoch; rows may be asked for by any thread and in any order.

    Parameters
    ----------
    region : Region
    readers : concurrent.futures.Executor
        Reads ahead.
    """

    def __init__(self, region, readers):
        self.region, self.readers = region, readers
        self.capacity = min(len(region), region.window_rows)
        self.lock = threading.Lock()
        self.free = []  # the arrays of two windows, used again and again: fresh memory costs more than the reading
        self.window, self.coming = None, None
        self.drawn = None  # (seed, epoch) of the order

    def start(self, seed, epoch):
        """Draw the order of ``epoch`` by ``seed``; None keeps the order of the rows."""
        with self.lock:
            if (seed, epoch) == self.drawn:
                return  # what is read ahead may stay
            self._release()
            self.drawn = seed, epoch
            self.plan = self.region.windows(seed, epoch)
            sizes = [sum(len(self.region.pieces[number]) for number in group) for group in self.plan]
            self.edges = np.cumsum([0, *sizes])

    def take(self, first, last):
        """Return the rows at places ``first`` to ``last`` of that order, as a dict of arrays."""
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

    def _window(self, number):
        """Return a window; whenever it is another than before, the one after it is read ahead."""
        if self.window and self.window.number == number:
            return self.window
        found = self.coming and self.coming.result()
        if found and found.number == number:
            self.coming = None
            self._release()
        else:
            self._release()
            found = self._load(number, self._buffers())
        self.window = found
        if number + 1 < len(self.plan):
            self.coming = self.readers.submit(self._load, number + 1, self._buffers())
        return found

    def _release(self):
        """Take back the arrays of the windows that are held."""
        for held in (self.window, self.coming and self.coming.result()):
            if held:
                self.free.append(held.arrays)
        self.window, self.coming = None, None

    def _buffers(self):
        return self.free.pop() if self.free else self.region.file.empty(self.capacity)

    def _load(self, number, arrays):
        """Read a window into ``arrays``."""
        pieces = [self.region.pieces[piece] for piece in self.plan[number]]
        rows = self.region.file.read(pieces, arrays)
        order = np.arange(rows)
        if self.region.placed:
            sizes = list(map(len, pieces))
            starts = np.repeat(np.cumsum([0, *sizes])[:-1], sizes)
            # Rows lie in a block as they arrived; their places in it do not depend on that.
            order[starts + arrays[PLACE][:rows]] = np.arange(rows)
        seed, epoch = self.drawn
        if seed is not None:
            order = order[row_order(rows, seed, epoch, number)]
        return Window(number, arrays, order)
