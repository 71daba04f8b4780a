"""music: 1,059 pieces of music as 68 numbers of their sound each, and the place on Earth that they come from.

Runs on: driver.

Origin: F. Zhou, Q. Claire and R. D. King, Predicting the Geographical Origin of Music, ICDM 2014,
https://doi.org/10.24432/C5VK5D. The file has no header, and its 68 features (lessons that say 67 lose one) are
standardised already.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import amounts, read_numbers, write_table

FEATURES = 68
FILE = "music.csv"
SCHEMA = Schema(
    tuple(f"sound {number} (standardised)" for number in range(1, FEATURES + 1)),
    ("latitude (degrees north)", "longitude (degrees east)"),
)


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: y (rows, 2) is latitude and longitude."""
    rows = read_numbers(folder / FILE, (*SCHEMA.features, *SCHEMA.labels))
    return amounts(rows[:, :FEATURES], rows[:, FEATURES:], seed, AS_IT_IS)


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up pieces: the first two numbers determine the place."""
    x = rng.normal(size=(80, FEATURES))
    place = np.clip(x[:, :2] * [15, 40] + [20, 20], [-35, -88], [54, 149])
    write_table(folder / FILE, np.column_stack([x, place]))


ENTRY = Entry(
    name="music",
    title="where in the world music comes from",
    rows_train=847,
    rows_test=212,
    licence="CC BY 4.0",
    source_url="https://archive.ics.uci.edu/dataset/315",
    read=read,
    schema=SCHEMA,
    sample=sample,
    folder="music_origin",
    files=(RemoteFile(FILE, 693521, "8557da3791e17b036763a95a7f16e3f23d20dcd4c5387d4f11aa1ed8c7a0b9ab"),),
    mirrors=(
        "https://raw.githubusercontent.com/rolopez21/Rice_Course1/25595419d60100fe7eb897756729958005e0a2fc/"
        "14-Deep-Learning/2/Activities/02-Stu_Sound_of_Music/Resources/",
    ),
)
