"""The summary of one column of a table, from its Arrow arrays.

Runs on: driver, Spark task.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkeras.features import hashing
from sparkeras.features.reading import as_numbers, texts
from sparkeras.features.summaries.dates import DateSummary
from sparkeras.features.summaries.moments import Moments
from sparkeras.features.summaries.quantiles import Quantiles
from sparkeras.features.summaries.sizes import Sizes
from sparkeras.features.summaries.texts import TextSummary
from sparkeras.features.summaries.values import Values
from sparkeras.features.summaries.vectors import VectorSummary
from sparkeras.features.times import as_times, is_time


@dataclass
class Summary:
    """One column's rows.

    Attributes
    ----------
    name : str
    sizes : Sizes
    rows, missing, infinite : int
        ``missing`` counts nulls, NaN and texts that say so ("NA").
    moments, quantiles :
        Of finite numbers.
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
    infinite: int = 0
    moments: Moments = field(default_factory=Moments)
    quantiles: Quantiles = field(init=False)
    dates: DateSummary = field(default_factory=DateSummary)
    values: Values = field(init=False)
    text: TextSummary = field(init=False)
    vector: VectorSummary = field(default_factory=VectorSummary)

    def __post_init__(self) -> None:
        self.quantiles = Quantiles(self.sizes.quantiles)
        self.values, self.text = Values(self.sizes.values), TextSummary(self.sizes.words)

    def add(self, column: pa.Array) -> None:
        """Take in the rows of a batch."""
        self.rows += len(column)
        kind = column.type
        if pa.types.is_binary(kind):
            self.missing += column.null_count
        elif pa.types.is_list(kind) or pa.types.is_struct(kind):
            self.missing += self.vector.add(column, self.name)
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
        self.infinite += other.infinite
        self.moments.merge(other.moments)
        self.quantiles.merge(other.quantiles)
        self.dates.merge(other.dates)
        self.values.merge(other.values)
        self.text.merge(other.text)
        self.vector.merge(other.vector)

    def _add_numbers(self, numbers: np.ndarray) -> None:
        finite = np.isfinite(numbers)
        self.infinite += int(len(numbers) - finite.sum())
        numbers = numbers[finite]
        self.moments.add(numbers)
        self.quantiles.add(numbers)
        values, counts = np.unique(numbers, return_counts=True)
        self._add_values(values, counts)

    def _add_values(self, values: np.ndarray, counts: np.ndarray) -> None:
        self.values.add(texts(pa.array(values)).to_pylist(), counts.tolist(), hashing.of_bits(values.view(np.uint64)))

    def _add_texts(self, column: pa.Array) -> None:
        column = texts(column)
        self.missing += column.null_count
        counted = pc.value_counts(column.drop_null())
        values, counts = counted.field(0), counted.field(1).to_numpy(zero_copy_only=False)
        if not len(values):
            return
        names = values.to_pylist()
        hashes = hashing.of_texts(names)
        self.values.add(names, counts.tolist(), hashes)
        self.text.add(values, counts)
        numbers, wrong = as_numbers(values)
        # A column of numbers that is read as texts: what is no number is counted in ``text``.
        self._add_repeated(numbers[~wrong], counts[~wrong])

    def _add_repeated(self, numbers: np.ndarray, counts: np.ndarray) -> None:
        numbers = np.repeat(numbers, counts)
        finite = numbers[np.isfinite(numbers)]
        self.moments.add(finite)
        self.quantiles.add(finite)
