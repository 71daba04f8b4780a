"""``sparkeras doctor``: look at everything a training needs, and say for each that it is OK or how to mend it.

Runs on: driver. Imports: ``errors``, ``session``, ``backends``; Keras and the backends are not loaded.
"""

import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from rich.table import Table
from rich.text import Text

from sparkeras import backends, session
from sparkeras.errors import SparkerasError

_GIBIBYTE = 2**30
# TensorFlow comes under several names, one per kind of machine.
_DISTRIBUTIONS = {"jax": ("jax",), "torch": ("torch",), "tensorflow": ("tensorflow", "tensorflow-cpu")}


@dataclass(frozen=True)
class Finding:
    """One row of the doctor's table.

    Attributes
    ----------
    what, found : str
        What was looked at, and what is there.
    fix : str
        How to mend it; empty when it is OK.
    needed : bool
        Whether a training fails without it; if not, ``fix`` is advice.
    """

    what: str
    found: str
    fix: str = ""
    needed: bool = True

    @property
    def state(self):
        """The word of the row and its colour."""
        if not self.fix:
            return Text("OK", "green")
        return Text("FIX", "bold red") if self.needed else Text("note", "yellow")


def run_doctor(console, start_spark=True):
    """Print a table with one row per thing that sparkeras needs, and return whether all that is needed is OK.

    Parameters
    ----------
    console : rich.console.Console
    start_spark : bool
        Also start Spark and run one small job in its Python workers (seconds); a session that was active is used
        and left as it is.
    """
    findings = [_python(), _java(), *_packages(), _backends(), _memory(), _cores(), _own_data(), _cache()]
    if start_spark:
        findings.append(_spark_job())
    table = Table("", "what", "found", "how to fix it", box=None, pad_edge=False)
    for finding in findings:
        # Text, not str: rich would read the brackets of 'sparkeras[java]' as markup.
        table.add_row(finding.state, Text(finding.what), Text(finding.found), Text(finding.fix))
    console.print(table)
    return not any(finding.fix and finding.needed for finding in findings)


def _python():
    wanted = metadata.metadata("sparkeras")["Requires-Python"]
    version = platform.python_version()
    fits = SpecifierSet(wanted).contains(version, prereleases=True)
    return Finding("Python", f"{version} ({sys.executable})", "" if fits else f"use a Python {wanted}")


def _java():
    candidates = session.describe_candidates()
    chosen = next((java for java in candidates if java.problem is None), None)
    if chosen is not None:
        return Finding("Java", f"{chosen.version} from {chosen.origin} ({chosen.home})")
    found = "; ".join(f"{java.origin}: {java.problem}" for java in candidates)
    return Finding("Java", found, session.ways_to_java())


def _packages():
    """Check what our own metadata asks for, so that the versions stand in one place."""
    wanted = [Requirement(line) for line in metadata.requires("sparkeras") or ()]
    core = [requirement for requirement in wanted if requirement.marker is None]
    shown = {"pyspark": "Spark", "keras": "Keras", "pandas": "pandas"}
    findings = [_package(name, next(r for r in core if r.name == distribution)) for distribution, name in shown.items()]
    others = [_package(r.name, r) for r in core if r.name not in shown]
    fixes = [finding.fix for finding in others if finding.fix]
    found = ", ".join(f"{finding.what} {finding.found}" for finding in others)
    return [*findings, Finding("other packages", found, "; ".join(fixes))]


def _package(what, requirement):
    version = _version(requirement.name)
    if version is not None and requirement.specifier.contains(version, prereleases=True):
        return Finding(what, version)
    return Finding(what, version or "not installed", f"pip install '{requirement}'")


def _backends():
    versions = {name: next(filter(None, map(_version, known)), None) for name, known in _DISTRIBUTIONS.items()}
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version) or "none installed"
    try:
        chosen = backends.choose()
    except SparkerasError as error:
        return Finding("backends", found, str(error))
    return Finding("backends", f"{found}; trains with {chosen}", _older_than_wanted(chosen, versions[chosen]))


def _older_than_wanted(name, version):
    for line in metadata.requires("sparkeras") or ():
        wanted = Requirement(line)
        if wanted.name == name and version and not wanted.specifier.contains(version, prereleases=True):
            return f"pip install '{wanted.name}{wanted.specifier}'"
    return ""


def _memory():
    memory = session.memory()
    if memory.total is None:
        return Finding("memory", "this system does not tell")
    if memory.free is None:
        return Finding("memory", f"{memory.total / _GIBIBYTE:.1f} GiB")
    found = f"{memory.total / _GIBIBYTE:.1f} GiB, {memory.free / _GIBIBYTE:.1f} GiB of it free"
    tight = memory.free < 2 * _GIBIBYTE
    return Finding("memory", found, "2 GiB free are comfortable; close some programs" if tight else "", needed=False)


def _cores():
    usable, there = session.usable_cores(), os.cpu_count()
    return Finding("cores", f"{usable} usable of {there}")


def _own_data():
    folder = os.environ.get("SPARKERAS_DATA")
    if not folder:
        return Finding("SPARKERAS_DATA", "not set: data sets are taken from the cache or downloaded")
    if Path(folder).is_dir() and os.access(folder, os.R_OK | os.X_OK):
        return Finding("SPARKERAS_DATA", folder)
    return Finding("SPARKERAS_DATA", f"{folder} is no readable folder", "set it to the folder of your data", False)


def _cache():
    folder = session.cache_folder()
    nearest = next(place for place in (folder, *folder.parents) if place.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding("cache", str(folder) if nearest == folder else f"{folder} (made when it is needed)")
    return Finding("cache", f"{folder} cannot be written", "set SPARKERAS_CACHE to a folder that you may write to")


def _spark_job():
    try:
        was_active = session.active() is not None
        spark = session.get_or_start()
        try:
            return Finding("Spark job", f"Spark {spark.version} starts; its Python workers run {_ask_a_worker(spark)}")
        finally:
            if not was_active:
                spark.stop()
    except Exception as error:  # whatever it is, it is a finding
        return Finding("Spark job", "failed", str(error).strip().split("\n")[0])


def _ask_a_worker(spark):
    def where(record_batches):
        import sys

        import pyarrow

        for _ in record_batches:
            yield pyarrow.record_batch({"python": [sys.executable]})

    # No session would tell who runs its workers: only a worker knows.
    return spark.range(1).mapInArrow(where, "python string").first()["python"]


def _version(distribution):
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
