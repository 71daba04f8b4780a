"""The data sets by name, and where each is found: in the package, ``$SPARKERAS_DATA``, the cache, or the network.

Runs on: driver. Imports: ``errors`` only.
"""

import difflib
import os
from dataclasses import replace
from pathlib import Path

from sparkeras.datasets import cache, digits, mnist
from sparkeras.datasets.contract import Facts
from sparkeras.errors import DataError

ENTRIES = {entry.name: entry for entry in (digits.ENTRY, mnist.ENTRY)}


def find(name):
    """Return the Entry of ``name``, or raise DataError with the nearest names."""
    if name in ENTRIES:
        return ENTRIES[name]
    near = difflib.get_close_matches(name, ENTRIES, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise DataError(
        f"Unknown data set {name!r}, and no such file.{guess} Expected one of {', '.join(ENTRIES)}, or the path of a "
        ".npz, IDX, CSV or Parquet file or of two text files (IMAGES,LABELS)."
    )


def read(name, seed):
    """Return the Arrays of a named set, downloaded first where it is nowhere on this machine."""
    entry = find(name)
    folder, where = _locate(entry)
    if folder is None and entry.files:
        folder = cache.download(entry)
        where = "download"
    return replace(entry.read(folder, seed), name=name, source=where)


def describe(name):
    """Return the Facts of a named set."""
    entry = find(name)
    _, where = _locate(entry)
    return Facts(
        name=entry.name,
        title=entry.title,
        rows_train=entry.rows_train,
        rows_test=entry.rows_test,
        download_bytes=sum(file.bytes for file in entry.files),
        licence=entry.licence,
        source_url=entry.source_url,
        where=where or f"not here: sparkeras data fetch {name}",
    )


def fetch(name, progress=True):
    """Download a named set into the cache, verify it, and return its folder."""
    entry = find(name)
    if not entry.files:
        raise DataError(f"{name!r} is embedded in a package that is installed already; there is nothing to fetch.")
    folder = cache.download(entry, progress)
    entry.read(folder, 0)
    return folder


def _locate(entry):
    """Return (folder, where), folder None for an embedded set, both None where the set is not on this machine."""
    if not entry.files:
        return None, "embedded"
    own = os.environ.get("SPARKERAS_DATA")
    if own and entry.complete(Path(own).expanduser() / entry.name):
        return Path(own).expanduser() / entry.name, "SPARKERAS_DATA"
    if cache.is_complete(entry):
        return cache.dataset_folder(entry.name), "cache"
    return None, None
