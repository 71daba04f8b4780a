"""Columns of lesson 15's houses, and right answers computed without Spark.

Runs on: driver.
"""

import weakref

import numpy as np

COLUMNS = ["longitude", "latitude", "age", "rooms", "bedrooms", "people", "households", "income", "value"]
TOTALS = COLUMNS[2:-1]
RATIOS = {
    "rooms_per_household": ("rooms", "households"),
    "bedrooms_per_room": ("bedrooms", "rooms"),
    "people_per_household": ("people", "households"),
}
CELLS_PER_DEGREE = 10
# Several checks look at the same frames of training and test rows.
_tables: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def table(frame, columns=COLUMNS):
    """Return {name: array} of a DataFrame's columns; NULL is NaN."""
    known = _tables.setdefault(frame, {})
    if tuple(columns) not in known:
        rows = np.array(frame.select(*columns).collect(), dtype=float).reshape(-1, len(columns))
        known[tuple(columns)] = dict(zip(columns, rows.T, strict=True))
    return known[tuple(columns)]


def distance(a, b):
    """Return the root of the mean squared difference."""
    return float(np.sqrt(np.mean((np.asarray(a) - np.asarray(b)) ** 2)))


def line(rows, new):
    """Return what a straight line through the totals of ``rows`` predicts for new ones."""
    x, z = (np.column_stack([np.ones(len(each["value"])), *(each[name] for name in TOTALS)]) for each in (rows, new))
    return z @ np.linalg.lstsq(x, rows["value"], rcond=None)[0]


def nearby(rows, learned):
    """Return the mean value of the learned rows in each row's cell, or of all of them."""
    means, of_all = _means(learned), learned["value"].mean()
    return np.array([means.get(cell, of_all) for cell in _cells(rows)])


def without_cell(rows, learned):
    """Tell which rows lie in a cell without a learned row."""
    means = _means(learned)
    return np.array([cell not in means for cell in _cells(rows)])


def _means(rows):
    found: dict[tuple, list] = {}
    for cell, value in zip(_cells(rows), rows["value"], strict=True):
        found.setdefault(cell, []).append(value)
    return {cell: float(np.mean(values)) for cell, values in found.items()}


def _cells(rows):
    places = (np.floor(rows[name] * CELLS_PER_DEGREE).astype(int) for name in ("longitude", "latitude"))
    return list(zip(*places, strict=True))
