"""One pass of Spark over a table: a Summary of each column, and some rows as a sample.

Runs on: driver, Spark task.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F

from sparkeras.features.summaries import Sizes, Summary
from sparkeras.spark import tasks
from sparkeras.spark.names import by_number, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SAMPLE_ROWS, SAMPLE_CELLS = 20_000, 2_000_000
_JOINING = 4  # tasks that join what the others have found, so that little comes to the driver
_SCHEMA = "part long, found binary"


class Task(NamedTuple):
    """What each Spark task gets: plain values."""

    columns: tuple[str, ...]
    sizes: tuple[int, ...]
    sample_rows: int
    seed: int


@dataclass
class Scan:
    """What a pass over a table, or over a part of it, has found.

    Attributes
    ----------
    summaries : dict of str to Summary
        By column.
    sample : pyarrow.Table
        Rows chosen at random, by the seed.
    keys : (rows of the sample,) uint64 array
        A random number of each; those with the smallest are the sample.
    """

    summaries: dict[str, Summary]
    sample: pa.Table
    keys: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))

    @property
    def rows(self) -> int:
        """The number of rows."""
        return next((summary.rows for summary in self.summaries.values()), 0)

    def merge(self, other: Scan, sample_rows: int) -> None:
        """Take in what another part has found."""
        for name, summary in self.summaries.items():
            summary.merge(other.summaries[name])
        self.add_sample(other.sample, other.keys, sample_rows)

    def add_sample(self, rows: pa.Table, keys: np.ndarray, most: int) -> None:
        """Take in further rows for the sample."""
        keys, rows = np.concatenate([self.keys, keys]), pa.concat_tables([self.sample, rows])
        if len(keys) > most:
            kept = np.sort(np.argpartition(keys, most)[:most])
            keys, rows = keys[kept], rows.take(pa.array(kept))
        self.keys, self.sample = keys, rows


def run(dataset: DataFrame, columns: Sequence[str], seed: int = 0) -> Scan:
    """Scan a DataFrame in one Spark job, whatever the number of columns.

    Parameters
    ----------
    dataset : DataFrame
    columns : list of str
    seed : int
        Of the sample.
    """
    rows = max(100, min(SAMPLE_ROWS, SAMPLE_CELLS // max(1, len(columns))))
    payload = tuple(Task(tuple(columns), tuple(Sizes.for_columns(len(columns))), rows, seed))
    needed = by_number(dataset.select(*(F.col(quoted(name)) for name in columns)))
    scan, join = (tasks.portable("sparkeras.features.scan", name, payload) for name in ("scan_rows", "join_parts"))
    parts = needed.mapInArrow(scan, _SCHEMA)
    grouped = parts.withColumn("group", F.pmod("part", F.lit(_JOINING))).repartition(_JOINING, "group")
    return _joined(grouped.select("part", "found").mapInArrow(join, _SCHEMA).collect(), rows)


def scan_rows(payload: tuple[object, ...], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the Scan of one partition."""
    from pyspark import TaskContext

    task = Task(*payload)  # type: ignore[arg-type]
    context = TaskContext.get()
    part = context.partitionId() if context else 0
    random = np.random.Generator(np.random.Philox(key=[task.seed, part]))
    found: Scan | None = None
    for batch in batches:
        table = pa.Table.from_batches([batch]).rename_columns(list(task.columns))
        if found is None:
            found = Scan({name: Summary(name, Sizes(*task.sizes)) for name in task.columns}, table.slice(0, 0))
        for name in task.columns:
            found.summaries[name].add(batch.column(table.column_names.index(name)))
        found.add_sample(table, random.integers(0, 2**64, len(table), np.uint64), task.sample_rows)
    if found is not None:
        yield _batch(part, found)


def join_parts(payload: tuple[object, ...], batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield one Scan of several."""
    rows = [row for batch in batches for row in batch.to_pylist()]
    if rows:
        parts = [(row["part"], row["found"]) for row in rows]
        yield _batch(min(part for part, _ in parts), _joined(parts, Task(*payload).sample_rows))  # type: ignore[arg-type]


def _joined(parts: Iterable[Sequence[object]], sample_rows: int) -> Scan:
    ordered = [pickle.loads(found) for _, found in sorted((part, bytes(found)) for part, found in parts)]  # type: ignore
    if not ordered:
        return Scan({}, pa.table({}))
    for other in ordered[1:]:
        ordered[0].merge(other, sample_rows)
    return ordered[0]


def _batch(part: int, found: Scan) -> pa.RecordBatch:
    packed = pa.array([pickle.dumps(found, protocol=5)], pa.binary())
    return pa.RecordBatch.from_arrays([pa.array([part], pa.int64()), packed], ["part", "found"])
