"""Print one table of a benchmark, with the machine, the versions and the date that its figures belong to."""

import datetime
import importlib.metadata
import os
import platform


def machine():
    """Return one line that names date, machine and versions."""
    names = ("sparkeras", "pyspark", "keras", "jax", "torch", "numpy", "pyarrow")
    versions = []
    for name in names:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"{datetime.date.today()}, {cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def show(title, columns, rows, notes=()):
    """Print a Markdown table; redirect it to a file of ``results/`` to keep it."""
    print(f"# {title}\n\n{machine()}\n")
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    for note in notes:
        print(f"\n{note}")


def median(values):
    """Return the median of a list."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
