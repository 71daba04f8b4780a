"""Where the files of a named data set lie, for lessons that read them with Spark themselves.

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


def path_of(name):
    """Return the path of a set's own file or folder; where it is missing, say so as ``load`` does and make one up.

    Parameters
    ----------
    name : str
        One of ``OF_SET``.
    """
    in_lessons.load(name)  # downloads it, or tells how to get it
    if name in in_lessons._replaced:
        return str(datasets.write_sample(name, _own_folder()) / OF_SET[name])
    folder, _ = registry.place(registry.find(name))
    path = folder / OF_SET[name]
    return str(path if path.exists() else _unpacked(folder))


def _unpacked(folder):
    """Return the file of houses that lies in its archive."""
    path = Path(_own_folder(), housing.FILE)
    with tarfile.open(folder / housing.ARCHIVE) as archive:
        path.write_bytes(archive.extractfile(housing.MEMBER).read())
    return path


def _own_folder():
    folder = tempfile.mkdtemp(prefix="sparkeras-course-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
