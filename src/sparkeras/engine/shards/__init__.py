"""A worker's rows: written to an anonymous file, read back in memory or window by window, in a seeded order.

Runs on: Spark task, training process.
"""

from collections.abc import Callable
from typing import Any

from sparkeras.engine.shards.disk import DiskShard
from sparkeras.engine.shards.inspection import Inspection
from sparkeras.engine.shards.keys import row_keys
from sparkeras.engine.shards.memory import MemoryShard
from sparkeras.engine.shards.order import row_order, windows
from sparkeras.engine.shards.shard import Reader, Shard
from sparkeras.engine.shards.spool import Spool, SpoolFacts
from sparkeras.engine.shards.step_ranges import StepRanges, require_rows, validation_column

__all__ = [
    "DiskShard",
    "Inspection",
    "MemoryShard",
    "Reader",
    "Shard",
    "Spool",
    "SpoolFacts",
    "StepRanges",
    "open_shard",
    "require_rows",
    "row_keys",
    "row_order",
    "validation_column",
    "windows",
]


def open_shard(
    descriptor: int,
    facts: SpoolFacts,
    memory: int,
    folder: str,
    in_order: bool = False,
    on_progress: Callable[[], object] | None = None,
) -> Shard[Any]:
    """Return the rows of ``Spool`` as a MemoryShard where they fit in memory, else as a DiskShard.

    Parameters
    ----------
    descriptor : int
        Of the spool's file.
    facts : SpoolFacts
        Of ``Spool.close``; its layout may be another rank's where this one has no row.
    memory : int
        Bytes of rows to hold in memory at most.
    folder : str
        Where a DiskShard may write its rows in another order.
    in_order : bool
        Whether a MemoryShard keeps its rows in the order of arrival.
    on_progress : callable or None
        Called repeatedly while a DiskShard is put in order, which takes long for many rows.
    """
    disk = DiskShard(descriptor, facts, memory, folder, on_progress)
    return disk if disk.bytes > memory else MemoryShard.read(descriptor, facts, in_order)
