"""Texts: the ids of their words, of one length.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkeras.engine.columns.texts import FIRST, PADDING, UNKNOWN, Vocabulary
from sparkeras.errors import InvalidColumnError
from sparkeras.features.kinds.encoded import BecomesIds, Encoded, Ids
from sparkeras.features.reading import texts
from sparkeras.features.summaries import Summary


@dataclass(frozen=True)
class Text:
    """A text of several words.

    Parameters
    ----------
    most : int
        Words with an id of their own, the most frequent ones; one must stand in two texts at least.
    length : int, optional
        Words that count, from the start; by default as many as 95 % of the texts have at most.
    """

    most: int = 10_000
    length: int | None = None
    name = "text"

    def settings(self) -> dict[str, Any]:
        """Return the settings as plain values."""
        return asdict(self)

    def learn(self, column: str, summary: Summary) -> LearnedText:
        """Return the column with its words.

        Raises
        ------
        InvalidColumnError
            If it holds no word.
        """
        counts = sorted(summary.text.words.items(), key=lambda item: (-item[1], item[0]))
        words = tuple(word for word, count in counts[: self.most] if count > 1) or tuple(dict(counts[: self.most]))
        if not words:
            raise InvalidColumnError(f"Column {column!r} holds no word. Leave it out, or take it as another kind.")
        return LearnedText(column, words, self.length or summary.text.length(0.95))


@dataclass(frozen=True)
class LearnedText(BecomesIds):
    """A column of texts.

    Attributes
    ----------
    column : str
    words : tuple of str
        The most frequent first.
    length : int
        Words of each text that count.
    """

    column: str
    words: tuple[str, ...]
    length: int
    kind = "text"

    @property
    def sources(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (self.column,)

    @property
    def ids(self) -> tuple[Ids, ...]:
        """The ids of each word of a row."""
        size = len(self.words) + FIRST
        return tuple(Ids(f"{self.column} word {place}", size) for place in range(1, self.length + 1))

    def encode(self, columns: Mapping[str, pa.Array]) -> Encoded:
        """Return (rows, length) int32 ids: 0 after the end of a text, which is all of one that is missing."""
        column = texts(columns[self.column])
        ids, _ = Vocabulary(self.words).ids(column.fill_null(""), self.length)
        ids[ids[:, 0] == PADDING, 0] = (
            UNKNOWN  # a text without a word: Keras' layers divide by the words that there are
        )
        return Encoded(ids, np.zeros(len(ids), bool))

    def learned(self) -> str:
        """Say in a few words what was learned."""
        return f"{len(self.words):,} words"

    def becomes(self) -> str:
        """Say in a few words what it becomes."""
        return f"{self.length} ids of words"
