"""Rows in from Parquet or CSV, predictions out to Parquet or CSV; nothing half-written.

Runs on: driver. Imports: Keras' door through ``model``; ``columns``, ``errors``.
"""

import math
import os
import shutil
from pathlib import Path

import pyspark.sql.functions as F
from pyspark.ml.functions import vector_to_array

from sparkeras import blueprint, columns
from sparkeras.errors import DataError, InvalidColumnError
from sparkeras.model import KerasClassificationModel, KerasRegressionModel
from sparkeras.spark_errors import reason
from sparkeras.spark_names import quoted

_TABLE_COLUMNS = ("label", "prediction", "probability")


def read(spark, path, model):
    """Return the rows of a Parquet or CSV file with a column ``features`` that fits the model.

    Where there is none, all numeric columns but label and prediction are the features, in their order.

    Raises
    ------
    DataError
        If the file is missing or unreadable.
    InvalidColumnError
        If its columns are not as many as the model takes numbers.
    """
    try:
        if path.endswith((".csv", ".csv.gz")):
            rows = spark.read.csv(path, header=True, inferSchema=True)
            if all(_is_number(name) for name in rows.columns):  # a row, not names
                rows = spark.read.csv(path, inferSchema=True)
        else:
            rows = spark.read.parquet(path)
    except Exception as error:  # classic and Connect raise different kinds
        kind = "CSV" if ".csv" in path else "Parquet"
        raise DataError(f"{path!r} cannot be read as {kind}: {reason(error)}.") from error
    if "features" in rows.columns:
        return rows
    numeric = [f.name for f in rows.schema if columns.is_number(f.dataType) and f.name not in _TABLE_COLUMNS]
    (wanted,) = blueprint.signature(model)["inputs"].values()
    if len(numeric) != math.prod(wanted["shape"]):
        raise InvalidColumnError(
            f"{path!r} has {len(numeric)} numeric columns (label, prediction and probability aside); the model takes "
            f"{math.prod(wanted['shape'])} numbers per row."
        )
    return rows.withColumn("features", F.array(*(F.col(quoted(name)).cast("double") for name in numeric)))


def _is_number(name):
    try:
        float(name)
    except ValueError:
        return False
    return True


def write(model, task, rows, output, overwrite):
    """Write ``rows`` with predictions to ``output``, a ``.csv`` file or a Parquet folder; return their number."""
    # A prediction of an earlier run would be in the way.
    rows = rows.drop("prediction", "probability", "rawPrediction")
    kind = KerasClassificationModel if task == "classification" else KerasRegressionModel
    scored = kind(model).transform(rows)
    if task == "classification":
        probability = vector_to_array("probability")
        scored = scored.drop("rawPrediction").withColumn("prediction", F.col("prediction").cast("int"))
        # One CSV cell holds one number: the probability of the class that was said.
        scored = scored.withColumn("probability", F.array_max(probability) if _is_csv(output) else probability)
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


def _is_csv(path):
    return path.endswith(".csv")


def _write_csv(scored, output):
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
