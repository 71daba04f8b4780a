"""What this machine offers, cores and memory, and the user's name on it.

Runs on: driver.
"""

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path

# Where a container reads its own limits (cgroup v2); elsewhere these files do not exist or say "max".
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """Bytes of memory: all that this machine or container has, and what is free; None where it cannot be told."""

    total: int | None
    free: int | None


def user_name():
    """Return the name of the user that this process runs as, or None for a user id that the machine does not know."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def usable_cores():
    """Return how many cores this process may use (1 or more): those it is bound to, less what a container allows."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _first_line(_CGROUP / "cpu.max").partition(" ")
    return max(1, min(cores, int(quota) // int(period))) if quota.isdigit() else cores


def memory():
    """Return the ``Memory`` of this machine, or of the container that this process runs in."""
    host = _host_memory()
    limit = _first_line(_CGROUP / "memory.max")
    if not limit.isdigit() or host.total is None or int(limit) >= host.total:
        return host
    # The container's other memory is page cache, which the kernel gives back when a program asks.
    held = _named_numbers(_CGROUP / "memory.stat").get("anon", 0)
    return Memory(int(limit), min(host.free, int(limit) - held))


def _host_memory():
    kibibytes = _named_numbers(Path("/proc/meminfo"))
    if "MemTotal:" in kibibytes:
        return Memory(kibibytes["MemTotal:"] * 1024, kibibytes.get("MemAvailable:", 0) * 1024)
    try:  # macOS tells the total only
        return Memory(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None)
    except (AttributeError, ValueError, OSError):
        return Memory(None, None)


def _named_numbers(path):
    """Read a file of lines ``name number ...`` as a dict; empty where there is none."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


def _first_line(path):
    try:
        return path.read_text().partition("\n")[0]
    except OSError:
        return ""
