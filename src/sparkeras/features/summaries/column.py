"""The summary of one column of a table, from its Arrow arrays.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.features.reading import as_numbers, texts
from sparkeras.features.summaries.dates import DateSummary
from sparkeras.features.summaries.numbers import Numbers
from sparkeras.features.summaries.quantiles import Quantiles
from sparkeras.features.summaries.sizes import Sizes
from sparkeras.features.summaries.texts import TextSummary
from sparkeras.features.summaries.values import Values
from sparkeras.features.summaries.vectors import VectorSummary, is_vector
from sparkeras.features.times import as_times, is_time
from sparkeras.files.written_numbers import COMMA, POINT, UNITS, units_of


@dataclass
class Summary:
    """One column's rows.

    Attributes
    ----------
    name : str
    sizes : Sizes
    rows, missing : int
        ``missing`` counts nulls, NaN and texts that say so ("NA").
    numbers : dict of str to Numbers
        Of numbers, as POINT; of texts by the style in which each may be meant.
    dates : DateSummary
        Of Spark's own dates and timestamps.
    values : Values
        As texts: of texts and booleans, and of numbers while there are few different ones.
    text : TextSummary
        Of a column of texts.
    vector : VectorSummary
        Of a column of arrays or vectors.
    """

    name: str
    sizes: Sizes
    rows: int = 0
    missing: int = 0
    numbers: dict[str, Numbers] = field(init=False)
    dates: DateSummary = field(default_factory=DateSummary)
    values: Values = field(init=False)
    text: TextSummary = field(init=False)
    vector: VectorSummary = field(default_factory=VectorSummary)

    def __post_init__(self) -> None:
        self.numbers = {style: Numbers(Quantiles(self.sizes.quantiles)) for style in (POINT, COMMA)}
        self.values, self.text = Values(self.sizes.values), TextSummary(self.sizes.words)

    def add(self, column: pa.Array) -> None:
        """Take in the rows of a batch."""
        self.rows += len(column)
        kind = column.type
        if is_vector(kind):
            self.missing += self.vector.add(column, self.name)
        elif pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_duration(kind):
            self.missing += column.null_count
        elif is_time(kind):
            micros, missing, _ = as_times(column, None)
            self.missing += int(missing.sum())
            self.dates.add(micros[~missing])
            values, counts = np.unique(micros[~missing], return_counts=True)
            self._add_values(values, counts)
        elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
            self._add_texts(column)
        else:
            numbers, _ = as_numbers(column)
            missing = np.isnan(numbers)
            self.missing += int(missing.sum())
            self._add_numbers(numbers[~missing])

    def merge(self, other: Summary) -> None:
        """Take in what another has seen."""
        self.rows += other.rows
        self.missing += other.missing
        for style, numbers in self.numbers.items():
            numbers.merge(other.numbers[style])
        self.dates.merge(other.dates)
        self.values.merge(other.values)
        self.text.merge(other.text)
        self.vector.merge(other.vector)

    def _add_numbers(self, numbers: np.ndarray) -> None:
        self.numbers[POINT].add(numbers)
        values, counts = np.unique(numbers[np.isfinite(numbers)], return_counts=True)
        self._add_values(values, counts)

    def _add_values(self, values: np.ndarray, counts: np.ndarray) -> None:
        self.values.add(texts(pa.array(values)).to_pylist(), counts.tolist())

    def _add_texts(self, column: pa.Array) -> None:
        column = texts(column)
        self.missing += column.null_count
        counted = pc.value_counts(column.drop_null())
        values, counts = counted.field(0), counted.field(1).to_numpy(zero_copy_only=False)
        if not len(values):
            return
        names = values.to_pylist()
        self.values.add(names, counts.tolist())
        for style, held in self.numbers.items():
            numbers, wrong = as_numbers(values, style, UNITS)
            held.add(np.repeat(numbers[~wrong], counts[~wrong]))
            held.units |= units_of(values.filter(pa.array(~wrong)))
            held.odd = held.odd or (names[int(wrong.argmax())] if wrong.any() else "")
            if style == POINT and wrong.any():
                self.text.add(values.filter(pa.array(wrong)), counts[wrong])
