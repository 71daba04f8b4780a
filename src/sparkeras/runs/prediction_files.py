"""Rows in from Parquet, CSV or images, predictions out to Parquet or CSV; nothing half-written.

Runs on: driver.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F
from pyspark.ml.functions import vector_to_array

from sparkeras import datasets
from sparkeras.engine import blueprint, columns
from sparkeras.errors import DataError, InvalidColumnError
from sparkeras.model import KerasClassificationModel, KerasRegressionModel
from sparkeras.runs import broken_images, text_rows
from sparkeras.spark.error_messages import reason
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    import keras
    from pyspark.sql import DataFrame, SparkSession

    from sparkeras.features import Features

_TABLE_COLUMNS = ("label", "prediction", "probability")


def read(
    spark: SparkSession,
    path: str,
    model: keras.Model,
    words: text_rows.Words | None = None,
    data: Mapping[str, Any] | None = None,
    label: str | None = None,
) -> DataFrame:
    """Return the rows of a Parquet or CSV file, or of images, with a column ``features`` that fits the model.

    Where there is none, the columns that the model was trained with are the features, by their names; where not one
    of these is there, all numeric columns but label and prediction, in their order; for a model of texts, which has
    ``words``, the only column of texts. ``data`` is the entry of the run's summary, ``label`` the name of its label
    column.

    Raises
    ------
    DataError
        If the file is missing or unreadable.
    InvalidColumnError
        If its columns are not as many as the model takes numbers.
    """
    images = datasets.image_rows(spark, path)
    if images is not None:
        return images
    rows = _table(spark, path, {"multiLine": True, "escape": '"'} if words else {})
    if words:
        return words.numbered(_with_texts(rows, path, label))
    if "features" in rows.columns:
        return rows
    known = (data or {}).get("feature_names") or []
    numeric = [f.name for f in rows.schema if columns.is_number(f.dataType) and f.name not in (*_TABLE_COLUMNS, label)]
    missing = [name for name in known if name not in rows.columns]
    if known and not missing:
        numeric = known
    elif len(missing) < len(known):
        raise InvalidColumnError(f"{path!r} has no column {missing[0]!r}, which the model was trained with.")
    (expected,) = (blueprint.signature(model)["inputs"] or {}).values()
    numbers = math.prod(axis or 1 for axis in expected["shape"] or ())
    if len(numeric) != numbers:
        raise InvalidColumnError(
            f"{path!r} has {len(numeric)} numeric columns (label, prediction and probability aside); the model takes "
            f"{numbers} numbers per row."
        )
    return rows.withColumn("features", F.array(*(F.col(quoted(name)).cast("double") for name in numeric)))


def _table(spark: SparkSession, path: str, settings: Mapping[str, Any]) -> DataFrame:
    try:
        if not path.endswith((".csv", ".csv.gz")):
            return spark.read.parquet(path)
        rows = spark.read.csv(path, header=True, inferSchema=True, **settings)
        named = not all(_is_number(name) for name in rows.columns)  # else they are a row
        return rows if named else spark.read.csv(path, inferSchema=True, **settings)
    except Exception as error:  # classic and Connect raise different kinds
        kind = "CSV" if ".csv" in path else "Parquet"
        raise DataError(f"{path!r} cannot be read as {kind}: {reason(error)}.") from error


def _with_texts(rows: DataFrame, path: str, label: str | None) -> DataFrame:
    """Return rows with the texts in ``features``, and still there under the name that they had, or ``text``."""
    if text_rows.holds_texts(rows):
        return rows.withColumn("text", F.col("features"))
    texts = [f.name for f in rows.schema if f.dataType.typeName() == "string" and f.name not in ("label", label)]
    if len(texts) != 1:
        problem = f"has {len(texts)} columns of texts ({', '.join(texts)})" if texts else "has no column of texts"
        raise InvalidColumnError(f"{path!r} {problem}; the model reads one. Leave one, or call it features.")
    return rows.withColumn("features", F.col(quoted(texts[0])))


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def write(
    model: keras.Model,
    data: Mapping[str, Any],
    rows: DataFrame,
    output: str,
    overwrite: bool,
    spec: Features | None = None,
) -> int:
    """Write ``rows`` with predictions to ``output``, a ``.csv`` file or a Parquet folder; return their number.

    ``data`` is the entry of the run's summary: the task and the names of the classes; ``spec`` is of a table's columns.
    """
    task, names = data["task"], data.get("class_names") or ()
    # A prediction of an earlier run would be in the way.
    rows = rows.drop("prediction", "probability", "rawPrediction")
    kind = KerasClassificationModel if task == "classification" else KerasRegressionModel
    scored = kind(model, features=spec).transform(rows)
    if task == "classification":
        probability = vector_to_array(F.col("probability"))
        scored = scored.drop("rawPrediction").withColumn("prediction", F.col("prediction").cast("int"))
        # One CSV cell holds one number: the probability of the predicted class.
        scored = scored.withColumn("probability", F.array_max(probability) if _is_csv(output) else probability)
    if task == "classification" and list(names) != [str(number) for number in range(len(names))]:
        scored = scored.withColumn("class", F.array(*map(F.lit, names))[F.col("prediction")])
    if broken_images.holds_images(scored):  # their paths are here
        scored = scored.drop("features")
    if _is_csv(output):
        return _write_csv(scored, output)
    if "://" in output:
        scored.write.mode("overwrite" if overwrite else "error").parquet(output)
        return scored.sparkSession.read.parquet(output).count()
    partial = f"{output.rstrip('/')}.partial"
    try:
        scored.write.mode("overwrite").parquet(partial)
        count = scored.sparkSession.read.parquet(partial).count()
        shutil.rmtree(output, ignore_errors=True)
        os.replace(partial, output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return count


def _is_csv(path: str) -> bool:
    return path.endswith(".csv")


def _write_csv(scored: DataFrame, output: str) -> int:
    import pyarrow.csv

    lists = [f.name for f in scored.schema if f.dataType.typeName() == "array"]
    table = scored.drop(*lists).toArrow()
    partial = f"{output}.partial"
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    try:
        pyarrow.csv.write_csv(table, partial)
        os.replace(partial, output)
    finally:
        Path(partial).unlink(missing_ok=True)
    return table.num_rows
