"""What a session's master tells: whether it is local, and how many threads one training task may use.

Runs on: driver.
"""

import os
import re

from sparkeras.spark.session.machine import usable_cores

LOCAL_CLUSTER = re.compile(r"local-cluster\[(\d+),\s*(\d+),\s*\d+\]")
LOCAL = re.compile(r"local(?:\[(\d+|\*)(?:,\s*\d+)?\])?")


def master_of(spark):
    """Return the master's address, e.g. ``"local[2]"`` or ``"yarn"``; None where the session does not tell it."""
    return setting(spark, "spark.master")


def is_local(spark):
    """Tell whether tasks run inside the driver's own process (``local``, ``local[4]``; not ``local-cluster``)."""
    return LOCAL.fullmatch(master_of(spark) or "") is not None


def runs_here(spark):
    """Tell whether all tasks run on this machine, as far as the session tells."""
    return is_local(spark) or LOCAL_CLUSTER.fullmatch(master_of(spark) or "") is not None


def task_cores(spark):
    """Return how many threads a single training task may use; None where the session does not tell.

    A local master gives one task all its cores: those of ``local[k]``, for ``local[*]`` all that this machine
    lets us use. Elsewhere it is what Spark reserves for a task, ``spark.task.cpus``.
    """
    master = master_of(spark)
    local = LOCAL.fullmatch(master or "")
    if local:
        return usable_cores() if local.group(1) == "*" else local_threads(local.group(1))
    reserved = setting(spark, "spark.task.cpus", "1" if master else None)
    return int(reserved) if reserved else None


def allocates_dynamically(spark):
    """Tell whether Spark adds and removes executors as it goes; a local master has none, whatever its settings say."""
    return not is_local(spark) and str(setting(spark, "spark.dynamicAllocation.enabled", "false")).lower() == "true"


def host_of(spark, executor):
    """Return the host of an executor by its number, dead or alive; None where the session does not tell."""
    try:
        address = spark.sparkContext._jsc.sc().statusStore().executorSummary(executor).hostPort()
    except Exception:  # Spark Connect has no context; Spark forgets old executors
        return None
    return address.rsplit(":", 1)[0]


def host_of_task(spark, stage, partition):
    """Return the host that ran a task of a stage's first attempt; None where the session does not tell."""
    try:
        tasks = spark.sparkContext._jsc.sc().statusStore().taskList(stage, 0, 10_000)
        found = [task.host() for task in map(tasks.apply, range(tasks.size())) if task.partitionId() == partition]
    except Exception:  # as above
        return None
    return found[0] if found else None


def slots_of(master):
    """Return the tasks that a master's text says it runs at once, e.g. 2 of ``"local[2]"``; None where it does not."""
    local = LOCAL.fullmatch(master or "")
    return local_threads(local.group(1)) if local else None


def local_threads(threads):
    """Return the tasks that ``local[threads]`` runs at once; None stands for ``local``."""
    return (os.cpu_count() or 1) if threads == "*" else int(threads or 1)


def setting(spark, name, default=None):
    """Return a setting of the session as text; None where the session does not tell."""
    try:
        return spark.conf.get(name, default)
    except Exception:  # each Connect server refuses its hidden settings with an error of its own
        return None
