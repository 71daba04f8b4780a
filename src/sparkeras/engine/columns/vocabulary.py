"""The vocabulary of a text column, by one Spark job; and the column with numbers in place of words.

Runs on: driver, Spark task, training process.
"""

import collections
import warnings

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F
import pyspark.sql.types as T

from sparkeras.engine.columns import by_number
from sparkeras.engine.columns.texts import FIRST, Vocabulary, words_of
from sparkeras.errors import InvalidColumnError, InvalidModelError
from sparkeras.spark import tasks
from sparkeras.spark.names import quoted


def build(dataset, column, size, whole=False):
    """Return the Vocabulary of the most frequent words of a column.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    size : int
        Ids that the model's Embedding has, those of padding and of unknown words included.
    whole : bool
        Whether each text is one category, as it stands. A warning says so where the Embedding has no room for all.

    Raises
    ------
    InvalidColumnError, InvalidModelError
        If the column holds no word, or the Embedding has no room for one.
    """
    what = "text" if whole else "word"
    if size <= FIRST:
        raise InvalidModelError(
            f"The Embedding on column {column!r} has {size} rows, and the first {FIRST} are for padding and unknown "
            f"{what}s. Give it one more for each {what} that it is to know."
        )
    texts = dataset.select(F.col(quoted(column)).alias("word"))
    if whole:
        counted = texts.dropna().groupBy("word").agg(F.count(F.lit(1)).alias("count"))
    else:
        run = tasks.portable("sparkeras.engine.columns.vocabulary", "count_words", b"")
        counted = texts.mapInArrow(run, "word string, count long").groupBy("word").agg(F.sum("count").alias("count"))
    found = [row.word for row in counted.orderBy(F.desc("count"), "word").limit(size - FIRST + 1).collect()]
    if not found:
        raise InvalidColumnError(f"Column {column!r} holds no {what} to learn from. Check the DataFrame's filters.")
    if whole and len(found) > size - FIRST:
        warnings.warn(
            f"Column {column!r} holds more than {size - FIRST} different texts, which are all that an Embedding of "
            f"{size} rows tells apart: the rarer ones count as unknown. Give it {FIRST} rows more than there are "
            "texts.",
            stacklevel=2,
        )
    return Vocabulary(tuple(found[: size - FIRST]), whole)


def number(dataset, column, vocabulary, length):
    """Return a DataFrame whose text column holds the ids of its words instead: an array of ``length`` whole numbers.

    Parameters
    ----------
    dataset : DataFrame
    column : str
    vocabulary : Vocabulary
    length : int
        Words of each text that count. Nulls stay null.
    """
    place = dataset.columns.index(column)
    plain = by_number(dataset)
    kinds = [T.ArrayType(T.IntegerType()) if i == place else field.dataType for i, field in enumerate(plain.schema)]
    schema = T.StructType([T.StructField(str(i), kind) for i, kind in enumerate(kinds)])
    run = tasks.portable(
        "sparkeras.engine.columns.vocabulary", "number_words", (place, vocabulary.words, vocabulary.whole, length)
    )
    return plain.mapInArrow(run, schema).toDF(*dataset.columns)


def usual_length(dataset, column, most=256):
    """Return the words of a text that is longer than 95 % of a column's, up to ``most``; at least 1."""
    words = F.size(F.split(F.trim(F.col(quoted(column))), r"\s+"))
    found = dataset.select(F.percentile_approx(words, 0.95)).first()[0]
    return max(1, min(most, found or 1))


def number_words(payload, batches):
    """Yield batches whose texts in one column are the ids of their words."""
    place, words, whole, length = payload
    vocabulary = Vocabulary(words, whole)
    for batch in batches:
        ids, bad = vocabulary.ids(batch.column(place), length)
        offsets = pa.array(np.arange(len(ids) + 1, dtype=np.int32) * length)
        lists = pa.ListArray.from_arrays(offsets, pa.array(ids.ravel()), mask=pa.array(bad))
        arrays = [lists if i == place else batch.column(i) for i in range(batch.num_columns)]
        yield pa.RecordBatch.from_arrays(arrays, batch.schema.names)


def count_words(_, batches):
    """Yield each word of a partition once, with its count."""
    counts: collections.Counter = collections.Counter()
    for batch in batches:
        for text in batch.column(0).to_pylist():
            counts.update(words_of(text or ""))
    words, numbers = list(counts), list(counts.values())
    yield pa.RecordBatch.from_arrays([pa.array(words, pa.string()), pa.array(numbers, pa.int64())], ["word", "count"])
