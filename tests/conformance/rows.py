"""The 41 rows that every case trains on, by kind: no multiple of 2 or 3, so that ranks hold different numbers."""

import numpy as np

ROWS = 41


def rows_of(kind):
    """Return an array (41, ...) of a kind: the same at each call."""
    # A kind's name is its seed, so that inputs and labels are not the same numbers.
    return _MAKERS[kind](np.random.default_rng(list(kind.encode())))


def _normal(*shape):
    return lambda random: random.normal(size=(ROWS, *shape)).astype(np.float32)


def _uniform(*shape, low=0.0, high=1.0):
    return lambda random: random.uniform(low, high, size=(ROWS, *shape)).astype(np.float32)


def _whole(*shape, low=0, high=3):
    return lambda random: random.integers(low, high, size=(ROWS, *shape)).astype(np.int32)


def _hot(*shape):
    return lambda random: np.eye(3, dtype=np.float32)[random.integers(0, 3, size=(ROWS, *shape))]


def _sentences(random):
    """Word numbers 1 to 10; each sentence ends after 2 to 7 words, and zeros fill it up."""
    words = random.integers(1, 11, size=(ROWS, 7))
    lengths = random.integers(2, 8, size=(ROWS, 1))
    return (words * (np.arange(7) < lengths)).astype(np.int32)


def _padded_series(random):
    """Series of 4 numbers per step, of 2 to 7 steps, filled up with zeros."""
    series = random.normal(size=(ROWS, 7, 4))
    lengths = random.integers(2, 8, size=(ROWS, 1, 1))
    return (series * (np.arange(7)[:, None] < lengths)).astype(np.float32)


def _tags_with_padding(random):
    """A class per word, 0 to 2, with -1 where nothing is to be learnt."""
    return random.integers(-1, 3, size=(ROWS, 7)).astype(np.int32)


_MAKERS = {
    "row": _normal(6),
    "other row": _normal(6),
    "one": _normal(1),
    "unit": _uniform(6),
    "ids": _whole(1, high=8),
    "sentence": _sentences,
    "series": _normal(7, 4),
    "padded series": _padded_series,
    "image": _uniform(8, 8, 3),
    "gray": _uniform(8, 8, 1),
    "video": _normal(4, 6, 6, 2),
    "strip": _normal(4, 6, 2),
    "film": _normal(2, 3, 3, 3, 1),
    "sound": _normal(256),
    "long sound": _normal(256, 1),
    "mixed signs": lambda random: random.integers(-1, 2, size=(ROWS, 1)).astype(np.float32),
    "real": _normal(1),
    "other real": _normal(1),
    "plain number": _normal(),
    "three": _normal(3),
    "positive": _uniform(1, low=0.2, high=2.0),
    "positive three": _uniform(3, low=0.2, high=2.0),
    "class": _whole(),
    "class column": _whole(1),
    "hot": _hot(),
    "several": _whole(3, high=2),
    "binary": _whole(1, high=2),
    "sign": lambda random: random.choice(np.float32([-1, 1]), size=(ROWS, 1)),
    "steps": _normal(7, 2),
    "wide": _normal(21, 1),
    "seven": _normal(7, 1),
    "tags": _whole(7),
    "tags, some left out": _tags_with_padding,
    "hot tags": _hot(7),
    "mask": _whole(8, 8),
    "hot mask": _hot(8, 8),
    "picture": _uniform(8, 8, 1),
    "black or white": lambda random: random.integers(0, 2, size=(ROWS, 8, 8, 1)).astype(np.float32),
    "letters": _whole(3, low=1, high=4),
    "weight": _uniform(low=0.2, high=3.0),
}
