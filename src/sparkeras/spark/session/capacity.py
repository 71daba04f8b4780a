"""The task slots and executors of a cluster, and the settings that give it more.

Runs on: driver.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from sparkeras.spark import internals
from sparkeras.spark.session.master import LOCAL_CLUSTER, is_local, master_of, setting, slots_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_POLL_SECONDS = 0.25
_SETTLED_SECONDS = 2.0


def slots(spark: SparkSession) -> int | None:
    """Return the number of tasks that can run at once, busy or not; None where unknown."""
    master = master_of(spark) or ""
    if is_local(spark):
        return slots_of(master)
    cluster = LOCAL_CLUSTER.fullmatch(master)
    if cluster:
        executors, cores = map(int, cluster.groups())
        return executors * (cores // int(setting(spark, "spark.task.cpus") or 1))
    return internals.concurrent_tasks(spark)


def executors(spark: SparkSession) -> int | None:
    """Return the number of executors; None on a local master, which has none, and where unknown."""
    master = master_of(spark) or ""
    cluster = LOCAL_CLUSTER.fullmatch(master)
    if cluster:
        return int(cluster.group(1))
    return None if is_local(spark) else internals.executor_count(spark)


def wait_for_slots(spark: SparkSession, needed: int, seconds: float) -> int | None:
    """Return ``slots`` once there are ``needed``, or as many as there are after ``seconds``.

    Executors register one by one after a session has started, and come back after one was lost, so few slots may mean
    that more are coming; but no more than a local master names.
    """
    first = slots(spark)
    if first is None or (first < needed and (master_of(spark) or "local").startswith("local")):
        return first
    deadline = time.monotonic() + seconds
    now = internals.concurrent_tasks(spark)
    while now is not None and now < needed and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        now = internals.concurrent_tasks(spark)
    return first if now is None else now


def wait_for_executors(spark: SparkSession, seconds: float) -> int | None:
    """Return ``executors`` once there is one and their number has settled, or as many as there are after ``seconds``.

    The number counts as settled when it has not changed for 2 s; that of local-cluster is known at once.
    """
    count, since = executors(spark), time.monotonic()
    if count is None or LOCAL_CLUSTER.fullmatch(master_of(spark) or ""):
        return count
    deadline = since + seconds
    while time.monotonic() < deadline and not (count and time.monotonic() - since > _SETTLED_SECONDS):
        time.sleep(_POLL_SECONDS)
        now = executors(spark)
        if now != count:
            count, since = now, time.monotonic()
    return count


def more_slots(spark: SparkSession, needed: int) -> str:
    """Return the settings that give a new session ``needed`` slots, e.g. ``"master local[4]"``."""
    master, cpus = master_of(spark) or "", int(setting(spark, "spark.task.cpus") or 1)
    if is_local(spark):
        return f"master local[{needed}]"
    if LOCAL_CLUSTER.fullmatch(master):
        return f"master local-cluster[{needed},{cpus},1024]"
    if master.startswith("spark://"):
        return f"spark.cores.max={needed * cpus} and spark.executor.cores={cpus}, on as many free cores"
    return f"spark.executor.instances={needed} and spark.executor.cores={cpus}"
