"""The vocabulary of a text column, by one Spark job.

Runs on: driver (``build``) and workers (``count_words``). Imports: ``columns``, ``tasks``, ``errors``.
"""

import collections

import pyarrow as pa
import pyspark.sql.functions as F

from sparkeras import tasks
from sparkeras.columns.texts import FIRST, Vocabulary, words_of
from sparkeras.errors import InvalidColumnError, InvalidModelError
from sparkeras.spark_names import quoted


def build(dataset, column, size):
    """Return the Vocabulary of the most frequent words of a column.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    size : int
        Ids that the model's Embedding has, those of padding and of unknown words included.

    Raises
    ------
    InvalidColumnError, InvalidModelError
        If the column holds no word, or the Embedding has no room for one.
    """
    run = tasks.portable("sparkeras.vocabulary", "count_words", b"")
    counted = dataset.select(F.col(quoted(column)).alias("text")).mapInArrow(run, "word string, count long")
    totals = counted.groupBy("word").agg(F.sum("count").alias("count")).orderBy(F.desc("count"), "word")
    if size <= FIRST:
        raise InvalidModelError(
            f"The Embedding on column {column!r} has {size} rows, and the first {FIRST} are for padding and unknown "
            f"words. Give it one more for each word that it is to know."
        )
    words = tuple(row.word for row in totals.limit(size - FIRST).collect())
    if not words:
        raise InvalidColumnError(f"Column {column!r} holds no word to learn from. Check the DataFrame's filters.")
    return Vocabulary(words)


def count_words(_, batches):
    """Yield each word of a partition once, with its count."""
    counts: collections.Counter = collections.Counter()
    for batch in batches:
        for text in batch.column(0).to_pylist():
            counts.update(words_of(text or ""))
    words, numbers = list(counts), list(counts.values())
    yield pa.RecordBatch.from_arrays([pa.array(words, pa.string()), pa.array(numbers, pa.int64())], ["word", "count"])
