"""imdb: 50,000 film reviews that praise or complain, with their official split.

Runs on: driver.

Origin: A. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011,
https://ai.stanford.edu/~amaas/data/sentiment/. The archive is read as it is: to unpack 50,000 files takes longer.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, RemoteFile, Schema
from sparkeras.errors import DataError

FILE = "aclImdb_v1.tar.gz"
_REVIEW = re.compile(r"aclImdb/(train|test)/(neg|pos)/[^/]+\.txt")


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: x (rows,) are texts, in the archive's own order."""
    path = folder / FILE
    texts: dict[str, list[str]] = {"train": [], "test": []}
    labels: dict[str, list[bool]] = {"train": [], "test": []}
    try:
        # tarfile's own decompression does not notice the end of a truncated file.
        with gzip.open(path) as content, tarfile.open(fileobj=content, mode="r|") as archive:
            for member in archive:
                match = _REVIEW.fullmatch(member.name)
                file = archive.extractfile(member) if match else None
                if match and file:
                    texts[match[1]].append(file.read().decode("utf-8", "replace").replace("<br />", "\n"))
                    labels[match[1]].append(match[2] == "pos")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"'{path}' cannot be read as an archive ({error}). Get the file again.") from error
    for part, rows in texts.items():
        if not rows:
            raise DataError(f"'{path}' holds no reviews in aclImdb/{part}. Get the file again.")
    x_train, x_test = (np.array(rows, object) for rows in texts.values())
    y_train, y_test = (np.array(rows, np.int32) for rows in labels.values())
    return Arrays("", x_train, y_train, x_test, y_test, 2, AS_IT_IS, "")


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up reviews into an archive of the same form."""
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(folder / FILE, "w:gz") as archive:
        for part in ("train", "test"):
            for row in range(40):
                kind = ("neg", "pos")[row % 2]
                word = rng.choice({"neg": ["dull", "poor"], "pos": ["great", "moving"]}[kind])
                text = f"A {word} film.<br /><br />I saw it {row} times.".encode()
                member = tarfile.TarInfo(f"aclImdb/{part}/{kind}/{row}_{rng.integers(1, 10)}.txt")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))


ENTRY = Entry(
    name="imdb",
    title="film reviews: praise or complaint",
    rows_train=25_000,
    rows_test=25_000,
    licence="for research, see the source",
    source_url="https://ai.stanford.edu/~amaas/data/sentiment/",
    read=read,
    schema=Schema(("review",), ("praise",), ("complaint", "praise")),
    sample=sample,
    files=(RemoteFile(FILE, 84125825, "c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe"),),
    mirrors=("https://ai.stanford.edu/~amaas/data/sentiment/",),
)
