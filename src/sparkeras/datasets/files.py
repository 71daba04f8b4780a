"""The user's own files: which reader takes which path.

Runs on: driver.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sparkeras.datasets import idx, image_folder, npz, tables, textpair
from sparkeras.datasets.contract import Arrays
from sparkeras.errors import DataError

Reader = Callable[[list[Path], int], Arrays]  # (paths, seed)
_CSV = (".csv", ".csv.gz", ".tsv", ".tsv.gz")


def local(path: str | Path) -> str:
    """Return ``path`` without the ``file:`` of a local address; other addresses stay as they are."""
    return re.sub(r"^file:(//)?(?=/)", "", str(path))


def name_of(text: str) -> str:
    """Return the name of a data set that lies at ``text``: that of the folder, or of the (first) file."""
    path = Path(text.split(",")[0].strip().rstrip("/"))
    return path.name.removesuffix(".parquet") if path.is_dir() else path.name.split(".")[0]


def is_path(text: str) -> bool:
    """Tell whether ``text`` is meant as a path and not as the name of a data set."""
    return "://" in text or "," in text or "/" in text or "." in text or Path(text).exists()


def is_table(text: str) -> bool:
    """Tell whether a path holds named columns: a CSV file, a folder with a given split, or Parquet."""
    folder = Path(text).expanduser()
    return text.endswith(_CSV) or bool(parquet_paths(text)) or (folder / "train.csv").is_file()


def is_images(text: str) -> bool:
    """Tell whether a path is a folder of images."""
    return "://" not in text and "," not in text and image_folder.is_one(text)


def parquet_paths(text: str) -> list[str] | None:
    """Return the Parquet paths that ``text`` means, one or (training, test), or None if it means something else."""
    folder = Path(text).expanduser()
    parts = [folder / "train.parquet", folder / "test.parquet"]
    if "://" not in text and all(path.exists() for path in parts):
        return [str(path) for path in parts]
    parquet_folder = folder.is_dir() and any(folder.glob("*.parquet"))
    if "://" in text or text.rstrip("/").endswith(".parquet") or parquet_folder:
        require(text)
        return [text]
    return None


def read(text: str, label: str | None, seed: int) -> Arrays:
    """Return the Arrays of a local path: .npz, IDX, CSV, two text files, or a folder that holds a given split.

    Raises
    ------
    DataError
        If nothing is there, or the path is of no kind that we read.
    """
    paths, reader = _reader(text, label)
    arrays = reader(paths, seed)
    return replace(arrays, name=name_of(text), source=text)


def _reader(text: str, label: str | None) -> tuple[list[Path], Reader]:
    if "," in text:
        names = [part.strip() for part in text.split(",")]
        if len(names) not in (2, 4):
            raise DataError(
                f"{text!r} names {len(names)} files; expected two, IMAGES,LABELS, or four, with those to test with."
            )
        for name in names:
            require(name)
        return [Path(name) for name in names], textpair.read
    path = Path(text).expanduser()
    require(text)
    if path.is_dir():
        return _folder_reader(path, label)
    if path.name.endswith(".npz"):
        return [path], npz.read
    if path.name.endswith(_CSV):
        return [path], lambda paths, seed: tables.read(paths, seed, label)
    if "idx" in path.name:
        return [path, idx.find_labels(path)], idx.read
    raise DataError(
        f"{text!r} is of no kind that sparkeras reads. Expected .npz, .csv, .parquet, IDX files, a folder of them, or "
        "two text files as IMAGES,LABELS."
    )


def _folder_reader(folder: Path, label: str | None) -> tuple[list[Path], Reader]:
    four = idx.find_four(folder)
    if four:
        return four, idx.read
    parts = [folder / "train.csv", folder / "test.csv"]
    if all(path.is_file() for path in parts):
        return parts, lambda paths, seed: tables.read(paths, seed, label)
    archives = sorted(folder.glob("*.npz"))
    if len(archives) == 1:
        return archives, npz.read
    raise DataError(
        f"'{folder}' holds no data set: expected train and test as .csv or .parquet, one .npz, a folder of images for "
        f"each class, or MNIST's four IDX files ({', '.join(idx.FOUR_FILES)}, plain or .gz)."
    )


def require(text: str) -> None:
    """Raise DataError if there is nothing at a local path; a remote one is looked at when it is read."""
    if "://" not in text and not Path(text).expanduser().exists():
        where = "" if Path(text).is_absolute() else f" It counts from '{Path.cwd()}'."
        raise DataError(f"There is no file or folder {text!r}. Is the path right?{where}")
