"""The records of a CSV file with their lines, for the error that names one.

Runs on: driver.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from sparkeras.datasets.csv_layout import Layout, opened

_LONG = 20  # lines of a record from which a quote was probably forgotten


def ragged(path: Path, layout: Layout, content: bytes | None = None) -> str | None:
    """Say of the first record that has not as many cells as the header has names: the line, and the cells."""
    for line, lines, cells in _records(path, layout, content):
        if len(cells) != len(layout.names):
            end = f"{len(cells)} cells, and the header has {len(layout.names)} names; expected as many in each."
            return f", line {line}: {end}" + (" Is a quote open there?" if lines > _LONG else "")
    return None


def line_of(path: Path, layout: Layout, column: str, value: str, content: bytes | None = None) -> int | None:
    """Return the first line of a file in which a column holds a value."""
    place = layout.names.index(column)
    for line, _, cells in _records(path, layout, content):
        if len(cells) > place and cells[place].strip() == value:
            return line
    return None


def open_quote(path: Path, layout: Layout, content: bytes | None = None) -> int | None:
    """Return the line of a quote that is not closed until the end of a file; None where there is none."""
    for line, _, cells in _records(path, layout, content, strict=True):
        if not cells:
            return line
    return None


def _records(
    path: Path, layout: Layout, content: bytes | None, strict: bool = False
) -> Iterator[tuple[int, int, list[str]]]:
    """Yield the first line of each record below the header, from 1, how many lines it has, and its cells.

    Of a record with an open quote there are no cells; ``strict`` finds it even where it swallows the rest of the file.
    """
    with opened(path, content) as file, io.TextIOWrapper(file, layout.encoding, errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=layout.delimiter, strict=strict)
        end, is_header = 0, True
        try:
            for cells in reader:
                if cells and not is_header:
                    yield end + 1, reader.line_num - end, cells
                is_header = is_header and not cells
                end = reader.line_num
        except csv.Error:
            yield end + 1, reader.line_num - end, []
