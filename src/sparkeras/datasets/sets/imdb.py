"""imdb: 50,000 film reviews that praise or complain, with their official split.

Runs on: driver.

Origin: A. Maas et al., Learning Word Vectors for Sentiment Analysis, ACL 2011,
https://ai.stanford.edu/~amaas/data/sentiment/. The archive is read as it is: to unpack 50,000 files takes longer.
"""

import gzip
import io
import re
import tarfile

import numpy as np

from sparkeras.datasets.contract import AS_IT_IS, Arrays, Entry, RemoteFile, Schema
from sparkeras.errors import DataError

FILE = "aclImdb_v1.tar.gz"
_REVIEW = re.compile(r"aclImdb/(train|test)/(neg|pos)/[^/]+\.txt")


def read(folder, seed):
    """Return the Arrays: x (rows,) are texts, in the archive's own order."""
    path = folder / FILE
    texts: dict[str, list] = {"train": [], "test": []}
    labels: dict[str, list] = {"train": [], "test": []}
    try:
        # tarfile's own unpacking takes a cut file for a whole one.
        with gzip.open(path) as content, tarfile.open(fileobj=content, mode="r|") as archive:
            for member in archive:
                found = _REVIEW.fullmatch(member.name)
                if found:
                    review = archive.extractfile(member).read().decode("utf-8", "replace")
                    texts[found[1]].append(review.replace("<br />", "\n"))
                    labels[found[1]].append(found[2] == "pos")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise DataError(f"'{path}' cannot be read as an archive ({error}). Get the file again.") from error
    parts = []
    for part, rows in texts.items():
        if not rows:
            raise DataError(f"'{path}' holds no reviews in aclImdb/{part}. Get the file again.")
        parts += [np.array(rows, object), np.array(labels[part], np.int32)]
    return Arrays("", *parts, 2, AS_IT_IS, "")


def sample(folder, rng):
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
