"""This machine: its cores and memory, and the user's name on it.

Runs on: driver.
"""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path

# A container's own limits (cgroup v2); elsewhere these files do not exist or hold "max".
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Memory:
    """Bytes of memory of this machine or container, in total and free; None where unknown."""

    total: int | None
    free: int | None


def user_name() -> str | None:
    """Return the name of this process' user, None for a user id that the machine does not know."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return None


def usable_cores() -> int:
    """Return the number of cores that this process may use (1 or more): by its affinity and its container's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _first_line(_CGROUP / "cpu.max").partition(" ")
    return max(1, min(cores, int(quota) // int(period))) if quota.isdigit() else cores


def memory() -> Memory:
    """Return the ``Memory`` of this machine, or of the container that this process runs in."""
    host = _host_memory()
    limit = _first_line(_CGROUP / "memory.max")
    if not limit.isdigit() or host.total is None or int(limit) >= host.total:
        return host
    # The container's other memory is page cache, which the kernel gives back when a program asks.
    anonymous = _named_numbers(_CGROUP / "memory.stat").get("anon", 0)
    return Memory(int(limit), min(host.free or 0, int(limit) - anonymous))


def _host_memory() -> Memory:
    kibibytes = _named_numbers(Path("/proc/meminfo"))
    if "MemTotal:" in kibibytes:
        return Memory(kibibytes["MemTotal:"] * 1024, kibibytes.get("MemAvailable:", 0) * 1024)
    try:  # macOS shows the total only
        return Memory(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None)
    except (AttributeError, ValueError, OSError):
        return Memory(None, None)


def _named_numbers(path: Path) -> dict[str, int]:
    """Read a file of lines ``name number ...`` as a dict, empty without the file."""
    try:
        lines = [line.split() for line in path.read_text().splitlines()]
    except OSError:
        return {}
    return {words[0]: int(words[1]) for words in lines if len(words) > 1}


def _first_line(path: Path) -> str:
    try:
        return path.read_text().partition("\n")[0]
    except OSError:
        return ""
