"""mnist and fashion-mnist: 70,000 images of 28 x 28 pixels each, with their official split.

Runs on: driver.

Origins: LeCun, Cortes and Burges, http://yann.lecun.com/exdb/mnist/; Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017,
https://arxiv.org/abs/1708.07747.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from sparkeras.datasets import idx, npz
from sparkeras.datasets.contract import Arrays, Entry, RemoteFile, Schema
from sparkeras.errors import DataError

SHAPE, CLASSES = (28, 28), 10
CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot")
# Bytes and SHA-256 of the four files, in the order of ``idx.FOUR_FILES``.
MNIST_FILES = (
    (9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    (28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    (1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    (4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)
FASHION_FILES = (
    (26421880, "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
    (29515, "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
    (4422102, "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
    (5148, "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
)


def complete(folder: Path, name: str) -> bool:
    """Tell whether ``folder`` holds the four IDX files (plain or .gz) or ``NAME.npz``."""
    return idx.find_four(folder) is not None or (folder / f"{name}.npz").is_file()


def read(folder: Path, seed: int, name: str) -> Arrays:
    """Return the Arrays of the four IDX files, or of ``NAME.npz``, in ``folder``."""
    four = idx.find_four(folder)
    arrays = idx.read(four, seed) if four else npz.read([folder / f"{name}.npz"], seed)
    if arrays.input_shape != SHAPE:
        raise DataError(
            f"'{folder}' holds images of shape {arrays.input_shape}; {name} has {SHAPE}. "
            f"Get the files again: sparkeras data fetch {name}."
        )
    for part, labels in (("training", arrays.y_train), ("test", arrays.y_test)):
        if labels.max() >= CLASSES:
            raise DataError(
                f"'{folder}', row {int(labels.argmax()) + 1} of the {part} labels is {labels.max()}; {name} has "
                f"0 to 9. Get the files again: sparkeras data fetch {name}."
            )
    return replace(arrays, num_classes=CLASSES)


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up images: a bright bar at a place of its own for each class."""
    for prefix, rows in (("train", 1000), ("t10k", 200)):
        y = np.arange(rows, dtype=np.uint8) % CLASSES
        x = rng.integers(0, 100, (rows, *SHAPE), dtype=np.uint8)
        x[np.arange(rows), 4 + 2 * y] = 255
        for array, kind in ((x, "images-idx3"), (y, "labels-idx1")):
            idx.write(folder / f"{prefix}-{kind}-ubyte.gz", array)


def _entry(
    name: str,
    title: str,
    licence: str,
    source_url: str,
    classes: tuple[str, ...],
    files: tuple[tuple[int, str], ...],
    mirrors: tuple[str, ...],
) -> Entry:
    names = (f"{name}.gz" for name in idx.FOUR_FILES)
    return Entry(
        name=name,
        title=title,
        rows_train=60_000,
        rows_test=10_000,
        licence=licence,
        source_url=source_url,
        read=partial(read, name=name),
        schema=Schema(("28 x 28 pixels (0 to 255)",), ("class",), classes),
        sample=sample,
        files=tuple(RemoteFile(file, *facts) for file, facts in zip(names, files, strict=True)),
        mirrors=mirrors,
        complete=partial(complete, name=name),
    )


ENTRIES = (
    _entry(
        "mnist",
        "handwritten digits, 28 x 28",
        "CC BY-SA 3.0",
        "http://yann.lecun.com/exdb/mnist/",
        tuple("0123456789"),
        MNIST_FILES,
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
    ),
    _entry(
        "fashion-mnist",
        "clothes, 28 x 28",
        "MIT",
        "https://github.com/zalandoresearch/fashion-mnist",
        CLOTHES,
        FASHION_FILES,
        (
            "https://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
    ),
)
