"""What a run of the tests must not leave behind: processes, listening ports, files.

Processes and ports are looked up in /proc, so on Linux only.
"""

import os
import time
from pathlib import Path

RUN = "SPARKERAS_TESTS_RUN"  # in the environment of every process that the tests start
_PROC = Path("/proc")
_LISTENING = "0A"
_KEPT = (".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache")
# pytest's folder of tmp_path; torch's cache; libraries that Java unpacks, and cannot remove when a test has killed it.
_NOT_OURS = ("pytest-of-", "torchinductor_", "liblz4-java-", "snappy-", "libzstd-jni-", "libnetty")


def processes(seconds=10):
    """Return the command lines of processes of this run, but for pytest's own, that do not end within ``seconds``."""
    mark = f"{RUN}={os.environ[RUN]}".encode()
    deadline = time.monotonic() + seconds
    while (found := _marked(mark)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _marked(mark):
    found, family = [], _family()
    for folder in _PROC.glob("[0-9]*"):
        try:
            if int(folder.name) not in family and mark in (folder / "environ").read_bytes().split(b"\0"):
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                # A process that has ended and waits for its parent has no command; Python's tracker ends with Python.
                if command and "multiprocessing.resource_tracker" not in command:
                    found.append(f"{folder.name} {command[:200]}")
        except OSError:
            continue
    return found


def _family():
    """Return this process and its ancestors."""
    process, found = os.getpid(), set()
    while process > 1:
        found.add(process)
        try:
            process = int((_PROC / str(process) / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            break
    return found


def ports():
    """Return the ports that this process listens on."""
    if not _PROC.is_dir():
        return set()
    inodes = set()
    for entry in (_PROC / "self" / "fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:  # the descriptor of this very listing
            continue
        if target.startswith("socket:["):
            inodes.add(target.removeprefix("socket:[").removesuffix("]"))
    found = set()
    for table in ("tcp", "tcp6"):
        path = _PROC / "self" / "net" / table
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            fields = line.split()
            if fields[3] == _LISTENING and fields[9] in inodes:
                found.add(int(fields[1].rpartition(":")[2], 16))
    return found


def files(*folders):
    """Return all paths below ``folders`` that neither git, Python nor pytest keeps there."""
    found = set()
    for top in folders:
        for folder, names, files_there in os.walk(top):
            names[:] = [name for name in names if name not in _KEPT]
            ours = [name for name in (*names, *files_there) if not name.startswith(_NOT_OURS)]
            names[:] = [name for name in names if name in ours]
            found |= {Path(folder, name) for name in ours}
    return found


def outermost(paths):
    """Return those paths that lie in none of the others."""
    return sorted(path for path in paths if paths.isdisjoint(path.parents))
