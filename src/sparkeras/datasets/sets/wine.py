"""wine, wine-red, wine-white: 11 measurements of Portuguese wines, and the mark that tasters gave each, 3 to 9.

Runs on: driver.

Origin: P. Cortez et al., Modeling wine preferences by data mining from physicochemical properties, Decision Support
Systems 47, 2009, https://doi.org/10.24432/C56S3T. Many wines stand in the files twice and more often (240 rows of the
red ones repeat another), so equal rows stay in one part of the split.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import STANDARDIZE, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import amounts, read_numbers, write_table

# Names as in the headers of the files, units as in the paper.
UNITS = {
    "fixed acidity": "g/l tartaric acid",
    "volatile acidity": "g/l acetic acid",
    "citric acid": "g/l",
    "residual sugar": "g/l",
    "chlorides": "g/l sodium chloride",
    "free sulfur dioxide": "mg/l",
    "total sulfur dioxide": "mg/l",
    "density": "kg/l",
    "pH": "",
    "sulphates": "g/l potassium sulphate",
    "alcohol": "% by volume",
}
HEADER = (*UNITS, "quality")
FEATURES = tuple(f"{name} ({unit})" if unit else name for name, unit in UNITS.items())
FILES = {
    "red": RemoteFile("winequality-red.csv", 84199, "4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e"),
    "white": RemoteFile(
        "winequality-white.csv", 264426, "76c3f809815c17c07212622f776311faeb31e87610d52c26d87d6e361b169836"
    ),
}


def read(folder: Path, seed: int, colours: Sequence[str]) -> Arrays:
    """Return the Arrays of one colour, or of several with the colour as a twelfth number."""
    tables = [read_numbers(folder / FILES[colour].name, HEADER, ";", header=True) for colour in colours]
    rows = np.concatenate(tables)
    x, y = rows[:, :-1], rows[:, -1]
    if len(colours) > 1:
        is_white = np.repeat([colour == "white" for colour in colours], [len(table) for table in tables])
        x = np.column_stack([x, is_white]).astype(np.float32)
    groups = np.unique(x, axis=0, return_inverse=True)[1].ravel()
    return amounts(x, y, seed, STANDARDIZE, groups)


def sample(folder: Path, rng: np.random.Generator, colours: Sequence[str] = ("red", "white")) -> None:
    """Write made-up wines, some of them twice: sweeter ones and stronger ones are marked better."""
    for colour in colours:
        x = rng.uniform(0.1, 10, (60, len(UNITS)))
        quality = np.clip(np.round(3 + 0.3 * x[:, 3] + 0.3 * x[:, 10]), 3, 9)
        rows = np.column_stack([x, quality])
        write_table(folder / FILES[colour].name, np.concatenate([rows, rows[:20]]), ";", HEADER)


def _entry(name: str, title: str, colours: tuple[str, ...], rows_train: int, rows_test: int) -> Entry:
    more = ("is white (0 or 1)",) if len(colours) > 1 else ()
    return Entry(
        name=name,
        title=title,
        rows_train=rows_train,
        rows_test=rows_test,
        licence="CC BY 4.0",
        source_url="https://archive.ics.uci.edu/dataset/186",
        read=partial(read, colours=colours),
        schema=Schema((*FEATURES, *more), ("quality (0 to 10)",)),
        sample=partial(sample, colours=colours),
        folder="wine",
        measured=True,
        files=tuple(FILES[colour] for colour in colours),
        mirrors=("https://archive.ics.uci.edu/ml/machine-learning-databases/wine-quality/",),
    )


ENTRIES = (
    _entry("wine", "marks of wines, red and white", ("red", "white"), 5206, 1291),
    _entry("wine-red", "marks of red wines", ("red",), 1276, 323),
    _entry("wine-white", "marks of white wines", ("white",), 3912, 986),
)
