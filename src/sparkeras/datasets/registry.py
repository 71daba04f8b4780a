"""The data sets by name, and where each lies: in the package, ``$SPARKERAS_DATA``, the cache, or the network.

Runs on: driver.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sparkeras.datasets import cache, plain
from sparkeras.datasets.contract import SYNTHETIC_SUFFIX, Arrays, Entry, Facts, TableParts
from sparkeras.datasets.sets import (
    digits,
    elections,
    embedded,
    flights,
    housing,
    imdb,
    mnist,
    music,
    penguins,
    photos,
    playground,
    pythagoras,
    sentences,
    shakespeare,
    temperatures,
    wine,
)
from sparkeras.errors import DataError

ENTRIES = {
    entry.name: entry
    for entry in (
        digits.ENTRY,
        *mnist.ENTRIES,
        *wine.ENTRIES,
        music.ENTRY,
        housing.ENTRY,
        embedded.DIABETES,
        embedded.CULTIVARS,
        temperatures.ENTRY,
        elections.ENTRY,
        sentences.ENTRY,
        imdb.ENTRY,
        shakespeare.ENTRY,
        flights.ENTRY,
        penguins.ENTRY,
        pythagoras.ENTRY,
        *playground.ENTRIES,
        *photos.ENTRIES,
    )
}
# A folder with this file in it holds made-up rows.
SYNTHETIC = "SYNTHETIC.txt"


class Images(NamedTuple):
    """A folder of class folders, the name of the data set to show, and where it comes from."""

    folder: Path | str
    name: str
    source: str


def names() -> list[str]:
    """Return the names of the data sets."""
    return list(ENTRIES)


def find(name: str) -> Entry:
    """Return the Entry of ``name``, or raise DataError with the nearest names."""
    if name in ENTRIES:
        return ENTRIES[name]
    near = difflib.get_close_matches(name, ENTRIES, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    raise DataError(
        f"Unknown data set {name!r}, and no such file.{guess} Expected one of {', '.join(ENTRIES)}, or the path of a "
        ".npz, IDX, CSV or Parquet file or of two text files (IMAGES,LABELS)."
    )


def read(name: str, seed: int) -> Arrays:
    """Return the Arrays of a named set, downloaded first where it is nowhere on this machine."""
    entry = find(name)
    folder, where = place(entry)
    arrays = entry.read(folder or Path(), seed)  # without files it ignores the folder
    arrays = replace(arrays, name=shown(name, folder), source=where, schema=entry.schema)
    _require_schema(arrays, entry)
    return arrays


def read_table(name: str, seed: int) -> tuple[TableParts, str, str] | None:
    """Return (parts, name to show, where they come from) of a table by name, or None if the set is not a table.

    It is downloaded first where it is nowhere on this machine.
    """
    entry = find(name)
    if not entry.is_table:
        return None
    folder, where = place(entry)
    if entry.table is None:
        parts = plain.as_table(entry.read(folder or Path(), seed), entry.schema)
    else:
        parts = entry.table(folder or Path(), seed)
    return parts, shown(name, folder), where


def place(entry: Entry) -> tuple[Path | None, str]:
    """Return (folder, where it comes from) of a set, downloaded first where it is nowhere on this machine."""
    folder, where = _locate(entry)
    if where is None:
        return cache.download(entry), "download"
    return folder, where


def images(name: str) -> Images | None:
    """Return the Images of a named set of images, downloaded first if need be; None for other sets."""
    entry = find(name)
    if entry.images is None:
        return None
    folder, where = place(entry)
    root = entry.images(folder) if folder else None
    if root is None:
        raise DataError(f"'{folder}' holds no folders of images. Get them again: sparkeras data fetch {name}.")
    return Images(root, shown(name, folder), where)


def describe(name: str) -> Facts:
    """Return the Facts of a named data set: rows, size, licence, source, and where it lies now."""
    entry = find(name)
    _, where = _locate(entry)
    sizes = [file.bytes for file in entry.files if file.bytes is not None]
    return Facts(
        name=entry.name,
        title=entry.title,
        rows_train=entry.rows_train,
        rows_test=entry.rows_test,
        download_bytes=sum(sizes) if len(sizes) == len(entry.files) else None,
        licence=entry.licence,
        source_url=entry.source_url,
        where=where or f"not here: sparkeras data fetch {name}",
        schema=entry.schema,
    )


def write_sample(name: str, folder: str | Path, seed: int = 0) -> Path:
    """Write a few made-up rows in the files and format of a named data set; return the folder that holds them.

    With ``$SPARKERAS_DATA`` set to ``folder`` they stand in for the set, and wherever that shows it is called
    synthetic. For tests, and to see the format.

    Raises
    ------
    DataError
        If the set needs no files, or something is there already.
    """
    entry = find(name)
    if entry.sample is None:
        raise DataError(f"{name!r} needs no files, so it needs no sample of them either.")
    target = Path(folder).expanduser() / entry.place
    if target.exists():
        raise DataError(f"'{target}' exists already. Choose another folder.")
    target.mkdir(parents=True)
    (target / SYNTHETIC).write_text(f"Made up by sparkeras with seed {seed}: not {entry.title}, for tests only.\n")
    entry.sample(target, np.random.default_rng(seed))
    return target


def shown(name: str, folder: Path | None) -> str:
    """Return a set's name, marked where its rows are made up."""
    return f"{name}{SYNTHETIC_SUFFIX}" if folder and (folder / SYNTHETIC).is_file() else name


def _require_schema(arrays: Arrays, entry: Entry) -> None:
    """Raise DataError where rows do not fit the schema: a set of another version, or read wrongly."""
    names = entry.schema.features
    if arrays.x_train.ndim == 2 and len(names) > 1 and arrays.x_train.shape[1] != len(names):
        raise DataError(f"{entry.name} has {arrays.x_train.shape[1]} numbers in a row; expected {len(names)}.")
    if arrays.targets != len(entry.schema.labels):
        raise DataError(f"{entry.name} has {arrays.targets} labels in a row; expected {len(entry.schema.labels)}.")


def fetch(name: str, progress: bool = True) -> Path:
    """Download a named data set into the cache, verify it by SHA-256, and return its folder."""
    entry = find(name)
    if not entry.files:
        raise DataError(f"{name!r} is here already, in a package or made from its seed; there is nothing to fetch.")
    folder = cache.download(entry, progress)
    entry.read(folder, 0)
    return folder


def _locate(entry: Entry) -> tuple[Path | None, str | None]:
    """Return (folder, where), folder None for a set without files, both None where it is not on this machine."""
    if not entry.files:
        return None, "made from its seed" if entry.source_url == "-" else "embedded"
    own = os.environ.get("SPARKERAS_DATA")
    if own and entry.is_in(Path(own).expanduser() / entry.place):
        folder = Path(own).expanduser() / entry.place
        return folder, "SPARKERAS_DATA (synthetic)" if (folder / SYNTHETIC).is_file() else "SPARKERAS_DATA"
    if cache.is_complete(entry):
        return cache.dataset_folder(entry.place), "cache"
    return None, None
