"""Predict the rows of a DataFrame: lazily, in Spark tasks, one Arrow batch after another.

Runs on: driver, Spark task, training process.
"""

import collections
import os
import pickle
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F
from pyspark.sql import DataFrame
from pyspark.sql.types import StructType, UserDefinedType

from sparkeras.engine import backends, columns
from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.outputs import Heads
from sparkeras.errors import InvalidColumnError
from sparkeras.spark import artifacts, session, tasks
from sparkeras.spark.names import quoted

if TYPE_CHECKING:
    import keras

BATCH_ROWS = 1024
_SMALLEST_BATCH = 32
_MODELS_KEPT = 3
_SCORED = "__sparkeras_scored"
# One Spark Python worker serves many tasks; building a model takes seconds, so it stays, found by its contents.
_models: "collections.OrderedDict[str, keras.Model]" = collections.OrderedDict()


@dataclass(frozen=True)
class ScoringJob:
    """One prediction, ready to leave the driver.

    Attributes
    ----------
    blueprint : bytes or artifact
        Of ``artifacts.ship``.
    fingerprint : str
        Of architecture, code and weights.
    fields : list of Field
        The model's inputs.
    names : list of str
        The columns that the fields need.
    columns : list of str
        All columns of the DataFrame.
    heads : Heads
        The columns to make.
    batch_rows : int
        Rows of one forward pass.
    backend : str
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else they are an error.
    """

    blueprint: Any
    fingerprint: str
    fields: list[Field]
    names: list[str]
    columns: list[str]
    heads: Heads
    batch_rows: int
    backend: str
    skip_invalid: bool


def score(
    dataset: DataFrame,
    packed: tuple[str, bytes],
    fields: list[Field],
    heads: Heads,
    batch_rows: int = BATCH_ROWS,
    backend: str | None = None,
    skip_invalid: bool = False,
) -> DataFrame:
    """Return ``dataset`` with one column per head, all its own columns kept.

    Parameters
    ----------
    dataset : DataFrame
    packed : (str, bytes)
        Fingerprint and blueprint, of ``blueprint.pack_once``.
    fields : list of Field
        The model's inputs.
    heads : Heads
        The columns to make.
    batch_rows : int
        Rows of one forward pass.
    backend : str or None
    skip_invalid : bool
        Whether rows with a null or NaN are left out; else they are an error.

    Raises
    ------
    InvalidColumnError
        If a column to make is there already.
    """
    session.require_running(dataset.sparkSession)
    _require_distinct(dataset)
    require_new(dataset, heads.names)
    names = columns.column_names(fields)
    fingerprint, blueprint = packed
    payload = pickle.dumps(
        ScoringJob(
            blueprint=artifacts.ship(dataset.sparkSession, blueprint, fingerprint),
            fingerprint=fingerprint,
            fields=fields,
            names=names,
            columns=dataset.columns,
            heads=heads,
            batch_rows=batch_rows,
            backend=backends.choose(backend),
            skip_invalid=skip_invalid,
        )
    )
    # Spark's columnar Arrow evaluation (seen in 4.3.0) fails on a table with a vector column, so that one goes by map.
    holds_vectors = any(isinstance(column.dataType, UserDefinedType) for column in dataset.schema)
    if hasattr(F, "arrow_udf") and not holds_vectors:
        return _by_udf(dataset, payload, names, heads, skip_invalid)
    return _by_map(dataset, payload, heads)


def require_new(dataset: DataFrame, names: Iterable[str]) -> None:
    """Raise InvalidColumnError for columns to make that exist already, or that share a name."""
    names = list(names)
    existing = {name.lower() for name in dataset.columns}  # as Spark compares
    for i, name in enumerate(names):
        if name.lower() in existing:
            raise InvalidColumnError(
                f"Column {name!r} is in the DataFrame already; give the prediction another name or drop that column."
            )
        if name.lower() in map(str.lower, names[:i]):
            raise InvalidColumnError(f"Two columns to make are called {name!r}. Give each a name of its own.")


def _require_distinct(dataset: DataFrame) -> None:
    counts = collections.Counter(map(str.lower, dataset.columns))
    twice = next((name for name in dataset.columns if counts[name.lower()] > 1), None)
    if twice is not None:
        raise InvalidColumnError(
            f"The DataFrame has {counts[twice.lower()]} columns {twice!r}; rename or drop all but one."
        )


def predict_arrays(payload: bytes, batches: Iterator[pa.Array | tuple[pa.Array, ...]]) -> Iterator[pa.StructArray]:
    """Yield one struct array of the heads' columns per item of ``batches``: an Arrow array, or a tuple of them.

    A row that is left out is null.
    """
    job: ScoringJob = pickle.loads(payload)
    model = _model(job)
    for arrays in batches:
        arrays = arrays if isinstance(arrays, tuple) else (arrays,)
        predictions, invalid = _predict(model, job, dict(zip(job.names, arrays, strict=True)))
        if invalid.any():
            indices = np.cumsum(~invalid) - 1
            predictions = predictions.take(pa.array(indices, mask=invalid))
        yield predictions


def predict_record_batches(payload: bytes, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield each record batch with the heads' columns appended."""
    job: ScoringJob = pickle.loads(payload)
    model = _model(job)
    for batch in batches:
        predictions, invalid = _predict(model, job, dict(zip(job.columns, batch.columns, strict=True)))
        if invalid.any():
            batch = batch.filter(pa.array(~invalid))
        names = [*job.columns, *job.heads.names]
        yield pa.RecordBatch.from_arrays([*batch.columns, *predictions.flatten()], names)


def _by_udf(dataset: DataFrame, payload: bytes, names: list[str], heads: Heads, skip_invalid: bool) -> DataFrame:
    """Spark 4.1+: only the model's columns pass through Python, the others stay in the JVM."""
    run = tasks.portable("sparkeras.engine.scoring", "predict_arrays", payload)
    item: Any = pa.Array if len(names) == 1 else tuple[pa.Array, ...]

    def task(batches):  # type: ignore[no-untyped-def]  # its annotations, which Spark reads, depend on the columns
        yield from run(batches)

    task.__annotations__ = {"batches": Iterator[item], "return": Iterator[pa.Array]}
    udf: Any = F.arrow_udf  # whose stubs know no struct
    scored = dataset.withColumn(_SCORED, udf(task, heads.spark_type())(*(F.col(quoted(name)) for name in names)))
    made = [heads.finish(name, F.col(f"{_SCORED}.{quoted(name)}")).alias(name) for name in heads.names]
    if skip_invalid:
        scored = scored.where(F.col(_SCORED).isNotNull())
    return scored.select(*(F.col(quoted(name)) for name in dataset.columns), *made)


def _by_map(dataset: DataFrame, payload: bytes, heads: Heads) -> DataFrame:
    """Before Spark 4.1, and for tables with vectors: every column passes through Python."""
    run = tasks.portable("sparkeras.engine.scoring", "predict_record_batches", payload)
    schema = StructType([*dataset.schema.fields, *heads.spark_type().fields])
    made = [heads.finish(name, F.col(quoted(name))).alias(name) for name in heads.names]
    own = (F.col(quoted(name)) for name in dataset.columns)
    return columns.by_number(dataset).mapInArrow(run, schema).select(*own, *made)


def _model(job: ScoringJob) -> "keras.Model":
    key = job.fingerprint
    if key not in _models:
        if "keras" not in sys.modules:
            # Spark runs one task per core, so each computes with one thread.
            os.environ.update(backends.environment(job.backend, threads=1))
            backends.load(job.backend, without=backends.WRAPPED)
        from sparkeras.engine.blueprint import open_blueprint

        _models[key] = open_blueprint(artifacts.opened(job.blueprint))
        while len(_models) > _MODELS_KEPT:
            _models.popitem(last=False)
    _models.move_to_end(key)
    return _models[key]


def _predict(model: "keras.Model", job: ScoringJob, arrays: dict[str, pa.Array]) -> tuple[pa.StructArray, np.ndarray]:
    """Return the heads' columns for the rows of Arrow columns, and a mask of the rows that are left out of them."""
    inputs, invalid = {}, np.zeros(len(next(iter(arrays.values()))), bool)
    for field in job.fields:
        inputs[field.name], bad = columns.decode(field, arrays)
        invalid |= bad
        if bad.any() and not job.skip_invalid and field.encoder:
            raise InvalidColumnError(field.encoder.explain(arrays))
        if bad.any() and not job.skip_invalid:
            raise columns.invalid_rows(f"{field.description()}: {int(bad.sum())} row(s) of one batch")
    if invalid.any():
        inputs = {name: array[~invalid] for name, array in inputs.items()}
    return job.heads.to_arrow(_outputs(model, job, inputs)), invalid


def _outputs(model: "keras.Model", job: ScoringJob, inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
    """Return the model's outputs: a list of arrays (rows, ...)."""
    from sparkeras.engine.blueprint import fixed_rows

    rows, at_once = len(next(iter(inputs.values()))), fixed_rows(model) or job.batch_rows
    pieces = []
    for first in range(0, rows, at_once):
        piece = {name: array[first : first + at_once] for name, array in inputs.items()}
        pieces.append(_forward(model, piece, at_once, bool(fixed_rows(model))))
    if not pieces:
        return [np.zeros((0, *(axis or 0 for axis in shape)), np.float32) for shape in job.heads.shapes]
    return [np.concatenate(parts) if len(parts) > 1 else parts[0] for parts in zip(*pieces, strict=True)]


def _forward(model: "keras.Model", inputs: dict[str, np.ndarray], batch_rows: int, fixed: bool) -> list[np.ndarray]:
    """Run one forward pass over rows padded to one of few sizes, or a fixed one: each new shape is compiled anew."""
    from sparkeras.engine.blueprint.forward import padded_forward

    rows = len(next(iter(inputs.values())))
    size = batch_rows if fixed else min(batch_rows, max(_SMALLEST_BATCH, 1 << (rows - 1).bit_length()))
    return [_whole_or_float(each) for each in padded_forward(model, columns.as_a_model_takes(inputs), rows, size)]


def _whole_or_float(array: np.ndarray) -> np.ndarray:
    """Return whole numbers and booleans as they are, and all kinds of floats as float32."""
    return array if array.dtype.kind in "biu" else array.astype(np.float32, copy=False)
