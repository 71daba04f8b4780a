"""imdb-sentences: 1,000 sentences of film reviews that praise (1) or complain (0).

Runs on: driver.

Origin: D. Kotzias et al., From Group to Individual Labels using Deep Features, KDD 2015,
https://doi.org/10.24432/C57604. Lines end with a line feed alone: two sentences hold U+0085, at which Python's
``splitlines`` would cut them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import content_of
from sparkeras.datasets.splits import split_rows
from sparkeras.errors import DataError

FILE, ARCHIVE = "imdb_labelled.txt", "sentiment+labelled+sentences.zip"
MEMBER = f"sentiment labelled sentences/{FILE}"
CLASSES = ("complaint", "praise")


def complete(folder: Path) -> bool:
    """Tell whether the text lies there, or the archive that holds it."""
    return (folder / FILE).is_file() or (folder / ARCHIVE).is_file()


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: x (rows,) are texts."""
    path = folder / FILE
    content = content_of(path) if path.is_file() else _of_archive(folder / ARCHIVE)
    texts, labels = zip(*_rows(content, path), strict=True)
    x, y = np.array(texts, object), np.array(labels, np.int32)
    train, test = split_rows(len(y), seed, y)
    return Arrays("", x[train], y[train], x[test], y[test], 2, AS_IT_IS, "")


def _rows(content: bytes, path: Path) -> Iterator[tuple[str, int]]:
    try:
        lines = content.decode("utf-8").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"'{path}' is not UTF-8 text: {error}. Get the file again.") from error
    for row, line in enumerate(lines, start=1):
        text, _, label = line.rstrip("\r").rpartition("\t")
        if label not in ("0", "1") or not text.strip():
            raise DataError(f"'{path}', row {row}: {line[:60]!r} is not a sentence, a tab, and 0 or 1. Mend the line.")
        yield text.strip(), int(label)


def _of_archive(path: Path) -> bytes:
    try:
        return zipfile.ZipFile(io.BytesIO(content_of(path))).read(MEMBER)
    except (zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"'{path}' is not an archive with {MEMBER} ({error}). Get the file again.") from error


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up sentences: a good or a bad word among others, and names that hardly occur twice."""
    words = {0: ("dull", "poor", "tiring"), 1: ("bright", "moving", "great")}
    syllables = ["ba", "lo", "mi", "ren", "sa", "tor"]
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for row in range(200):
        label = row % 2
        subject, word = rng.choice(["plot", "music", "cast"]), rng.choice(words[label])
        name = "".join(rng.choice(syllables, 3)).capitalize()
        lines.append(f"The {subject} of {name} was {word}, I\u0085thought.  \t{label}\n")
    (folder / FILE).write_text("".join(lines), encoding="utf-8", newline="\n")


ENTRY = Entry(
    name="imdb-sentences",
    title="sentences of film reviews: praise or complaint",
    rows_train=800,
    rows_test=200,
    licence="CC BY 4.0",
    source_url="https://archive.ics.uci.edu/dataset/331",
    read=read,
    schema=Schema(("sentence",), ("praise",), CLASSES),
    sample=sample,
    folder="imdb_sentences",
    files=(RemoteFile(ARCHIVE, None, "afc26626d710899948693e1a61405dce197f57ffa719fa1130d346b4cc095343"),),
    mirrors=("https://archive.ics.uci.edu/static/public/331/",),
    complete=complete,
)
