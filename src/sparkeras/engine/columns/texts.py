"""Columns of texts: words, or whole texts as categories, which a vocabulary numbers for an Embedding.

Runs on: driver, Spark task, training process.

Keras' own text layers need TensorFlow; this works with every backend, and the model's input is plain whole numbers.
"""

import functools
import re
import sys
import unicodedata
from dataclasses import dataclass, field

import numpy as np

# Ids: after a text's end, of words and categories that are not in the vocabulary, of the first of those that are.
PADDING, UNKNOWN, FIRST = 0, 1, 2


@dataclass(frozen=True)
class Vocabulary:
    """The words of a text column, the most frequent first; their ids begin with 2.

    Attributes
    ----------
    words : tuple of str
    whole : bool
        Whether each text is one category, as it stands, and not split into words.
    """

    words: tuple
    whole: bool = False

    def ids(self, column, length):
        """Return the ids of an Arrow column's texts, and which rows are null.

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


@dataclass(frozen=True)
class Texts:
    """What the texts in a DataFrame's columns mean to a model.

    Attributes
    ----------
    classes : tuple of str or None
        Of the label column: its classes in the order of their numbers.
    vocabularies : dict of str to Vocabulary
        Of feature columns, by column name.
    """

    classes: tuple | None = None
    vocabularies: dict = field(default_factory=dict)


@functools.cache
def _word():
    """Letters and digits with their marks (accents, vowel signs); an apostrophe inside belongs to the word."""
    marks = "".join(chr(n) for n in range(0x300, sys.maxunicode) if unicodedata.category(chr(n))[0] == "M")
    word = rf"\w[\w{marks}]*"
    return re.compile(f"{word}(?:'{word})*")


def words_of(text, most=None):
    """Return the words of a text in small letters, the first ``most`` of them."""
    plain = unicodedata.normalize("NFC", text.lower()).replace("’", "'").replace("_", " ")
    words = _word().findall(plain)
    return words if most is None else words[:most]
