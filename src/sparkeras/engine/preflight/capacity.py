"""Check the number of rows of a training, and the memory and disk that they take on each machine.

Runs on: driver.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql.types import ArrayType

from sparkeras.engine import columns
from sparkeras.engine.columns.field import Field
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight import probe
from sparkeras.engine.preflight.finding import Finding, attempt
from sparkeras.engine.shards import require_rows
from sparkeras.errors import InvalidColumnError
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row
    from pyspark.sql.types import DataType, StructType

_Machine = dict[str, Any]  # an answer of ``probe.probe``

_MEBIBYTE = 2**20
# What a training process takes before its first row: Python, Keras, the backend and its compiled step.
_PROCESS_BYTES = 600 * _MEBIBYTE


def rows(
    df: DataFrame,
    fields: list[Field],
    workers: int,
    settings: Settings,
    machines: list[_Machine] | None,
    seconds: int,
) -> list[Finding]:
    """Return the findings about the number of rows, and about the memory and disk that they take.

    Parameters
    ----------
    df : DataFrame
    fields : list of Field
    workers : int
    settings : Settings
    machines : list of dict or None
        Of ``probe.probe``.
    seconds : int
        Longest wait for each of the two jobs.
    """
    needed = df.select(*(quoted(name) for name in columns.column_names(fields)))
    one, problem = probe.ask("rows", probe.collect, needed.limit(1), seconds, "The DataFrame's first row was not made")
    if one is None:
        return problem
    if not one:
        message = "The DataFrame has no row, and at least one is needed. Check its filters."
        return [Finding("rows", "error", message, error=InvalidColumnError)]
    counted, problem = probe.ask("rows", probe.collect, needed.groupBy().count(), seconds, "The rows were not counted")
    if counted is None:
        return problem
    count: int = counted[0][0]
    total = count * sum(_field_bytes(field, one[0], df.schema) for field in fields)
    if settings.validation_fraction:
        held_out = workers * round(count / workers * settings.validation_fraction)
        _, problem = attempt("rows", require_rows, count - held_out, held_out, True)
        if problem:
            return problem
    return [_count(count, workers, settings), *_room(total / workers, settings.max_shard_memory, machines or [])]


def _count(count: int, workers: int, settings: Settings) -> Finding:
    if count < workers:
        message = f"{count} row(s) for {workers} workers: some have nothing to do."
        return Finding("rows", "warning", message, f"Set num_workers={count}.")
    if settings.batch_size < workers:
        message = f"batch_size={settings.batch_size} leaves some of {workers} workers without a row in each step."
        return Finding("rows", "warning", message, f"Set batch_size={workers} or more.")
    if count < settings.batch_size:
        message = f"{count:,} rows are fewer than a batch ({settings.batch_size}): one update per epoch."
        return Finding("rows", "warning", message, "Set a smaller batch_size or more epochs.")
    steps = -(-count // settings.batch_size)
    return Finding(
        "rows", "ok", f"{count:,}, about {steps:,} updates per epoch; workers get equal shares of any partitions."
    )


def _room(share: float, most: int, machines: list[_Machine]) -> list[Finding]:
    """Return the findings about memory and disk.

    Parameters
    ----------
    share : float
        Bytes of one worker's rows.
    most : int
        Bytes of rows that a worker holds in memory; beyond that it trains from disk.
    machines : list of dict
    """
    held = min(share, most)
    if not machines:
        message = f"The rows of each worker take {size(share)}, {size(held)} of it in memory; its machine's is unknown."
        return [Finding("memory", "ok", message)]
    ranks = Counter(each["host"] for each in machines)
    tightest = min(machines, key=lambda each: (each["memory"] or math.inf) / ranks[each["host"]])
    need = ranks[tightest["host"]] * (held + _PROCESS_BYTES)
    findings = [_memory(tightest, need, ranks[tightest["host"]], held)]
    # Spark writes the shuffled rows there, and each worker the ones it got; twice for a moment if it orders them there.
    fullest = min(machines, key=lambda each: each["disk"] / ranks[each["host"]])
    return [*findings, _disk(fullest, (3 if share > most else 2) * ranks[fullest["host"]] * share)]


def _memory(machine: _Machine, need: float, ranks: int, held: float) -> Finding:
    free, where = machine["memory"], f"{ranks} worker(s) on host {machine['host']}"
    if free is None:
        return Finding("memory", "ok", f"{where} need about {size(need)}; how much is free there is unknown.")
    if need <= free:
        return Finding("memory", "ok", f"{where} need about {size(need)} of {size(free)} free.")
    level = "error" if need > (machine["total"] or math.inf) else "warning"
    overhead = math.ceil((held + _PROCESS_BYTES) / _MEBIBYTE)
    return Finding(
        "memory",
        level,
        f"{where} need about {size(need)}, and {size(free)} are free.",
        "Use more machines, narrower types or a smaller max_shard_memory; on YARN and Kubernetes set "
        f"spark.executor.memoryOverhead={overhead}m.",
    )


def _disk(machine: _Machine, need: float) -> Finding:
    rows = f"The rows need about {size(need)} in {machine['folder']} on host {machine['host']}"
    if need <= machine["disk"]:
        return Finding("disk", "ok", f"{rows} of {size(machine['disk'])} free.")
    message = f"{rows}, and {size(machine['disk'])} are free."
    return Finding("disk", "error", message, "Start the session with spark.local.dir=/a/folder/on/a/larger/disk.")


def _field_bytes(field: Field, row: Row, schema: StructType) -> int:
    """Return the bytes that one row of a field takes once it is decoded; an image takes the model's size."""
    kinds = [schema[name].dataType for name in field.columns]
    if field.takes_images and kinds[0].typeName() in ("binary", "struct"):
        return math.prod(axis or 1 for axis in field.shape or ())
    return sum(_value_bytes(row[name], kind) for name, kind in zip(field.columns, kinds, strict=True))


def _value_bytes(value: Any, kind: DataType) -> int:
    """Return the bytes that one value takes once it is decoded: a double becomes a float, a boolean a byte."""
    if value is None:
        return 4
    name = kind.typeName()
    if isinstance(kind, ArrayType):
        return _value_bytes(value[0], kind.elementType) * len(value) if len(value) else 0
    if columns.is_number(kind):
        return {"byte": 1, "boolean": 1, "short": 2, "long": 8}.get(name, 4)
    return 4 * int(np.size(value)) if np.ndim(value) else 4 * len(value)


def size(count: float) -> str:
    """Return a number of bytes as text, e.g. ``"1.5 MiB"``."""
    if count >= 1024 * _MEBIBYTE:
        return f"{count / 2**30:.1f} GiB"
    return f"{count / _MEBIBYTE:.1f} MiB" if count >= _MEBIBYTE else f"{count / 1024:.1f} KiB"
