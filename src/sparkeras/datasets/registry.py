"""The data sets by name, and where each is found: in the package, ``$SPARKERAS_DATA``, the cache, or the network.

Runs on: driver.
"""

import difflib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np

from sparkeras.datasets import cache
from sparkeras.datasets.contract import SYNTHETIC_SUFFIX, Facts
from sparkeras.datasets.sets import (
    digits,
    elections,
    embedded,
    housing,
    imdb,
    mnist,
    music,
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
        pythagoras.ENTRY,
        *playground.ENTRIES,
        *photos.ENTRIES,
    )
}
# A folder with this file in it holds made-up rows.
SYNTHETIC = "SYNTHETIC.txt"


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
    folder, where = place(entry)
    arrays = replace(entry.read(folder, seed), name=shown(name, folder), source=where, schema=entry.schema)
    _require_schema(arrays, entry)
    return arrays


def place(entry):
    """Return (folder, where it was found) of a set, downloaded first where it is nowhere on this machine."""
    folder, where = _locate(entry)
    if folder is None and entry.files:
        return cache.download(entry), "download"
    return folder, where


def images(name):
    """Return (folder of class folders, name to show, where it was found) of a named set of images; None of others."""
    entry = find(name)
    if entry.images is None:
        return None
    folder, where = place(entry)
    return entry.images(folder), shown(name, folder), where


def describe(name):
    """Return the Facts of a named set."""
    entry = find(name)
    _, where = _locate(entry)
    sizes = [file.bytes for file in entry.files]
    return Facts(
        name=entry.name,
        title=entry.title,
        rows_train=entry.rows_train,
        rows_test=entry.rows_test,
        download_bytes=None if None in sizes else sum(sizes),
        licence=entry.licence,
        source_url=entry.source_url,
        where=where or f"not here: sparkeras data fetch {name}",
        schema=entry.schema,
    )


def write_sample(name, folder, seed=0):
    """Write a few made-up rows in the files and format of a named set into a folder; return the set's own folder.

    With ``$SPARKERAS_DATA`` set to ``folder`` they are read in place of the set, and called synthetic.

    Raises
    ------
    DataError
        If the set needs no files, or something is there already.
    """
    entry = find(name)
    if entry.sample is None:
        raise DataError(f"{name!r} needs no files, so it needs no sample of them either.")
    place = Path(folder).expanduser() / entry.place
    if place.exists():
        raise DataError(f"'{place}' exists already. Choose another folder.")
    place.mkdir(parents=True)
    (place / SYNTHETIC).write_text(f"Made up by sparkeras with seed {seed}: not {entry.title}, for tests only.\n")
    entry.sample(place, np.random.default_rng(seed))
    return place


def shown(name, folder):
    """Return a set's name, with a word where its rows are made up."""
    return f"{name}{SYNTHETIC_SUFFIX}" if folder and (folder / SYNTHETIC).is_file() else name


def _require_schema(arrays, entry):
    """Raise DataError where rows are not what the schema says: a set of another version, or read wrongly."""
    names = entry.schema.features
    if arrays.x_train.ndim == 2 and len(names) > 1 and arrays.x_train.shape[1] != len(names):
        raise DataError(f"{entry.name} has {arrays.x_train.shape[1]} numbers in a row; expected {len(names)}.")
    if arrays.targets != len(entry.schema.labels):
        raise DataError(f"{entry.name} has {arrays.targets} labels in a row; expected {len(entry.schema.labels)}.")


def fetch(name, progress=True):
    """Download a named set into the cache, verify it, and return its folder."""
    entry = find(name)
    if not entry.files:
        raise DataError(f"{name!r} is here already, in a package or made from its seed; there is nothing to fetch.")
    folder = cache.download(entry, progress)
    entry.read(folder, 0)
    return folder


def _locate(entry):
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
