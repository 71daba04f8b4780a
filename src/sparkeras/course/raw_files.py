"""The files of a named data set, for lessons that read them with Spark themselves.

Runs on: driver.
"""

import atexit
import shutil
import tarfile
import tempfile
from pathlib import Path

from sparkeras import datasets
from sparkeras.course import in_lessons
from sparkeras.datasets import registry
from sparkeras.datasets.sets import elections, housing, shakespeare

OF_SET = {
    "shakespeare": shakespeare.FILE,
    "temperatures": "metoffice",
    "elections": elections.FILE,
    "housing": housing.FILE,
}


def path_of(name: str) -> str:
    """Return the path of a set's own file or folder; of a missing set, print so as ``load`` does and write a sample.

    Parameters
    ----------
    name : str
        One of ``OF_SET``.
    """
    in_lessons.load(name)  # downloads it, or says how to get it
    if in_lessons.is_replaced(name):
        return str(datasets.write_sample(name, _own_folder()) / OF_SET[name])
    folder, _ = registry.place(registry.find(name))
    assert folder is not None, "its own loader has just read it there"
    path = folder / OF_SET[name]
    return str(path if path.exists() else _unpacked(folder))


def _unpacked(folder: Path) -> Path:
    """Return the file of houses, extracted from its archive."""
    path = Path(_own_folder(), housing.FILE)
    with tarfile.open(folder / housing.ARCHIVE) as archive:
        member = archive.extractfile(housing.MEMBER)
        if member is None:
            raise KeyError(f"{housing.MEMBER} is not a file of {housing.ARCHIVE}")
        path.write_bytes(member.read())
    return path


def _own_folder() -> str:
    """Return a temporary folder that goes when Python ends."""
    folder = tempfile.mkdtemp(prefix="sparkeras-course-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
