"""One pass of Spark over a table: a Summary of each column.

Runs on: driver, Spark task.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyspark.sql.functions as F

from sparkeras.features.summaries import Sizes, Summary
from sparkeras.spark import session, tasks
from sparkeras.spark.names import by_number, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_JOINING = 4  # tasks that join what the others have found, so that little comes to the driver
_AT_ONCE = 16  # results that come to the driver without joining
_SCHEMA = "part long, found binary"


class Task(NamedTuple):
    """What each Spark task gets: plain values."""

    columns: tuple[str, ...]
    sizes: tuple[int, ...]


Scan = dict[str, Summary]  # by column


def run(dataset: DataFrame, columns: Sequence[str]) -> Scan:
    """Scan a DataFrame in one Spark job, whatever the number of columns; return the Summary of each column.

    Empty where the DataFrame has no rows.
    """
    payload = tuple(Task(tuple(columns), tuple(Sizes.for_columns(len(columns)))))
    needed = by_number(dataset.select(*map(quoted, columns)))
    scan, join = (tasks.portable("sparkeras.features.scan", name, payload) for name in ("scan_rows", "join_parts"))
    spark = dataset.sparkSession
    slots = session.slots_of(session.master_of(spark)) if session.is_local(spark) else None
    if slots and slots <= _AT_ONCE:  # a task per slot; the driver is on the same machine
        return _joined(needed.coalesce(slots).mapInArrow(scan, _SCHEMA).collect())
    parts = needed.mapInArrow(scan, _SCHEMA)
    grouped = parts.withColumn("group", F.pmod("part", F.lit(_JOINING))).repartition(_JOINING, "group")
    return _joined(grouped.select("part", "found").mapInArrow(join, _SCHEMA).collect())


def scan_rows(payload: tuple[Any, ...], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the Scan of one partition, nothing of an empty one."""
    from pyspark import TaskContext

    task, context = Task(*payload), TaskContext.get()
    found = {name: Summary(name, Sizes(*task.sizes)) for name in task.columns}
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        for name, column in zip(task.columns, batch.columns, strict=True):
            found[name].add(column)
    if rows:
        yield _batch(context.partitionId() if context else 0, found)


def join_parts(payload: tuple[Any, ...], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one Scan of several."""
    parts = [(row["part"], row["found"]) for batch in batches for row in batch.to_pylist()]
    if parts:
        yield _batch(min(part for part, _ in parts), _joined(parts))


def _joined(parts: Iterable[Sequence[Any]]) -> Scan:
    ordered: list[Scan] = [pickle.loads(found) for _, found in sorted((part, bytes(found)) for part, found in parts)]
    if not ordered:
        return {}
    first, *others = ordered
    for other in others:
        for name, summary in first.items():
            summary.merge(other[name])
    return first


def _batch(part: int, found: Scan) -> pa.RecordBatch:
    packed = pa.array([pickle.dumps(found, protocol=5)], pa.binary())
    return pa.RecordBatch.from_arrays([pa.array([part], pa.int64()), packed], ["part", "found"])
