"""What this machine has and lacks for sparkeras: ``sparkeras doctor``.

Runs on: driver.
"""

from __future__ import annotations

import importlib.metadata
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sparkeras.engine import backends
from sparkeras.errors import SparkerasError
from sparkeras.files.cache_folder import cache_folder
from sparkeras.spark import session
from sparkeras.spark.error_messages import reason

if TYPE_CHECKING:
    from pyarrow import RecordBatch

_GIBIBYTE = 2**30
_LITTLE_MEMORY = 2 * _GIBIBYTE


class Check(NamedTuple):
    """One check and its result; with a ``fix`` it is a fault where it is ``needed``, else a note."""

    subject: str
    state: str
    fix: str = ""
    needed: bool = True

    @property
    def is_fault(self) -> bool:
        """Whether sparkeras does not work as it is."""
        return bool(self.fix) and self.needed


def check_machine(start_spark: bool = False) -> list[Check]:
    """Check Python, Java, Spark, Keras, backends, memory, cores and data folders.

    Parameters
    ----------
    start_spark : bool
        Also start Spark and send rows through a Python worker; takes seconds.
    """
    checks = [
        _python(),
        _java(),
        _package("Spark", "pyspark", (4, 0), (5,)),
        _package("Keras", "keras", (3, 12), None),
        _package("pandas", "pandas", (2, 2), (3,)),
        *_backends(),
        _memory(),
        Check("cores", f"{session.usable_cores()} usable"),
        _data_folder(),
        _cache(),
    ]
    return [*checks, _spark_runs()] if start_spark else checks


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info < (3, 14)
    return Check("Python", f"{version} ({sys.executable})", "" if good else "use Python 3.11, 3.12 or 3.13")


def _java() -> Check:
    try:
        java = session.find_java()
    except SparkerasError as error:
        return Check("Java", "none that Spark can use", str(error))
    return Check("Java", f"{java.version} (from {java.origin}: {java.home})")


def _package(title: str, name: str, low: tuple[int, ...], high: tuple[int, ...] | None) -> Check:
    bounds = f"{name}>={'.'.join(map(str, low))}" + (f",<{high[0]}" if high else "")
    fix = f"pip install '{bounds}'"
    version = _version(name)
    if version is None:
        return Check(title, "not installed", fix)
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    return Check(title, version, "" if numbers >= low and (not high or numbers < high) else fix)


def _backends() -> list[Check]:
    try:
        chosen = backends.choose()
    except SparkerasError as error:
        return [Check("backend", "none", str(error))]
    checks = []
    for name in backends.NAMES:
        package = "tensorflow-cpu" if name == "tensorflow" and not _version(name) else name
        version = _version(package)
        if version:
            checks.append(Check(f"backend {name}", version + (" (the one that is used)" if name == chosen else "")))
    return checks


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _memory() -> Check:
    memory = session.memory()
    if not memory.total:
        return Check("memory", "unknown on this system")
    if memory.free is None:  # macOS tells the total only
        return Check("memory", f"{memory.total / _GIBIBYTE:.1f} GiB")
    state = f"{memory.total / _GIBIBYTE:.1f} GiB, {memory.free / _GIBIBYTE:.1f} GiB free"
    fix = "close programs, or set SPARKERAS_DRIVER_MEMORY=1g" if memory.free < _LITTLE_MEMORY else ""
    return Check("memory", state, fix, needed=False)


def _data_folder() -> Check:
    folder = os.environ.get("SPARKERAS_DATA")
    if not folder:
        return Check("SPARKERAS_DATA", "not set: data sets come from the cache or by download")
    exists = Path(folder).expanduser().is_dir()
    return Check("SPARKERAS_DATA", folder, "" if exists else "no such folder: set it to one that exists")


def _cache() -> Check:
    folder = cache_folder()
    nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK)
    return Check("cache folder", str(folder), "" if writable else "not writable: set SPARKERAS_CACHE to one that is")


def _spark_runs() -> Check:
    def same(batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        yield from batches

    try:
        spark = session.get_or_start()
        rows = spark.range(10).mapInArrow(same, "id long").count()
    except Exception as error:  # any error of Spark is a finding here
        return Check("Spark runs", "no", reason(error))
    return Check("Spark runs", f"yes: {rows} rows through a Python worker, Spark {spark.version}")
