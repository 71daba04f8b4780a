"""A worker's rows: written to an anonymous file, read back in memory or window by window, in a seeded order.

Runs on: Spark task, training process.
"""

from sparkeras.engine.shards.disk import DiskShard
from sparkeras.engine.shards.inspection import Inspection
from sparkeras.engine.shards.keys import row_keys
from sparkeras.engine.shards.memory import Shard
from sparkeras.engine.shards.order import row_order, windows
from sparkeras.engine.shards.share import Share, require_rows, validation_column
from sparkeras.engine.shards.spool import Spool

__all__ = [
    "DiskShard",
    "Inspection",
    "Shard",
    "Share",
    "Spool",
    "open_shard",
    "require_rows",
    "row_keys",
    "row_order",
    "validation_column",
    "windows",
]


def open_shard(descriptor, facts, memory, folder, in_order=False, on_progress=None):
    """Return the rows of ``Spool`` as a Shard where they fit in memory, else as a DiskShard.

    Parameters
    ----------
    descriptor : int
        Of the spool's file.
    facts : dict
        Of ``Spool.close``; its layout may be another rank's where this one has no row.
    memory : int
        Bytes of rows to hold in memory at most.
    folder : str
        Where a DiskShard may write its rows in another order.
    in_order : bool
        Whether a Shard keeps its rows as they arrived.
    on_progress : callable or None
        Called now and then while a DiskShard is put in order, which takes long for many rows.
    """
    disk = DiskShard(descriptor, facts, memory, folder, on_progress)
    return disk if disk.bytes > memory else Shard.read(descriptor, facts, in_order)
