"""A table with its columns as they are, split into training and test rows; ``sparkeras.features`` learns the columns.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from sparkeras.datasets import files, raw_csv, registry
from sparkeras.datasets.contract import TableParts
from sparkeras.datasets.parquet import address, readable
from sparkeras.datasets.sessions import session_of
from sparkeras.datasets.splits import split_table
from sparkeras.datasets.tables import label_column
from sparkeras.datasets.text_labels import require_classes
from sparkeras.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkeras.datasets.sessions import Session

JSON_LINES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_SPLIT_STEPS, _TEST_STEPS = 1000, 200


@dataclass(frozen=True)
class RawTable:
    """A table.

    Attributes
    ----------
    name, source : str
    train, test : DataFrame
        With all columns.
    label : str
    task : str or None
        ``"classification"`` or ``"regression"``, where it is known.
    """

    name: str
    source: str
    train: DataFrame
    test: DataFrame
    label: str
    task: str | None = None

    def place_of(self, column: str, value: str) -> str | None:
        """Return the place of the first row in which a column holds a text; None where the table is not a CSV file."""
        path = Path(self.source).expanduser()
        path = path / "train.csv" if path.is_dir() else path
        is_csv = ".csv" in path.name or ".tsv" in path.name
        line = raw_csv.line_of(path, column, value) if is_csv and path.is_file() else None
        return None if line is None else f"line {line:,} of '{path}'"


def is_raw(text: str) -> bool:
    """Tell whether a name or path is a table whose columns are taken as they are: CSV, JSON lines or Parquet."""
    if text in registry.ENTRIES:
        return registry.ENTRIES[text].is_table
    return files.is_path(text) and "," not in text and (text.endswith(JSON_LINES) or files.is_table(text))


def open_table(text: str, spark: Session, label: str | None = None, seed: int = 0) -> RawTable:
    """Return the RawTable of a name or path: a CSV, JSON lines or Parquet file, or a folder with train and test.

    ``spark`` may be a function that gives the session.

    Raises
    ------
    DataError
        If the file cannot be read, or has no such label column.
    """
    named = registry.read_table(text, seed) if text in registry.ENTRIES else None
    if named:
        parts, name, source = named
        return _made(name, source, parts, spark)
    files.require(text)
    if files.parquet_paths(text) or text.endswith(JSON_LINES):
        return _by_spark(text, session_of(spark), label, seed)
    return _made(files.name_of(text), text, _csv_parts(text, label, seed), spark)


def rows_of_table(text: str, spark: SparkSession) -> DataFrame:
    """Return all rows of a CSV, JSON lines or Parquet file, or of a table by name, with its columns as they are.

    Raises
    ------
    DataError
        If the file cannot be read, or the name is of no table.
    """
    if text in registry.ENTRIES and not is_raw(text):
        raise DataError(f"{text!r} holds arrays, no table of columns: 'sparkeras data show {text}' tells of them.")
    if text in registry.ENTRIES:
        table = open_table(text, spark)
        return table.train.unionByName(table.test)
    files.require(text)
    if files.parquet_paths(text) or text.endswith(JSON_LINES):
        with readable(text):
            return (spark.read.json if text.endswith(JSON_LINES) else spark.read.parquet)(address(text))
    return _frame(spark, raw_csv.read_table(Path(text).expanduser()))


def _frame(spark: SparkSession, table: pa.Table) -> DataFrame:
    """Return a table as a DataFrame; its timestamps without a zone have none there either: they are as they stand."""
    from pyspark.sql.types import StructField, StructType, TimestampNTZType

    kinds = {field.name: field.type for field in table.schema}
    fields = spark.createDataFrame(table.slice(0, 0)).schema.fields
    bare = {name for name, kind in kinds.items() if pa.types.is_timestamp(kind) and kind.tz is None}
    schema = [StructField(each.name, TimestampNTZType()) if each.name in bare else each for each in fields]
    return spark.createDataFrame(table, StructType(schema) if bare else None)


def _made(name: str, source: str, parts: TableParts, spark: Session) -> RawTable:
    session = session_of(spark)
    train, test = (_frame(session, part) for part in (parts.train, parts.test))
    return RawTable(name, source, train, test, parts.label, parts.task)


def _csv_parts(text: str, label: str | None, seed: int) -> TableParts:
    path = Path(text).expanduser()
    given = [path / f"{part}.csv" for part in ("train", "test")]
    if path.is_dir():
        train, test = map(raw_csv.read_table, given)
        return TableParts(train, test, label_column(train.column_names, label, f"'{given[0]}'"))
    table = raw_csv.read_table(path)
    name = label_column(table.column_names, label, f"'{text}'")
    if pa.types.is_string(table[name].type):
        require_classes(set(table[name].drop_null().unique().to_pylist()), table.num_rows, f"'{text}', column {name!r}")
    return TableParts(*split_table(table, name, seed, f"'{text}'"), name)


def _by_spark(text: str, spark: SparkSession, label: str | None, seed: int) -> RawTable:
    """Return a table that Spark reads; it is split by a hash of each row, so equal rows stay together."""
    import pyspark.sql.functions as F

    paths = files.parquet_paths(text) or [text]
    read = spark.read.json if text.endswith(JSON_LINES) else spark.read.parquet
    frames = []
    for path in paths:
        with readable(path):
            frames.append(read(address(path)))
    name = label_column(frames[0].columns, label, f"'{text}'")
    if len(frames) == 1:
        columns = [F.col(f"`{column.replace('`', '``')}`") for column in frames[0].columns]
        step = F.pmod(F.xxhash64(*columns, F.lit(seed)), F.lit(_SPLIT_STEPS))
        frames = [frames[0].filter(step >= _TEST_STEPS), frames[0].filter(step < _TEST_STEPS)]
        if any(frame.isEmpty() for frame in frames):
            raise DataError(f"'{text}' has too few different rows to split into training and test.")
    return RawTable(files.name_of(text), text, frames[0], frames[1], name)
