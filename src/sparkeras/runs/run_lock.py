"""The lock that tells a run at work from one whose process was killed: the kernel drops it with the process.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import TextIO

try:
    import fcntl

    HAS_LOCKS = True
except ImportError:  # Windows has no flock; there an open file cannot be removed, which guards a run at work as well
    HAS_LOCKS = False


def lock(file: TextIO, shared: bool = False) -> None:
    """Take the lock that says "at work" without waiting; BlockingIOError if another process holds it."""
    if not HAS_LOCKS:
        return
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:
        pass  # a file system without locks: the run is still whole or absent, only its twin goes unseen


def is_at_work(partial: Path) -> bool:
    """Tell whether the process that writes ``partial`` is alive."""
    try:
        with open(partial / "progress.jsonl", encoding="utf-8") as file:
            lock(file, shared=True)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
