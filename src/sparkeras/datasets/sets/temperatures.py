"""temperatures: 25 British weather stations, month by month; place and month predict the mean maximum and minimum.

Runs on: driver.

Origin: Met Office historic station data, Open Government Licence, as in T. White, Hadoop: The Definitive Guide. The
folder holds older records for lessons too: NOAA's GHCN-Daily of 1800 and NCDC's hours of 1901 and 1902. Of 26 stations
Armagh is left out: its place is given on the Irish grid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import STANDARDIZE, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import amounts, content_of
from sparkeras.errors import DataError

BOOK = "https://raw.githubusercontent.com/tomwhite/hadoop-book/6cf607172d54b2f2e127880d287fa51c0d557df9/input/"
GHCN = (
    "https://raw.githubusercontent.com/PacktPublishing/Frank-Kanes-Taming-Big-Data-with-Apache-Spark-and-Python/"
    "8c2ad0a642556e398c38a2c7f15a8c7ad59e49d8/1800.csv"
)
STATIONS = {
    "aberporth": (42408, "200236b290b7bb2a5b964d2e7c18cb1b063678cbf0369388017f499c2b4f3173"),
    "armagh": (97248, "8e1085a39d8d60fa90d9cad34c030ddf780e3fa39193d0ce4594b46b009d0249"),
    "bradford": (62989, "ccfe8d42624e2f2caa3918bf3489eb37fbdbe2f23ecf9400df624a98642a58d3"),
    "braemar": (31195, "266725a47072c3a5945c6c0a8e4c6bede24e0ed464af96905f6b50073f997093"),
    "cambridge": (31101, "ccd330a71a9e12b860cd58fabd41769973a161767aed1f1273e2a7f30bb6d452"),
    "cardiff": (19461, "b1c2f9eae195f967d82e496795eafc1ce9a0a22432e974bbf2806b39e0abcac7"),
    "durham": (80388, "966b6dbfc59f2d69ed42ba3401ed8b696dfe884d8f4536581aea95657b2cd46c"),
    "eastbourne": (31093, "f1d1853bf508bb4cabb228b70e6eb3f9f16e5468a25e813b644efbc368cee748"),
    "greenwich": (29004, "39b1ced1f2bbff1ad055912bb48d4e83001029e670769168f71acfe6c976ad7c"),
    "hurn": (32382, "7e815fa320a640d940d1615d3325321a420b5fc906851f5ae1e5a1bab9950db8"),
    "lerwick": (47692, "74a56e9a45fcd21bb1993db67f98b7890ed98ed9f45ced79b87d6068378fdb19"),
    "leuchars": (32371, "5b0363ad889353255eecc5bc67c543fe1b6b86f01acccbf66074b99d4dc62ee6"),
    "newtonrigg": (31098, "81b3aaae5f1e8e76b2dfe74140645bf5b290702f27ee00ec17a896759333e98f"),
    "oxford": (97238, "d317b930c75c913d3ca1d8a7ade00f4d6959180b366128c880c07ac8c5bb066b"),
    "paisley": (31091, "4217bb295c6712e66dadc649e45a69f65e7ff8ea8ef624e55c3dfe49b6bfc37c"),
    "ringway": (37137, "d61f27635fbd6414c327804a34de916b27d030ffd52fc7d1cf1836d0f5d7f2de"),
    "rossonwye": (48750, "2bf68352ab4c53addc480111869ee9e16c0d084633ef779c8f86c92c5840ef94"),
    "shawbury": (39283, "4ce5ed9644aa72c4ce02d1e9d0cc7535e6248d1f6da4f8a6cac9d45b7c189304"),
    "sheffield": (78521, "9a3b0086e99cbf47f413e4545df9664c6115e0b2c3e7870525f3238ac2c8c0fa"),
    "southampton": (91125, "fdd2dff567d00347c64bde382900aa55fb59c83bb6ed50e74c187ec485aae10c"),
    "stmawgan": (33071, "101f729476272febb6bc6ebe91626dcc70cf07448f3c13704adbffb4c8ac6de2"),
    "stornoway": (84510, "e5ea31c8657971cb5793627b61d006796bbe145c6b0b550747f61cded5c5ed44"),
    "suttonbonnington": (31103, "e8d2dc07c20ad3c1da820a8abdd33ccc307845948c53f5676ce893ef0b050a24"),
    "tiree": (50509, "9f1ea30b27b355deb7f5aa809d32b7361efc935c31a23fe9ebe9ec8fdb810220"),
    "valley": (48689, "063cc2f098cdb581869864d4005d6e93c384a2503c77e029a474c161d1b830a4"),
    "yeovilton": (27614, "feb681661babeafee42450a16890d44ad719fc8ddb9bf60b34239b9e7ba11c16"),
}
OTHERS = (
    RemoteFile("ghcn-1800.csv", 62728, "9f16da6d7c0dc8a5b78782d7b6cef8d8172cd6fb7e76766941bc86774e0f39ec", GHCN),
    RemoteFile(
        "ncdc-1901.gz",
        73867,
        "30983ed1b7bb72572ddcf1f44711edb4526da05df6e44dc31148f821fe4533ef",
        "ncdc/all/1901.gz",
    ),
    RemoteFile(
        "ncdc-1902.gz",
        74105,
        "adacb1a701a15defd71af158da4844bb9fcbb384c015bd5099a5b2c322ee7345",
        "ncdc/all/1902.gz",
    ),
)
SCHEMA = Schema(
    ("year", "month, sine", "month, cosine", "east (100 m)", "north (100 m)", "height (m)"),
    ("mean daily maximum (degrees C)", "mean daily minimum (degrees C)"),
)
_PLACE = re.compile(r"Location:?\s+(\d+)E\s+(\d+)N(?!.*Irish Grid).*?(\d+) metres")


def complete(folder: Path) -> bool:
    """Tell whether the stations' own folder is there."""
    return any((folder / "metoffice").glob("*data.txt"))


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: y (rows, 2); a month of a year is in one part for all stations, which share its weather."""
    rows = [row for path in sorted((folder / "metoffice").glob("*data.txt")) for row in _rows(path)]
    if not rows:
        raise DataError(f"'{folder}' holds no month of any station. Get it again: sparkeras data fetch temperatures.")
    year, month, *place, high, low = np.array(rows, np.float32).T
    angle = 2 * np.pi * (month - 1) / 12
    x = np.stack([year, np.sin(angle), np.cos(angle), *place], axis=1).astype(np.float32)
    return amounts(x, np.stack([high, low], axis=1), seed, STANDARDIZE, groups=year * 12 + month)


def _rows(path: Path) -> Iterator[tuple[float, ...]]:
    """Yield (year, month, east, north, height, maximum, minimum) of each month that has both temperatures."""
    text = content_of(path).decode("utf-8", "replace")
    place = _PLACE.search(text)
    if place is None and "Irish Grid" not in text:
        raise DataError(f"'{path}' lacks the station's place (Location ...E ...N, ... metres). Get the file again.")
    if place is None:
        return
    for number, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not re.match(r"\s+[12]\d{3}\s", line) or "---" in cells[2:4]:
            continue
        try:  # a star marks an estimate
            high, low = (float(cell.rstrip("*#")) for cell in cells[2:4])
            year, month = int(cells[0]), int(cells[1])
        except ValueError as error:
            raise DataError(f"'{path}', row {number}: {line.strip()[:40]!r} is not a month ({error}).") from error
        yield year, month, *map(float, place.groups()), high, low


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up stations: summers are warm, and some months are missing or estimated."""
    (folder / "metoffice").mkdir(parents=True, exist_ok=True)
    for name, east, height in (("synthetic-east", 6000, 10), ("synthetic-west", 2000, 200)):
        lines = [name, f"Location: {east}E 3000N, {height} metres amsl", "   yyyy  mm   tmax    tmin", ""]
        for year in range(1990, 1994):
            for month in range(1, 13):
                warm = 10 - 8 * np.cos(2 * np.pi * (month - 1) / 12) - height / 100 + rng.normal()
                high = "---" if month == 5 else f"{warm + 4:.1f}"
                lines.append(f"   {year}  {month:2d}  {high:>6} {warm - 4:7.1f}*")
        (folder / "metoffice" / f"{name}data.txt").write_text("\n".join(lines) + "\n")


ENTRY = Entry(
    name="temperatures",
    title="months of British weather stations",
    rows_train=17_833,
    rows_test=4_172,
    licence="Open Government Licence",
    source_url="https://www.metoffice.gov.uk/research/climate/maps-and-data/historic-station-data",
    read=read,
    schema=SCHEMA,
    sample=sample,
    files=(
        *(RemoteFile(f"metoffice/{name}data.txt", *facts) for name, facts in STATIONS.items()),
        *OTHERS,
    ),
    mirrors=(BOOK,),
    complete=complete,
)
