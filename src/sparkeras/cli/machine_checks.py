"""What this machine has and lacks for sparkeras, each line with OK or the fix.

Runs on: driver.
"""

import importlib.metadata
import os
import sys
from pathlib import Path
from typing import NamedTuple

from rich.table import Table
from rich.text import Text

from sparkeras.engine import backends
from sparkeras.errors import SparkerasError
from sparkeras.files.cache_folder import cache_folder
from sparkeras.spark import session
from sparkeras.spark.error_messages import reason

_GIBIBYTE = 2**30
_LITTLE_MEMORY = 2 * _GIBIBYTE


class Finding(NamedTuple):
    """One line: ``fix`` is empty where all is well; ``needed`` tells a fault from a remark."""

    what: str
    found: str
    fix: str = ""
    needed: bool = True


def run_doctor(console, start_spark=False):
    """Print one line per thing that sparkeras needs; return whether all that is needed is there.

    Parameters
    ----------
    console : rich.console.Console
    start_spark : bool
        Also start Spark and send rows through a Python worker; takes seconds.
    """
    findings = [
        _python(),
        _java(),
        _package("Spark", "pyspark", (4, 0), (5,)),
        _package("Keras", "keras", (3, 12), None),
        _package("pandas", "pandas", (2, 2), (3,)),
        *_backends(),
        _memory(),
        Finding("cores", f"{session.usable_cores()} usable"),
        _data_folder(),
        _cache(),
    ]
    if start_spark:
        findings.append(_spark_runs())
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for finding in findings:
        mark = "[green]OK[/]" if not finding.fix else "[red]fix[/]" if finding.needed else "[yellow]note[/]"
        # Text, not str: rich would take brackets for markup and drop them.
        table.add_row(mark, finding.what, Text(finding.found), Text(finding.fix))
    console.print(table)
    return not any(finding.fix and finding.needed for finding in findings)


def _python():
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info < (3, 14)
    return Finding("Python", f"{version} ({sys.executable})", "" if good else "use Python 3.11, 3.12 or 3.13")


def _java():
    try:
        java = session.find_java()
    except SparkerasError as error:
        return Finding("Java", "none that Spark can use", str(error))
    return Finding("Java", f"{java.version} (from {java.origin}: {java.home})")


def _package(title, name, low, high):
    bounds = f"{name}>={'.'.join(map(str, low))}" + (f",<{high[0]}" if high else "")
    fix = f"pip install '{bounds}'"
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(title, "not installed", fix)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return Finding(title, version, "" if numbers >= low and (not high or numbers < high) else fix)


def _backends():
    try:
        chosen = backends.choose()
    except SparkerasError as error:
        return [Finding("backend", "none", str(error))]
    lines = []
    for name in backends.NAMES:
        package = "tensorflow-cpu" if name == "tensorflow" and not _version(name) else name
        version = _version(package)
        if version:
            lines.append(Finding(f"backend {name}", version + (" (the one that is used)" if name == chosen else "")))
    return lines


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory():
    found = session.memory()
    if not found.total:
        return Finding("memory", "unknown on this system")
    if found.free is None:  # macOS tells the total only
        return Finding("memory", f"{found.total / _GIBIBYTE:.1f} GiB")
    words = f"{found.total / _GIBIBYTE:.1f} GiB, {found.free / _GIBIBYTE:.1f} GiB free"
    fix = "close programs, or set SPARKERAS_DRIVER_MEMORY=1g" if found.free < _LITTLE_MEMORY else ""
    return Finding("memory", words, fix, needed=False)


def _data_folder():
    given = os.environ.get("SPARKERAS_DATA")
    if not given:
        return Finding("SPARKERAS_DATA", "not set: data sets come from the cache or by download")
    exists = Path(given).expanduser().is_dir()
    return Finding("SPARKERAS_DATA", given, "" if exists else "no such folder: set it to one that exists")


def _cache():
    folder = cache_folder()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Finding("cache folder", str(folder), "" if writable else "not writable: set SPARKERAS_CACHE to one that is")


def _spark_runs():
    def double(batches):
        yield from batches

    try:
        spark = session.get_or_start()
        rows = spark.range(10).mapInArrow(double, "id long").count()
    except Exception as error:  # whatever Spark raises is what the doctor is for
        return Finding("Spark runs", "no", reason(error))
    return Finding("Spark runs", f"yes: {rows} rows through a Python worker, Spark {spark.version}")
