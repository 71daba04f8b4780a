"""A session's master: whether it is local, its task slots, the threads of one training task.

Runs on: driver.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from sparkeras.spark.session.machine import usable_cores

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL_CLUSTER = re.compile(r"local-cluster\[(\d+),\s*(\d+),\s*\d+\]")
LOCAL = re.compile(r"local(?:\[(\d+|\*)(?:,\s*\d+)?\])?")


def master_of(spark: SparkSession) -> str | None:
    """Return the master's address, e.g. ``"local[2]"`` or ``"yarn"``; None where unknown."""
    return setting(spark, "spark.master")


def is_local(spark: SparkSession) -> bool:
    """Tell whether tasks run inside the driver's own process (``local``, ``local[4]``; not ``local-cluster``)."""
    return LOCAL.fullmatch(master_of(spark) or "") is not None


def runs_here(spark: SparkSession) -> bool:
    """Tell whether all tasks run on this machine; False where unknown."""
    return is_local(spark) or LOCAL_CLUSTER.fullmatch(master_of(spark) or "") is not None


def task_cores(spark: SparkSession) -> int | None:
    """Return the number of threads that a single training task may use; None where unknown.

    A local master gives one task all its cores: those of ``local[k]``, for ``local[*]`` all that this process may use.
    Elsewhere it is what Spark reserves for a task, ``spark.task.cpus``.
    """
    master = master_of(spark)
    local = LOCAL.fullmatch(master or "")
    if local:
        return usable_cores() if local.group(1) == "*" else local_threads(local.group(1))
    reserved = setting(spark, "spark.task.cpus", "1" if master else None)
    return int(reserved) if reserved else None


def allocates_dynamically(spark: SparkSession) -> bool:
    """Tell whether Spark adds and removes executors by itself; a local master has none, whatever its settings say."""
    return not is_local(spark) and str(setting(spark, "spark.dynamicAllocation.enabled", "false")).lower() == "true"


def slots_of(master: str | None) -> int | None:
    """Return the number of tasks that a master runs at once by its address, e.g. 2 of ``"local[2]"``; else None."""
    local = LOCAL.fullmatch(master or "")
    return local_threads(local.group(1)) if local else None


def local_threads(threads: str | None) -> int:
    """Return the number of tasks that ``local[threads]`` runs at once; None stands for ``local``."""
    return (os.cpu_count() or 1) if threads == "*" else int(threads or 1)


def setting(spark: SparkSession, name: str, default: str | None = None) -> str | None:
    """Return a setting of the session as text; None where unknown."""
    try:
        return spark.conf.get(name, default)
    except Exception:  # each Connect server refuses its hidden settings with an error of its own
        return None
