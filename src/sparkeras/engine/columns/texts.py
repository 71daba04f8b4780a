"""Text columns: words, or whole texts as categories, numbered by a vocabulary for an Embedding.

Runs on: driver, Spark task, training process.

Keras' own text layers need TensorFlow; this works with every backend, and the model's input is plain whole numbers.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

# Ids: padding after a text's end; words and categories outside the vocabulary; its first word.
PADDING, UNKNOWN, FIRST = 0, 1, 2


@dataclass(frozen=True)
class Vocabulary:
    """The words of a text column, the most frequent first; their ids begin with 2.

    Attributes
    ----------
    words : tuple of str
    whole : bool
        Whether each text is one category, not split into words.
    """

    words: tuple[str, ...]
    whole: bool = False

    def ids(self, column: pa.Array, length: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the ids of an Arrow column's texts, and a mask of the nulls.

        Parameters
        ----------
        column : pyarrow.Array
        length : int
            Words of each text that count; shorter texts are padded with 0 at their end.

        Returns
        -------
        array : (rows, length) int32 array
        bad : (rows,) bool array
        """
        known = {word: number for number, word in enumerate(self.words, FIRST)}
        array = np.full((len(column), length), PADDING, np.int32)
        bad = np.zeros(len(column), bool)
        for row, text in enumerate(column.to_pylist()):
            if text is None:
                bad[row] = True
                continue
            words = [text] if self.whole else words_of(text, length)
            ids = [known.get(word, UNKNOWN) for word in words]
            array[row, : len(ids)] = ids
        return array, bad


ClassName = str | float | bool


@dataclass(frozen=True)
class Texts:
    """The classes and vocabularies of a DataFrame's text columns.

    Attributes
    ----------
    classes : tuple or None
        Of the label column: its classes in the order of their numbers. Texts; where a column spec has learned the
        label, its values.
    vocabularies : dict of str to Vocabulary
        Of feature columns, by column name.
    """

    classes: tuple[ClassName, ...] | None = None
    vocabularies: dict[str, Vocabulary] = field(default_factory=dict)


@functools.cache
def _word() -> re.Pattern[str]:
    """Return the pattern of a word: letters and digits with their marks (accents, vowel signs), inner apostrophes."""
    marks = "".join(chr(n) for n in range(0x300, sys.maxunicode) if unicodedata.category(chr(n))[0] == "M")
    word = rf"\w[\w{marks}]*"
    return re.compile(f"{word}(?:'{word})*")


def words_of(text: str, most: int | None = None) -> list[str]:
    """Return the first ``most`` words of a text, in lower case."""
    plain = unicodedata.normalize("NFC", text.lower()).replace("’", "'").replace("_", " ")
    words = _word().findall(plain)
    return words if most is None else words[:most]
