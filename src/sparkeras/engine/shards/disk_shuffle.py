"""A shard's rows rewritten in blocks whose contents do not depend on the order of arrival.

Runs on: training process.

Rows are sorted by key and assigned to the blocks round-robin. So equal rows lie in different blocks,
each block is a fair sample of all rows, and as large as the others to a row.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sparkeras.engine.shards.inspection import VALIDATION
from sparkeras.engine.shards.keys import MIX
from sparkeras.engine.shards.order import generator
from sparkeras.engine.shards.rowfile import Column, Piece, RowFile

PLACE = "place"  # the field of the new file that replaces the key: a row's position in its block
_RANKING_BYTES = 64  # of memory per row while it is ranked, all arrays together


@dataclass(frozen=True)
class Blocks:
    """Blocks of a file, and the block of each row.

    Attributes
    ----------
    rows : int
        In all blocks together.
    size : int
        Rows of a block at most.
    dealt : bool
        Whether the rows are dealt in turn; else each block takes the next ``size`` rows.
    """

    rows: int
    size: int
    dealt: bool

    @property
    def count(self) -> int:
        """Number of blocks."""
        return -(-self.rows // self.size)

    def place(self, index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return (block, position in it) of the rows numbered ``index``, int arrays."""
        return (index % self.count, index // self.count) if self.dealt else (index // self.size, index % self.size)

    def pieces(self, offset: int, row_bytes: int) -> list[Piece]:
        """Return the blocks as whole pieces of a file, one after another from byte ``offset``."""
        pieces = []
        for block in range(self.count):
            left = self.rows - block
            rows = -(-left // self.count) if self.dealt else min(self.size, self.rows - block * self.size)
            pieces.append(Piece(offset, rows, 0, rows))
            offset += rows * row_bytes
        return pieces


def key_order(file: RowFile, groups: Sequence[Sequence[Piece]], rows: int, memory: int, seed: int) -> np.ndarray:
    """Return each row's rank in the order of the keys, hashed with the seed; rows marked for validation come last.

    Parameters
    ----------
    file : RowFile
        With the fields ``key`` and perhaps ``validation``.
    groups : list of list of Piece
        All rows in the order of arrival; the keys of a group are read at once.
    rows : int
    memory : int
        Most bytes to take beside the result, if few rows are equal.
    seed : int

    Returns
    -------
    (rows,) unsigned int array
    """
    ranks = np.empty(rows, np.min_scalar_type(rows))
    parts = -(-rows * _RANKING_BYTES // memory)
    below = 0
    for part in range(parts):
        numbers, keys = _keys_of_part(file, groups, part, parts, seed)
        # Equal keys are rows of equal content, which may change places.
        ranks[numbers[np.argsort(keys)]] = np.arange(below, below + len(keys))
        below += len(keys)
    return ranks


def _keys_of_part(
    file: RowFile, groups: Sequence[Sequence[Piece]], part: int, parts: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (row numbers, keys) of one of ``parts`` equal ranges of all possible keys, the lowest first."""
    chosen_rows, chosen_keys, first = [], [], 0
    for group in groups:
        arrays = file.empty(sum(map(len, group)), ("key", VALIDATION))
        first += file.read(group, arrays)
        keys = _hashed(arrays["key"], seed)
        if VALIDATION in arrays:
            keys = keys >> np.uint64(1) | arrays[VALIDATION].astype(np.uint64) << np.uint64(63)
        chosen = np.flatnonzero((keys >> np.uint64(32)) * np.uint64(parts) >> np.uint64(32) == part)
        chosen_rows.append(first - len(keys) + chosen)
        chosen_keys.append(keys[chosen])
    return np.concatenate(chosen_rows), np.concatenate(chosen_keys)


def _hashed(keys: np.ndarray, seed: int) -> np.ndarray:
    """Return new keys, equal where the old ones are, in an order that depends on the seed."""
    keys = keys ^ generator(seed, -1).integers(0, 2**64, dtype=np.uint64)
    keys = (keys ^ (keys >> np.uint64(32))) * MIX
    return (keys ^ (keys >> np.uint64(29))) * MIX


def number_rows(ranks: np.ndarray, count: int, marked: bool, in_order: bool, step: int) -> None:
    """Replace ranks in place by numbers: rows to train on from 0, then those to validate with.

    Parameters
    ----------
    ranks : (rows,) unsigned int array
        Of ``key_order``.
    count : int
        Rows for validation.
    marked : bool
        Whether a column marked the validation rows, so that they rank last. Else they are spread evenly over the
        ranks, and so over equal rows too.
    in_order : bool
        Whether training and validation rows are numbered in the order of arrival; else in sorted-key order.
    step : int
        Rows to number at once.
    """
    rows, seen = len(ranks), 0
    for first in range(0, rows, step):
        part = ranks[first : first + step]
        validation, index = _held_out(part.astype(np.uint64), np.uint64(rows), np.uint64(count), marked)
        if in_order:
            before = seen + np.cumsum(validation) - validation
            index = np.where(validation, before, np.arange(first, first + len(part)) - before)
            seen += int(validation.sum())
        part[:] = np.where(validation, index + index.dtype.type(rows - count), index)


def _held_out(ranks: np.ndarray, rows: np.uint64, count: np.uint64, marked: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return a mask of the validation rows, and the numbers of the rows of either kind by rank."""
    if marked:
        validation = ranks >= rows - count
        return validation, np.where(validation, ranks - (rows - count), ranks)
    before = ranks * count // rows
    validation = (ranks + np.uint64(1)) * count // rows > before
    return validation, np.where(validation, before, ranks - before)


def write_blocks(
    source: RowFile,
    groups: Sequence[Sequence[Piece]],
    numbers: np.ndarray,
    train: Blocks,
    validation: Blocks,
    folder: str,
    on_progress: Callable[[], object],
) -> tuple[RowFile, list[Piece]]:
    """Write the rows of ``source`` to a new anonymous file, those to train on first.

    Parameters
    ----------
    source : RowFile
    groups : list of list of Piece
        All rows; a group is held in memory, twice.
    numbers : (rows,) unsigned int array
        Of ``number_rows``.
    train, validation : Blocks
    folder : str
    on_progress : callable
        Called after each group.

    Returns
    -------
    RowFile
    list of Piece
        The blocks of ``train``, then those of ``validation``.
    """
    layout = [column for column in source.layout if column.name not in ("key", VALIDATION)]
    layout.append(Column(PLACE, np.min_scalar_type(max(train.size, validation.size)), ()))
    target = RowFile(tempfile.TemporaryFile(prefix="sparkeras-", dir=folder, buffering=0), layout)  # noqa: SIM115 - it lives as long as the RowFile
    pieces = train.pieces(0, target.row_bytes)
    pieces += validation.pieces(train.rows * target.row_bytes, target.row_bytes)
    filled = np.zeros(len(pieces), int)
    first = 0
    for group in groups:
        arrays = source.empty(sum(map(len, group)), [name for name, _, _ in layout])
        last = first + source.read(group, arrays)
        block, arrays[PLACE] = _places(numbers[first:last], train, validation)
        _append(target, pieces, filled, block, arrays)
        first = last
        on_progress()
    return target, pieces


def _places(numbers: np.ndarray, train: Blocks, validation: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's block, the validation blocks counted after the others, and its position in it."""
    block, place = np.empty((2, len(numbers)), np.int64)
    to_train = numbers < train.rows
    for chosen, blocks, rows, count in ((to_train, train, 0, 0), (~to_train, validation, train.rows, train.count)):
        if blocks.rows:
            block[chosen], place[chosen] = blocks.place(numbers[chosen].astype(np.int64) - rows)
            block[chosen] += count
    return block, place


def _append(
    target: RowFile, pieces: Sequence[Piece], filled: np.ndarray, block: np.ndarray, arrays: dict[str, np.ndarray]
) -> None:
    """Write rows to the free positions of their blocks, and count them in ``filled``."""
    order = np.argsort(block, kind="stable")
    edges = np.searchsorted(block[order], np.arange(len(pieces) + 1))
    sorted_rows = {name: arrays[name].astype(dtype, copy=False)[order] for name, dtype, _ in target.layout}
    for number in map(int, np.flatnonzero(np.diff(edges))):
        first, last = edges[number], edges[number + 1]
        piece = replace(pieces[number], first=int(filled[number]), last=int(filled[number] + last - first))
        target.write(piece, {name: array[first:last] for name, array in sorted_rows.items()})
        filled[number] = piece.last
