"""The same steps on Spark: the rows lie divided among machines, and of each step one small sum comes back.

- *Map:* each partition is one block of rows, which Python gets once and keeps in files of the machine that holds it. A
  task opens its files (memmap: without reading them whole), sends the rows of the step through the network and returns
  their ``network.Sums``.
- *Reduce:* Spark adds the sums of all tasks up, in a tree. The driver, the program that you started, takes the step and
  broadcasts the new weights.

Both are in ``Blocks._summed``; what comes before it makes the files.

Needs a Spark with RDDs: not Spark Connect.
"""

from __future__ import annotations

import copy
import operator
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from sparkeras.scratch.network import Network, Sums
from sparkeras.scratch.optimizers import GradientDescent
from sparkeras.scratch.training import Arrays, Plan, fit

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, Row

# What the driver knows of a block.
_HANDLE = "place long, folder string, rows long, inputs long, units long, wrong string"


class Blocks:
    """The rows of a DataFrame, each partition in memory-mapped files of the machine that holds it.

    Parameters
    ----------
    frame : DataFrame
    features, label : str
        Columns of numbers or of arrays of numbers; the label has a number for each output of the network.
    partitions : int, optional
        By default those of ``frame``. The order of the rows stays.

    Raises
    ------
    ValueError
        If there are no rows, or their lengths differ.
    """

    def __init__(
        self, frame: DataFrame, features: str = "features", label: str = "label", partitions: int | None = None
    ) -> None:
        frame = frame.select(features, label)
        self._frame = frame if partitions is None else _divided(frame, partitions)
        self._make()

    def _make(self) -> None:
        self._handles = self._frame.mapInArrow(_write, _HANDLE).rdd.cache()
        handles = sorted(self._handles.collect())
        wrong = [handle.wrong for handle in handles if handle.wrong]
        handles = [handle for handle in handles if handle.rows]
        widths = sorted({(handle.inputs, handle.units) for handle in handles})
        if wrong or len(widths) != 1:
            self.close()
            some = f"got {widths or 'no rows'} (features, labels)"
            raise ValueError(wrong[0] if wrong else f"Rows must have as many numbers each; {some}.")
        self.inputs, self.units = widths[0]
        ends = np.cumsum([handle.rows for handle in handles])
        self.rows = int(ends[-1])
        self._firsts = {handle.place: int(end) - handle.rows for handle, end in zip(handles, ends, strict=True)}

    def sums(self, network: Network, plan: Plan, epoch: int, step: int) -> Sums:
        """Return the Sums over the rows of a step."""
        return self.summed(network, lambda rows, network: rows.sums(network, plan, epoch, step))

    def summed(self, network: Network, work: Callable[[Arrays, Network], Sums]) -> Sums:
        """Return the sum over all blocks of ``work(rows, network)``."""
        try:
            return self._summed(network, work)
        except Exception as error:  # pyspark's, with the message of the task's error inside
            if FileNotFoundError.__name__ not in str(error):
                raise
        # A task ran on another machine than its files lie on, or they were cleared away.
        self.close()
        self._make()
        return self._summed(network, work)

    def _summed(self, network: Network, work: Callable[[Arrays, Network], Sums]) -> Sums:
        # Plain names: what holds Spark's own objects, as self does, cannot travel to a task.
        shared, firsts, all_rows = self._frame.sparkSession.sparkContext.broadcast(network), self._firsts, self.rows

        def of_block(handle: Row) -> Sums:
            x, t = (np.memmap(f"{handle.folder}/{name}", np.float32, "r").reshape(handle.rows, -1) for name in "xt")
            return work(Arrays(x, t, firsts[handle.place], all_rows), shared.value)

        try:
            return self._handles.filter(lambda handle: handle.rows).map(of_block).treeReduce(operator.add)
        finally:
            shared.destroy()

    def close(self) -> None:
        """Remove the files."""
        self._handles.foreach(lambda handle: shutil.rmtree(handle.folder, ignore_errors=True))
        self._handles.unpersist()

    def __enter__(self) -> Blocks:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def by_averages(
    network: Network, optimizer: GradientDescent, blocks: Blocks, plan: Plan, epoch: int
) -> tuple[float, float]:
    """Train every block for an epoch by itself, then average the weights by rows (McMahan et al. 2017).

    For ``training.fit``, in place of ``by_gradients``: fewer sums travel, but the blocks drift apart meanwhile. Each
    begins with the weights of all and a fresh copy of the optimizer: choose one that soon gets going.
    """

    def alone(rows: Arrays, network: Network) -> Sums:
        own = copy.deepcopy(network)
        plan_of_block = replace(plan, seed=(*plan.key, epoch, rows.first))
        if not len(plan_of_block.places(0, 0, len(rows.x))):  # a small block may draw no row: it does not count
            return Sums(0.0, [np.zeros_like(w) for w in own.weights], 0, 0)
        history = fit(own, copy.deepcopy(optimizer), Arrays(rows.x, rows.t), 1, plan_of_block)
        count = len(rows.x)
        hits = history["accuracy"][0] * count
        return Sums(history["cost"][0] * count, [w * np.float32(count) for w in own.weights], hits, count)

    sums = blocks.summed(network, alone)
    if not sums.rows:
        raise ValueError(f"No row was drawn: {blocks.rows} are too few for a fraction of {plan.fraction}.")
    network.weights = [w / sums.rows for w in sums.arrays]
    return sums.cost / sums.rows, sums.hits / sums.rows


def _divided(frame: DataFrame, partitions: int) -> DataFrame:
    from pyspark.sql import functions as F

    numbered = frame.withColumn("place", F.monotonically_increasing_id())
    return numbered.repartitionByRange(partitions, "place").sortWithinPartitions("place").drop("place")


def _write(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Write a partition's rows to two files, x and t, and yield their handle; runs in a Spark task."""
    import pyarrow as pa
    from pyspark import TaskContext

    context = TaskContext.get()
    assert context, "this runs in a Spark task"
    # Spark's own folders for the time of this executor: it removes them when it ends.
    folder = tempfile.mkdtemp(prefix="scratch-", dir=os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0] or None)
    handle: dict[str, Any] = {
        "place": context.partitionId(),
        "folder": folder,
        "rows": 0,
        "inputs": 0,
        "units": 0,
        "wrong": "",
    }
    try:
        with open(f"{folder}/x", "wb") as x, open(f"{folder}/t", "wb") as t:
            for batch in batches:
                if batch.num_rows:
                    handle |= _append(batch, x, t, handle)
    except ValueError as error:  # raised by the driver, in plain words
        handle["wrong"] = str(error)
    yield pa.RecordBatch.from_pylist([handle])


def _append(batch: pa.RecordBatch, x: BinaryIO, t: BinaryIO, handle: dict[str, Any]) -> dict[str, int]:
    """Append an Arrow batch to the files and return what changes in the handle."""
    rows, targets = (_matrix(column) for column in batch.columns)
    widths = {"inputs": rows.shape[1], "units": targets.shape[1]}
    if handle["rows"] and widths.items() - handle.items():
        raise ValueError(f"Rows must have as many numbers each; got {widths} after {handle['rows']} other rows.")
    rows.tofile(x)
    targets.tofile(t)
    return {"rows": handle["rows"] + batch.num_rows, **widths}


def _matrix(column: pa.Array) -> np.ndarray:
    """Return an Arrow column of numbers, or of lists of as many numbers, as float32 (rows, numbers)."""
    rows = len(column)
    if hasattr(column, "value_lengths"):
        lengths = set(column.value_lengths().to_pylist())
        if len(lengths) != 1:
            raise ValueError(f"Rows must have as many numbers each; got {sorted(map(str, lengths))}.")
        column = column.flatten()
    if column.null_count:
        raise ValueError(f"Rows must hold numbers; {column.null_count} are null.")
    return np.ascontiguousarray(column.to_numpy(zero_copy_only=False), np.float32).reshape(rows, -1)
