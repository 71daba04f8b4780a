"""Tell the names of columns from a first row of values.

Runs on: driver.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_YEARS = range(1500, 2200)
_ROWS = 1000  # below the first one, that are looked at


def looks_like_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether the first row of a file holds values.

    It does where all its cells are numbers; where one is a number or a day that is not a name (years, and whole numbers
    at equal distances, are names); or where each of its texts stands below in its column again.
    """
    cells = [cell.strip() for cell in first]
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    if numbers and (len(numbers) == len(cells) or not _are_names(numbers)):
        return True
    if any(_DAY.fullmatch(cell) for cell in cells):
        return True
    places = [place for place, cell in enumerate(cells) if cell and cell not in numbers]
    rows = [row for row in rows[:_ROWS] if len(row) == len(cells)]
    if len(rows) < 2 or len(places) < 2:
        return False
    below = [{row[place].strip() for row in rows if list(row) != list(first)} for place in places]
    return all(cells[place] in values for place, values in zip(places, below, strict=True))


def _are_names(numbers: Sequence[str]) -> bool:
    if not all(number.isdecimal() for number in numbers):
        return False
    whole = [int(number) for number in numbers]
    if all(number in _YEARS for number in whole) or whole == [0]:
        return len(set(whole)) == len(whole)
    steps = {after - before for before, after in itertools.pairwise(whole)}
    return len(steps) == 1 and min(steps) > 0
