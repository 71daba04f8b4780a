"""housing: 20,640 blocks of California in the census of 1990, and the middle value of their houses.

Runs on: driver.

Origin: R. K. Pace and R. Barry, Sparse Spatial Autoregressions, Statistics and Probability Letters 33, 1997. The file
has no header. 965 values stand at the census' cap of 500,001 dollars.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import STANDARDIZE, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import amounts, content_of, read_numbers, write_table
from sparkeras.errors import DataError

FILE, ARCHIVE, MEMBER = "cal_housing.data", "cal_housing.tgz", "CaliforniaHousing/cal_housing.data"
FEATURES = (
    "longitude (degrees)",
    "latitude (degrees)",
    "median age of the houses (years)",
    "rooms",
    "bedrooms",
    "people",
    "households",
    "median income (10,000 dollars)",
)
# A network's first predictions are near zero, and so is 4.5; 452,600 is far away.
DOLLARS = 100_000
SCHEMA = Schema(FEATURES, ("median value of a house (100,000 dollars)",))


def complete(folder: Path) -> bool:
    """Tell whether the table lies there, or the archive that holds it."""
    return (folder / FILE).is_file() or (folder / ARCHIVE).is_file()


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays; values in 100,000 dollars."""
    path = folder / FILE
    content = None if path.is_file() else _of_archive(folder / ARCHIVE)
    rows = read_numbers(path, (*FEATURES, "median value of a house"), content=content)
    return amounts(rows[:, :-1], rows[:, -1] / np.float32(DOLLARS), seed, STANDARDIZE)


def _of_archive(path: Path) -> bytes:
    try:
        with tarfile.open(fileobj=io.BytesIO(content_of(path))) as archive:
            member = archive.extractfile(MEMBER)
            return member.read() if member else b""  # a folder of that name
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise DataError(f"'{path}' is not an archive with {MEMBER} ({error}). Get the file again.") from error


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up blocks: their value grows with the income."""
    low, high = [-124, 32, 1, 100, 20, 50, 20, 0.5], [-114, 42, 52, 6000, 1200, 3000, 1000, 15]
    x = rng.uniform(low, high, (1000, len(FEATURES)))
    value = np.clip(40_000 * x[:, 7] + rng.normal(0, 10_000, 1000), 15_000, 500_001)
    write_table(folder / FILE, np.column_stack([x, value]))


ENTRY = Entry(
    name="housing",
    title="values of houses in California, 1990",
    rows_train=16_512,
    rows_test=4_128,
    licence="public domain",
    source_url="https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html",
    read=read,
    schema=SCHEMA,
    sample=sample,
    files=(RemoteFile(ARCHIVE, 441963, "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681", "5976036"),),
    mirrors=("https://ndownloader.figshare.com/files/",),
    complete=complete,
    measured=True,
)
