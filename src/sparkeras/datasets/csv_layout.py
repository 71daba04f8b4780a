"""How a CSV file is written, from its first lines: encoding, delimiter, names of the columns.

Runs on: driver.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from pathlib import Path
from typing import IO, NamedTuple, cast

from sparkeras.datasets.csv_header import looks_like_data
from sparkeras.errors import DataError

DELIMITERS = ",;\t|"
_LOOKED_AT = 256 * 1024  # bytes
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class Layout(NamedTuple):
    """How a CSV file is written.

    Attributes
    ----------
    names : list of str
        Of the columns; one without a name gets its number.
    delimiter : str
    encoding : str
        Of the first bytes: ``"utf-8"``, ``"utf-8-sig"`` with a mark before it, ``"utf-16"`` or ``"cp1252"``.
    blank : int
        Empty lines above the header.
    """

    names: list[str]
    delimiter: str
    encoding: str
    blank: int = 0


def layout(path: Path, content: bytes | None = None) -> Layout:
    """Return the Layout of a CSV file, or of its ``content``.

    Raises
    ------
    DataError
        If it cannot be read, is empty, has lines above its header or none, or two columns of one name.
    """
    start = _start(path, content)
    encoding = next((name for mark, name in _MARKS.items() if start.startswith(mark)), "utf-8")
    if encoding == "utf-8" and not _is_utf8(start):
        encoding = "cp1252"
    text = start.decode(encoding, "replace")
    if not text.strip():
        raise DataError(f"'{path}' is empty; expected a header with the columns' names, then rows.")
    if "\0" in text:
        raise DataError(f"'{path}' is not a text file: it has zero bytes. Save the table as CSV.")
    is_whole = len(start) < _LOOKED_AT
    delimiter, rows = _best_split(text, is_whole)
    _require_header_first(path, text, delimiter, rows)
    blank = len(re.findall(r"\r\n|\r|\n", text[: len(text) - len(text.lstrip(" \r\n"))]))
    return Layout(_names(path, rows), delimiter, encoding, blank)


def opened(path: Path, content: bytes | None = None) -> IO[bytes]:
    """Open a file, unpacked where it ends in ``.gz``; ``content`` instead, where it is given."""
    if content is not None:
        return io.BytesIO(content)
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _start(path: Path, content: bytes | None) -> bytes:
    try:
        with opened(path, content) as file:
            return file.read(_LOOKED_AT)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"'{path}' cannot be read (truncated or damaged: {error}). Get the file again.") from error
    except OSError as error:
        raise DataError(f"'{path}' cannot be read: {error.strerror or error}.") from error


def _is_utf8(start: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)  # the last character may be cut
    except UnicodeDecodeError:
        return False
    return True


def _best_split(text: str, is_whole: bool) -> tuple[str, list[list[str]]]:
    """Return the delimiter by which most rows have the same number of cells, more than one; and the rows."""
    splits = [(each, _rows(text, each, is_whole)) for each in DELIMITERS]

    def fit(split: tuple[str, list[list[str]]]) -> tuple[float, int]:
        width, count = _usual_width(split[1])
        return (count / len(split[1]) if width > 1 else 0.0, width)

    return max(splits, key=fit)


def _rows(text: str, delimiter: str, is_whole: bool) -> list[list[str]]:
    rows = []
    with contextlib.suppress(csv.Error):  # a quote that is not closed
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if "".join(row).strip()]
    return rows if is_whole or len(rows) < 2 else rows[:-1]  # the last one may be cut


def _usual_width(rows: list[list[str]]) -> tuple[int, int]:
    """Return the commonest number of cells, and how many rows have it."""
    return max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]))


def _require_header_first(path: Path, text: str, delimiter: str, rows: list[list[str]]) -> None:
    """Raise DataError where lines stand above the header: fewer cells than in most rows, or Excel's ``sep=;``."""
    width, count = _usual_width(rows)
    above = next((place for place, row in enumerate(rows) if len(row) >= width - 1), 0) if width > 2 else 0
    above = max(above, int(rows[0][0].startswith("sep=")))
    if above and count > len(rows) / 2:
        reader, left = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), above
        while left:
            left -= bool("".join(next(reader)).strip())
        shown = text.lstrip().splitlines()[0][:60]
        raise DataError(
            f"'{path}' has lines above its header, the first is {shown!r}. Delete them: "
            f"tail -n +{reader.line_num + 1} '{path.name}' > table.csv"
        )


def _names(path: Path, rows: list[list[str]]) -> list[str]:
    names = [" ".join(name.split()) for name in rows[0]]
    if looks_like_data(names, rows[1:]):
        shown = ", ".join(map(repr, names[:3]))
        raise DataError(
            f"'{path}' has no header: its first line holds values ({shown}); expected the columns' names there. Add a "
            "first line with them."
        )
    width, count = _usual_width(rows[1:] or rows)
    if count <= len(rows) / 2 and len(rows) > 2:
        width = len(names)  # rows of several widths: reading them names the first that is wrong
    if width == len(names) - 1 and not names[-1]:
        names = names[:-1]  # a delimiter after the last name alone
    elif width == len(names) + 1:
        if any(row[-1].strip() for row in rows[1:] if len(row) == width):
            raise DataError(
                f"'{path}' has {width} cells in a row and fewer names in its header: {len(names)}. Add the one that is "
                "missing (R's write.table leaves out the first), and put texts with a delimiter in them in quotes."
            )
        names = [*names, ""]  # a delimiter after the last cell of each row
    names = [name or f"column {place}" for place, name in enumerate(names, start=1)]
    repeated, times = Counter(names).most_common(1)[0]
    if times > 1:
        raise DataError(f"'{path}' has {times} columns named {repeated!r}. Give each its own name.")
    return names
