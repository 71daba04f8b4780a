"""shakespeare: a million letters of plays; 40 of them predict the next one.

Runs on: driver.

Origin: plays by W. Shakespeare (public domain), collected by A. Karpathy, https://github.com/karpathy/char-rnn.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from sparkeras.datasets.contract import Arrays, Entry, RemoteFile, Schema
from sparkeras.datasets.plain import content_of
from sparkeras.errors import DataError

FILE = "tinyshakespeare.txt"
# Every eighth place of the text begins a row: rows between them add hardly anything.
LENGTH, STEP = 40, 8
LETTERS = tuple("\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
SCHEMA = Schema(
    tuple(f"letter {number}" for number in range(1, LENGTH + 1)),
    ("next letter",),
    tuple({"\n": "line end", " ": "space"}.get(letter, letter) for letter in LETTERS),
)


def read(folder: Path, seed: int) -> Arrays:
    """Return the Arrays: x (rows, 40) numbers letters from 0 to 64; the last tenth of the text is the test."""
    path = folder / FILE
    try:
        text = content_of(path).decode("ascii").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise DataError(f"'{path}' is not plain English text: {error}. Get the file again.") from error
    odd = sorted(set(text) - set(LETTERS))
    if odd:
        raise DataError(f"'{path}' holds {odd[0]!r}, which the plays do not. Get the file again.")
    if len(text) < 20 * LENGTH:
        raise DataError(f"'{path}' has {len(text)} letters; expected {20 * LENGTH} or more. Get the file again.")
    number = np.zeros(128, np.uint8)
    number[[ord(letter) for letter in LETTERS]] = np.arange(len(LETTERS))
    numbers = number[np.frombuffer(text.encode(), np.uint8)]
    train, test = np.split(numbers, [len(numbers) * 9 // 10])
    scaling = ("rescale", 1 / (len(LETTERS) - 1))
    return Arrays("", *_windows(train), *_windows(test), len(LETTERS), scaling, "")


def _windows(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return rows of 40 letters (rows, 40), and the letter after each (rows,)."""
    rows = np.lib.stride_tricks.sliding_window_view(numbers, LENGTH + 1)[::STEP]
    return np.ascontiguousarray(rows[:, :-1]), rows[:, -1].astype(np.int32)


def sample(folder: Path, rng: np.random.Generator) -> None:
    """Write made-up verses."""
    folder.mkdir(parents=True, exist_ok=True)
    words = rng.choice(["the", "king", "and", "his", "crown", "sleeps"], (60, 6))
    (folder / FILE).write_text("".join(" ".join(line).capitalize() + ".\n" for line in words), newline="\n")


ENTRY = Entry(
    name="shakespeare",
    title="plays: which letter comes next",
    rows_train=125_477,
    rows_test=13_938,
    licence="public domain",
    source_url="https://github.com/karpathy/char-rnn",
    read=read,
    schema=SCHEMA,
    sample=sample,
    folder="text",
    files=(RemoteFile(FILE, 1115394, "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed", "input.txt"),),
    mirrors=("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",),
)
