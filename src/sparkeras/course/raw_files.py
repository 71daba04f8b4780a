"""The files of a named data set, for lessons that read them with Spark themselves.

Runs on: driver.
"""

import atexit
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from sparkeras import datasets
from sparkeras.course import in_lessons
from sparkeras.datasets import registry
from sparkeras.datasets.sets import elections, flights, housing, shakespeare

OF_SET = {
    "shakespeare": shakespeare.FILE,
    "temperatures": "metoffice",
    "elections": elections.FILE,
    "housing": housing.FILE,
    "flights": flights.MEMBER,
}


class _Table(NamedTuple):
    """A table that was read to see that it is there and whole."""

    name: str


def path_of(name: str) -> str:
    """Return the path of a set's own file or folder; of a missing set, print so as ``load`` does and write a sample.

    Parameters
    ----------
    name : str
        One of ``OF_SET``.
    """
    # Its own loader downloads it, or says how to get it.
    if datasets.is_raw(name):
        in_lessons.or_made_up(name, lambda: _read_table(name))
    else:
        in_lessons.load(name)
    if in_lessons.is_replaced(name):
        folder: Path | None = datasets.write_sample(name, _own_folder())
    else:
        folder, _ = registry.place(registry.find(name))
    assert folder is not None, "its own loader has just read it there"
    path = folder / OF_SET[name]
    return str(path if path.exists() else _unpacked(name, folder))


def _read_table(name: str) -> _Table:
    found = registry.read_table(name, seed=0)
    assert found is not None, "it is a table"
    return _Table(found[1])


def _unpacked(name: str, folder: Path) -> Path:
    """Return the file of a set, extracted from the archive in which it came."""
    path = Path(_own_folder(), OF_SET[name])
    if name == "flights":
        with zipfile.ZipFile(folder / flights.FILE) as archive:
            archive.extract(flights.MEMBER, path.parent)
        return path
    with tarfile.open(folder / housing.ARCHIVE) as packed:
        member = packed.extractfile(housing.MEMBER)
        if member is None:
            raise KeyError(f"{housing.MEMBER} is not a file of {housing.ARCHIVE}")
        path.write_bytes(member.read())
    return path


def _own_folder() -> str:
    """Return a temporary folder that goes when Python ends."""
    folder = tempfile.mkdtemp(prefix="sparkeras-course-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
