"""The vocabulary of a text column, by one Spark job; and the column's words as numbers.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import collections
import warnings
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F
import pyspark.sql.types as T

from sparkeras.engine.columns.texts import FIRST, Vocabulary, words_of
from sparkeras.errors import InvalidColumnError, InvalidModelError
from sparkeras.spark import tasks
from sparkeras.spark.names import by_number, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def build(dataset: DataFrame, column: str, size: int, whole: bool = False) -> Vocabulary:
    """Return the Vocabulary of the most frequent words of a column.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    size : int
        Ids of the model's Embedding, those of padding and of unknown words included.
    whole : bool
        Whether each text is one category. With more categories than the Embedding has rows, a warning says so.

    Raises
    ------
    InvalidColumnError, InvalidModelError
        If the column holds no word, or the Embedding has no row for one.
    """
    noun = "text" if whole else "word"
    if size <= FIRST:
        raise InvalidModelError(
            f"The Embedding on column {column!r} has {size} rows, and the first {FIRST} are for padding and unknown "
            f"{noun}s. Give it one more for each {noun} that it is to know."
        )
    texts = dataset.select(F.col(quoted(column)).alias("word"))
    if whole:
        counted = texts.dropna().groupBy("word").agg(F.count(F.lit(1)).alias("count"))
    else:
        run = tasks.portable("sparkeras.engine.columns.vocabulary", "count_words", b"")
        counted = texts.mapInArrow(run, "word string, count long").groupBy("word").agg(F.sum("count").alias("count"))
    words = [row.word for row in counted.orderBy(F.desc("count"), "word").limit(size - FIRST + 1).collect()]
    if not words:
        raise InvalidColumnError(f"Column {column!r} holds no {noun} to learn from. Check the DataFrame's filters.")
    if whole and len(words) > size - FIRST:
        warnings.warn(
            f"Column {column!r} holds more than {size - FIRST} different texts, which are all that an Embedding of "
            f"{size} rows tells apart: the rarer ones count as unknown. Give it {FIRST} rows more than there are "
            "texts.",
            stacklevel=2,
        )
    return Vocabulary(tuple(words[: size - FIRST]), whole)


def number(dataset: DataFrame, column: str, vocabulary: Vocabulary, length: int) -> DataFrame:
    """Return a DataFrame with the ids of the words in place of a text column: an array of ``length`` whole numbers.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    vocabulary : Vocabulary
    length : int
        Words of each text that count. Nulls stay null.
    """
    position = dataset.columns.index(column)
    numbered = by_number(dataset)
    schema = T.StructType()
    for i, field in enumerate(numbered.schema):
        schema.add(str(i), T.ArrayType(T.IntegerType()) if i == position else field.dataType)
    run = tasks.portable(
        "sparkeras.engine.columns.vocabulary", "number_words", (position, vocabulary.words, vocabulary.whole, length)
    )
    return numbered.mapInArrow(run, schema).toDF(*dataset.columns)


def usual_length(dataset: DataFrame, column: str, most: int = 256) -> int:
    """Return the 95th percentile of a column's words per text, from 1 to ``most``."""
    words = F.size(F.split(F.trim(F.col(quoted(column))), r"\s+"))
    row = dataset.select(F.percentile_approx(words, 0.95)).first()
    return max(1, min(most, (row and row[0]) or 1))


def number_words(
    payload: tuple[int, tuple[str, ...], bool, int], batches: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Yield batches with the ids of the words in place of one column's texts."""
    position, words, whole, length = payload
    vocabulary = Vocabulary(words, whole)
    for batch in batches:
        ids, bad = vocabulary.ids(batch.column(position), length)
        offsets = pa.array(np.arange(len(ids) + 1, dtype=np.int32) * length)
        lists = pa.ListArray.from_arrays(offsets, pa.array(ids.ravel()), mask=pa.array(bad))
        arrays = [lists if i == position else batch.column(i) for i in range(batch.num_columns)]
        yield pa.RecordBatch.from_arrays(arrays, batch.schema.names)


def count_words(_: bytes, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each word of a partition once, with its count."""
    counts: collections.Counter[str] = collections.Counter()
    for batch in batches:
        for text in batch.column(0).to_pylist():
            counts.update(words_of(text or ""))
    words, numbers = list(counts), list(counts.values())
    yield pa.RecordBatch.from_arrays([pa.array(words, pa.string()), pa.array(numbers, pa.int64())], ["word", "count"])
