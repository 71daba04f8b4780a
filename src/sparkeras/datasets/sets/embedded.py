"""diabetes and cultivars: two small tables that come with scikit-learn.

Runs on: driver.

Origins: B. Efron et al., Least Angle Regression, Annals of Statistics 32, 2004; M. Forina et al., Wine, UCI Machine
Learning Repository, 1991.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import STANDARDIZE, Arrays, Entry, Schema
from sparkeras.datasets.plain import amounts
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import require_packages

SIGNS = ("age (years)", "sex", "body mass index (kg/m2)", "mean blood pressure (mm Hg)")
SERUM = (
    "cholesterol",
    "low-density lipids",
    "high-density lipids",
    "cholesterol ratio",
    "log of triglycerides",
)
PARTS = (
    "alcohol",
    "malic acid",
    "ash",
    "alcalinity of ash",
    "magnesium",
    "phenols",
    "flavanoids",
    "other phenols",
    "proanthocyanins",
    "colour intensity",
    "hue",
    "OD280/OD315",
    "proline",
)


def read_diabetes(folder: Path, seed: int) -> Arrays:
    """Return the Arrays of 442 patients; the label is the progression within a year, in hundreds."""
    require_packages("tools", "sklearn")
    from sklearn.datasets import load_diabetes

    table = load_diabetes(scaled=False)
    return amounts(table.data.astype(np.float32), (table.target / 100).astype(np.float32), seed, STANDARDIZE)


def read_cultivars(folder: Path, seed: int) -> Arrays:
    """Return the Arrays of 178 wines of three cultivars."""
    require_packages("tools", "sklearn")
    from sklearn.datasets import load_wine

    table = load_wine()
    x, y = table.data.astype(np.float32), table.target.astype(np.int32)
    train, test = split_rows(len(y), seed, y)
    return Arrays("", x[train], y[train], x[test], y[test], 3, STANDARDIZE, "")


DIABETES = Entry(
    name="diabetes",
    title="how far diabetes went in a year",
    rows_train=353,
    rows_test=89,
    licence="public",
    source_url="https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html",
    read=read_diabetes,
    schema=Schema((*SIGNS, *SERUM, "blood sugar"), ("progression (hundreds, 0.25 to 3.46)",)),
    measured=True,
)
CULTIVARS = Entry(
    name="cultivars",
    title="which grape a wine is of",
    rows_train=142,
    rows_test=36,
    licence="CC BY 4.0",
    source_url="https://archive.ics.uci.edu/dataset/109",
    read=read_cultivars,
    schema=Schema(PARTS, ("cultivar",), ("first", "second", "third")),
    measured=True,
)
