"""How many tasks a cluster runs at once, how many executors it has, and the lines that give it more.

Runs on: driver.
"""

import time

from sparkeras.spark.session.master import LOCAL_CLUSTER, is_local, master_of, setting, slots_of

_POLL_SECONDS = 0.25
_SETTLED_SECONDS = 2.0


def slots(spark):
    """Return how many tasks can run at the same time, busy or not; None where it cannot be known."""
    master = master_of(spark) or ""
    if is_local(spark):
        return slots_of(master)
    cluster = LOCAL_CLUSTER.fullmatch(master)
    if cluster:
        executors, cores = map(int, cluster.groups())
        return executors * (cores // int(setting(spark, "spark.task.cpus", "1")))
    return _slots_now(spark)


def executors(spark):
    """Return how many executors the session has; None on a local master, which has none, and where it is unknown."""
    master = master_of(spark) or ""
    cluster = LOCAL_CLUSTER.fullmatch(master)
    if cluster:
        return int(cluster.group(1))
    return None if is_local(spark) else _ask(spark, lambda core: core.getExecutorIds().size())


def wait_for_slots(spark, wanted, seconds):
    """Return ``slots`` once there are as many as ``wanted``, or what there is after ``seconds``.

    Executors register one by one after a session has started, and come back after one was lost, so few slots may mean
    that more are coming; but no more than a local master names.
    """
    found = slots(spark)
    if found is None or (found < wanted and (master_of(spark) or "local").startswith("local")):
        return found
    deadline = time.monotonic() + seconds
    now = _slots_now(spark)
    while now is not None and now < wanted and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        now = _slots_now(spark)
    return found if now is None else now


def wait_for_executors(spark, seconds):
    """Return ``executors`` once there is one and their number has settled, or what there is after ``seconds``.

    The number counts as settled when it has not changed for 2 s; local-cluster tells it at once.
    """
    found, since = executors(spark), time.monotonic()
    if found is None or LOCAL_CLUSTER.fullmatch(master_of(spark) or ""):
        return found
    deadline = since + seconds
    while time.monotonic() < deadline and not (found and time.monotonic() - since > _SETTLED_SECONDS):
        time.sleep(_POLL_SECONDS)
        now = executors(spark)
        if now != found:
            found, since = now, time.monotonic()
    return found


def more_slots(spark, wanted):
    """Return the settings that give a new session as many slots as ``wanted``, e.g. ``"master local[4]"``."""
    master, cpus = master_of(spark) or "", int(setting(spark, "spark.task.cpus") or 1)
    if is_local(spark):
        return f"master local[{wanted}]"
    if LOCAL_CLUSTER.fullmatch(master):
        return f"master local-cluster[{wanted},{cpus},1024]"
    if master.startswith("spark://"):
        return f"spark.cores.max={wanted * cpus} and spark.executor.cores={cpus}, on as many free cores"
    return f"spark.executor.instances={wanted} and spark.executor.cores={cpus}"


def _slots_now(spark):
    return _ask(spark, lambda core: core.maxNumConcurrentTasks(core.resourceProfileManager().defaultResourceProfile()))


def _ask(spark, question):
    """Return Java's answer about the SparkContext; None where there is no answer.

    What it is asked is Spark's own affair (``private[spark]``), which a later version may call otherwise, and Spark
    Connect has no context at all.
    """
    try:
        return int(question(spark.sparkContext._jsc.sc()))
    except Exception:
        return None
