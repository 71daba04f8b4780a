"""penguins: measures of three species of penguins at Palmer Station, Antarctica, 2007 to 2009.

Runs on: driver.

Origin: K. Gorman, Palmer Station LTER; collected as palmerpenguins (Horst, Hill, Gorman 2020), here from the Python
package of that name.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

from sparkeras.datasets.contract import Entry, RemoteFile, Schema, TableParts
from sparkeras.datasets.raw_csv import read_table
from sparkeras.datasets.sets.refused import no_arrays
from sparkeras.datasets.splits import split_table

NAME, FILE, LABEL = "penguins", "penguins.csv", "species"
SPECIES = ("Adelie", "Chinstrap", "Gentoo")
COLUMNS = ("island", "bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g", "sex", "year")


def table(folder: Path, seed: int) -> TableParts:
    """Return the penguins, a fifth of each species as the test."""
    rows = read_table(folder / FILE)
    return TableParts(*split_table(rows, LABEL, seed, f"'{folder / FILE}'"), LABEL)


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up penguins: a species has its own size of bill and body; some measures are missing."""
    species = np.repeat(np.arange(3), 40)
    measures = [(38.0, 49.0, 47.0), (18.0, 18.0, 15.0), (190.0, 196.0, 217.0), (3700.0, 3700.0, 5000.0)]
    columns: dict[str, object] = {"species": np.array(SPECIES)[species], "island": rng.choice(["Biscoe", "Dream"], 120)}
    for name, means in zip(COLUMNS[1:5], measures, strict=True):
        values = np.round(np.array(means)[species] * rng.normal(1, 0.04, 120), 1)
        columns[name] = [None if n % 40 == 3 else float(value) for n, value in enumerate(values)]
    columns["sex"] = [None if n % 20 == 3 else each for n, each in enumerate(rng.choice(["female", "male"], 120))]
    columns["year"] = rng.integers(2007, 2010, 120)
    pa.csv.write_csv(pa.table(columns), folder / FILE)


ENTRY = Entry(
    name=NAME,
    title="penguins of three species, with gaps",
    rows_train=275,
    rows_test=69,
    licence="CC0",
    source_url="https://github.com/mcnakhaee/palmerpenguins",
    read=partial(no_arrays, name=NAME),
    schema=Schema(COLUMNS, (LABEL,), SPECIES),
    sample=sample,
    files=(RemoteFile(FILE, 15_241, "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93"),),
    mirrors=("https://raw.githubusercontent.com/mcnakhaee/palmerpenguins/master/palmerpenguins/data/",),
    table=table,
)
