"""Arrow batches written to one anonymous file.

Runs on: Spark task.

The file has no name, so nothing can be left behind when a process is killed: the system frees it with its last
descriptor. Its layout is blocks, one per Arrow batch; in a block, one raw array per field, then the rows' keys.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from sparkeras.engine.shards.inspection import Inspection
from sparkeras.engine.shards.keys import row_keys
from sparkeras.engine.shards.rowfile import disk_error

if TYPE_CHECKING:
    import pyarrow as pa

    from sparkeras.engine.columns import Field
    from sparkeras.engine.columns.label_limits import Limits
    from sparkeras.engine.shards.rowfile import Layout

_KEY: tuple[str, str, tuple[int, ...]] = ("key", np.dtype(np.uint64).str, ())


class SpoolFacts(TypedDict):
    """Where a spool's rows lie in its file; plain values, as they travel.

    Attributes
    ----------
    layout : list of (field key, dtype, shape of one row) or None
        None without any row.
    blocks : list of (offset, rows)
    digest : int
        Sum of the rows' keys: it tells these rows from others, in any order.
    skipped : int
        Rows left out for a null or NaN.
    """

    layout: Layout | None
    blocks: list[tuple[int, int]]
    digest: int
    skipped: int


class Spool:
    """Write Arrow batches to a file that has no name.

    Parameters
    ----------
    fields : list of columns.Field
    folder : str
        On the disk to write to; Spark's local folder.
    limits : dict of str to label_limits.Limits
        Of labels, by field key.
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else ``close`` refuses them.
    """

    def __init__(
        self, fields: Sequence[Field], folder: str, limits: Mapping[str, Limits], skip_invalid: bool = False
    ) -> None:
        self.inspection, self.skip_invalid = Inspection(fields, limits), skip_invalid
        self.file = tempfile.TemporaryFile(prefix="sparkeras-", dir=folder, buffering=0)  # noqa: SIM115 - open as long as the spool lives
        self.blocks: list[tuple[int, int]] = []

        self.digest = 0

    def add(self, record_batch: pa.RecordBatch) -> None:
        """Append the rows of one Arrow batch, whose columns are those of ``columns.column_names``.

        Raises
        ------
        InvalidColumnError
            If rows change their width.
        TrainingError
            If the disk is full.
        """
        arrays = self.inspection.read(record_batch)
        rows = len(next(iter(arrays.values())))
        if (
            not rows or self.inspection.facts["wrong"]
        ):  # once a row is invalid, the rest is only counted; ``close`` raises
            return
        arrays["key"] = row_keys(arrays.values())
        self.digest = (self.digest + int(arrays["key"].sum(dtype=np.uint64))) % 2**64
        self.blocks.append((self.file.tell(), rows))
        for array in arrays.values():
            self._write(np.ascontiguousarray(array).data.cast("B"))

    def close(self) -> SpoolFacts:
        """Return the facts by which a shard finds its rows.

        Raises
        ------
        InvalidColumnError
            If rows held a null or NaN, or a label or weight lies outside its limits.
        """
        self.inspection.require_right(self.skip_invalid)
        facts = self.inspection.facts
        layout = facts["layout"] and [*facts["layout"], _KEY]
        return {"layout": layout, "blocks": self.blocks, "digest": self.digest, "skipped": facts["skipped"]}

    def _write(self, view: memoryview) -> None:
        try:
            while view:
                view = view[self.file.write(view) :]
        except OSError as error:
            raise disk_error(error) from error
