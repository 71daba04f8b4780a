"""What the texts of a column look like: dates of a format, or words.

Runs on: driver, Spark task.
"""

from __future__ import annotations

import collections
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.engine.columns.texts import words_of
from sparkeras.features.summaries.dates import DateSummary
from sparkeras.features.times import FORMATS, as_times

_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}"
# Different texts of a batch whose words are counted: enough for the frequent ones. Of a column that so far holds mostly
# single words, a category, fewer.
_LOOKED_AT, _OF_CATEGORIES = 2_000, 100
_SINGLE = 1.5  # words of a text on average, below


@dataclass
class TextSummary:
    """Counts of the texts of a column that are not numbers.

    Attributes
    ----------
    most : int
        Words that are held.
    dates : dict of str to DateSummary
        Of the rows whose text is a date, by format.
    words : dict of str to int
        The texts that each word stands in, of those looked at.
    lengths : (257,) int64 array
        Texts looked at by their number of words, 256 and more in the last.
    """

    most: int = 40_000
    dates: dict[str, DateSummary] = field(default_factory=dict)
    words: collections.Counter[str] = field(default_factory=collections.Counter)
    lengths: np.ndarray = field(default_factory=lambda: np.zeros(257, np.int64))

    def add(self, values: pa.Array, counts: np.ndarray) -> None:
        """Take in the different texts of a batch that are not numbers, with the rows that have each."""
        self._add_dates(values, counts)
        self._add_words(values)

    def merge(self, other: TextSummary) -> None:
        """Take in what another has seen."""
        for name, dates in other.dates.items():
            self.dates.setdefault(name, DateSummary()).merge(dates)
        self.lengths += other.lengths
        self.words.update(other.words)
        self._drop()

    def mean_words(self) -> float:
        """Return the mean number of words of a text."""
        total = self.lengths.sum()
        return float((self.lengths * np.arange(257)).sum() / total) if total else 0.0

    def length(self, share: float) -> int:
        """Return the number of words that a share of the texts have at most."""
        total = np.cumsum(self.lengths)
        return max(1, int(np.searchsorted(total, share * total[-1]))) if total[-1] else 1

    def _add_dates(self, values: pa.Array, counts: np.ndarray) -> None:
        dated = pc.match_substring_regex(values, _DATE)
        values, counts = values.filter(dated), counts[dated.to_numpy(zero_copy_only=False)]
        for name in FORMATS if len(values) else ():
            micros, _, wrong = as_times(values, name)
            if not wrong.all():
                found = DateSummary(example=values[int(wrong.argmin())].as_py())
                found.add(np.repeat(micros[~wrong], counts[~wrong]))
                self.dates.setdefault(name, DateSummary()).merge(found)

    def _add_words(self, values: pa.Array) -> None:
        most = _OF_CATEGORIES if 0 < self.mean_words() < _SINGLE else _LOOKED_AT
        for text in values[:most].to_pylist():
            words = words_of(text)
            self.lengths[min(len(words), 256)] += 1
            self.words.update(set(words))
        self._drop()

    def _drop(self) -> None:
        if len(self.words) > 2 * self.most:
            self.words = collections.Counter(dict(self.words.most_common(self.most)))
