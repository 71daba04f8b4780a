"""elections: how the states of the USA voted for president, 1976 to 2020; the last two elections predict the next.

Runs on: driver.

Origin: MIT Election Data and Science Lab, U.S. President 1976-2020, https://doi.org/10.7910/DVN/42MVDX. The copy has no
header, and quotes nicknames with several quotation marks.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import content_of
from sparkeras.errors import DataError

FILE, COLUMNS = "1976-2020-president.csv", 15
YEAR, STATE, VOTES, PARTY = 0, 1, 10, 14  # columns, counted from 0
PARTIES = ("DEMOCRAT", "REPUBLICAN")
FIRST, LAST, TESTED = 1976, 2020, 2016
Counts = dict[str, int]  # votes of each party
SCHEMA = Schema(
    (
        "Democratic share 4 years ago (of both parties)",
        "Democratic share 8 years ago (of both parties)",
        "of the nation 4 years ago",
        "of the nation 8 years ago",
        "years since 1976, by 40",
    ),
    ("Democratic share (of both parties, 0 to 1)",),
)


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: a row per state and election; the elections of 2016 and 2020 are the test."""
    votes = _votes(folder / FILE)
    years = sorted({year for year, _ in votes})
    shares = {key: _share(counts) for key, counts in votes.items()}
    nation = {year: _share(_sum(counts for (y, _), counts in votes.items() if y == year)) for year in years}
    rows: dict[bool, list[list[float | None]]] = {False: [], True: []}  # by: is of the test
    for (year, state), share in sorted(shares.items()):
        before = [shares.get((year - 4, state)), shares.get((year - 8, state))]
        if None not in before:
            then = [nation[year - 4], nation[year - 8], (year - FIRST) / 40]
            rows[year >= TESTED].append([*before, *then, share])
    if not all(rows.values()):
        raise DataError(f"'{folder / FILE}' does not hold the elections of {FIRST} to {LAST}. Get the file again.")
    train, test = (np.array(part, np.float32) for part in (rows[False], rows[True]))
    return Arrays("", train[:, :-1], train[:, -1], test[:, :-1], test[:, -1], None, AS_IT_IS, "")


def _votes(path: Path) -> dict[tuple[int, str], Counts]:
    """Return the votes of each party by (year, state)."""
    text = content_of(path).decode("utf-8", "replace")
    votes: dict[tuple[int, str], Counts] = defaultdict(lambda: dict.fromkeys(PARTIES, 0))
    for row, cells in enumerate(csv.reader(text.splitlines()), start=1):
        if row == 1 and cells[0] == "year":
            continue
        if len(cells) != COLUMNS:
            raise DataError(f"'{path}', row {row}: {len(cells)} cells; expected {COLUMNS}. Get the file again.")
        try:
            year, count = int(cells[YEAR]), int(cells[VOTES])
        except ValueError as error:
            raise DataError(f"'{path}', row {row}: a year or votes are not numbers ({error}).") from error
        if cells[PARTY] in PARTIES:
            votes[year, cells[STATE]][cells[PARTY]] += count
    return votes


def _sum(counts: Iterable[Counts]) -> Counts:
    total = dict.fromkeys(PARTIES, 0)
    for each in counts:
        total = {party: total[party] + each[party] for party in PARTIES}
    return total


def _share(counts: Counts) -> float | None:
    """Return the first party's share of both; None without a vote."""
    total = sum(counts.values())
    return counts[PARTIES[0]] / total if total else None


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up elections of three states whose votes hardly change; nicknames are quoted as in the file."""
    folder.mkdir(parents=True, exist_ok=True)
    lean = {"NORTHLAND": 0.6, "MIDLAND": 0.5, "SOUTHLAND": 0.4}
    with open(folder / FILE, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for year in range(FIRST, LAST + 1, 4):
            for state, share in lean.items():
                first = int(1000 * np.clip(share + rng.normal(0, 0.03), 0.1, 0.9))
                for party, count in zip(PARTIES, (first, 1000 - first), strict=True):
                    name = f'DOE, JANE ""{party[:3]}""' + ", JR." * (year % 8 == 0)
                    writer.writerow([year, state, state[:2], 1, 1, 1, "US PRESIDENT", name, party, "FALSE", count,
                                     1000, "20210113", "NA", party])  # fmt: skip


ENTRY = Entry(
    name="elections",
    title="how US states vote, from how they voted before",
    rows_train=408,
    rows_test=102,
    licence="CC0 1.0",
    source_url="https://doi.org/10.7910/DVN/42MVDX",
    read=read,
    schema=SCHEMA,
    sample=sample,
    files=(RemoteFile(FILE, 513975, "9ff14aafb5ad8f10462eb5e0fdcf01714f04f1803e313f8fe48e5cbc9d949d09"),),
    mirrors=("https://raw.githubusercontent.com/whitelje/house_of_reps/04fe072d0e2b733d5c93de604d564d25aade2de8/",),
)
