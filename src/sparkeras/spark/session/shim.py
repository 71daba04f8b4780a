"""A JAVA_HOME for a runtime without ``jdk.incubator.vector``: a small ``java`` script that drops this argument.

Spark's launcher asks every Java for that module, and a runtime that lacks it refuses to start; Spark itself does
without it (its linear algebra then takes the plain loops). JAVA_HOME must point here: Spark's scripts, its launcher
and the executors it starts all run ``$JAVA_HOME/bin/java``.

Runs on: driver.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import os
import shlex
import shutil
import tempfile
from pathlib import Path

from sparkeras.errors import SetupError
from sparkeras.files.cache_folder import cache_folder

MODULE_ARGUMENT = "--add-modules=jdk.incubator.vector"

_SCRIPT = """\
#!/bin/sh
# The runtime below lacks one module that Spark's launcher asks for; every other argument passes untouched.
for argument do
  shift
  [ "$argument" = {dropped} ] || set -- "$@" "$argument"
done
exec {java} "$@"
"""


def make_home(runtime: Path) -> Path:
    """Return a folder to use as JAVA_HOME in place of ``runtime``; it is made once and stays in the cache.

    Where the user's cache cannot be written, as in a container with a read-only home, the folder is a temporary one
    of this process.

    Parameters
    ----------
    runtime : Path
        Folder of a Java runtime, with ``bin/java`` in it.

    Raises
    ------
    SetupError
        If ``$SPARKERAS_CACHE`` or the temporary folder cannot be written.
    """
    runtime = Path(runtime).absolute()
    key = hashlib.sha256(os.fsencode(runtime)).hexdigest()[:16]
    try:
        return _written(cache_folder() / "java" / key, runtime)
    except OSError as error:
        if os.environ.get("SPARKERAS_CACHE"):
            raise SetupError(
                f"The start script for Java cannot be written to {cache_folder()} ({error.strerror}). "
                "Set SPARKERAS_CACHE to a folder that you may write to."
            ) from error
    try:
        return _written(temporary_folder() / key, runtime)
    except OSError as error:
        raise SetupError(
            f"The start script for Java can be written neither to {cache_folder()} nor to a temporary folder "
            f"({error.strerror}). Set SPARKERAS_CACHE to a folder that you may write to."
        ) from error


@functools.cache
def temporary_folder() -> Path:
    """Return a folder that this process removes when it ends."""
    folder = tempfile.mkdtemp(prefix="sparkeras-java-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _written(home: Path, runtime: Path) -> Path:
    _write_script(home / "bin" / "java", runtime / "bin" / "java")
    _link_the_rest(home, runtime)
    return home


def _write_script(path: Path, java: Path) -> None:
    script = _SCRIPT.format(dropped=MODULE_ARGUMENT, java=shlex.quote(str(java)))
    if path.is_file() and path.read_text() == script and os.access(path, os.X_OK):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".java-{os.getpid()}")
    beside.write_text(script)
    beside.chmod(0o755)
    os.replace(beside, path)


def _link_the_rest(home: Path, runtime: Path) -> None:
    """Link the runtime's other files (``release``, ``lib``, ...), which tools expect under JAVA_HOME."""
    for entry in runtime.iterdir():
        link = home / entry.name
        if entry.name != "bin" and not link.exists():
            with contextlib.suppress(FileExistsError):  # another process was faster
                link.symlink_to(entry)
