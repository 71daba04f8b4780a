"""Find Java, find or start Spark; cores and memory of the machine, slots and executors of the cluster.

Runs on: driver.
"""

from sparkeras.files.cache_folder import cache_folder
from sparkeras.spark.internals import host_of, host_of_task
from sparkeras.spark.session.capacity import executors, more_slots, slots, wait_for_executors, wait_for_slots
from sparkeras.spark.session.java import Java, describe_candidates, find_java
from sparkeras.spark.session.machine import Memory, memory, usable_cores
from sparkeras.spark.session.master import (
    allocates_dynamically,
    is_local,
    master_of,
    runs_here,
    setting,
    slots_of,
    task_cores,
)
from sparkeras.spark.session.spark import active, get_or_start, is_connect, require_running

__all__ = [
    "Java",
    "Memory",
    "active",
    "allocates_dynamically",
    "cache_folder",
    "describe_candidates",
    "executors",
    "find_java",
    "get_or_start",
    "host_of",
    "host_of_task",
    "is_connect",
    "is_local",
    "master_of",
    "memory",
    "more_slots",
    "require_running",
    "runs_here",
    "setting",
    "slots",
    "slots_of",
    "task_cores",
    "usable_cores",
    "wait_for_executors",
    "wait_for_slots",
]
