"""Decide how a training runs: its workers, threads, columns, and the limits of its labels. No Spark job is started.

Runs on: driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from sparkeras.engine import backends, blueprint, columns
from sparkeras.engine.blueprint.label_rules import class_counts, label_limits, label_shapes
from sparkeras.engine.blueprint.labels import (
    require_a_class_per_row,
    require_class_numbers,
    require_known_classes,
    require_labels,
    require_wide_labels,
)
from sparkeras.engine.blueprint.targets import Target, idle_outputs, targets_of
from sparkeras.engine.columns.field import Field
from sparkeras.engine.columns.label_limits import Limits, ids_below
from sparkeras.engine.columns.texts import Texts
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight.requirements import (
    grace_seconds,
    require_batch_size,
    require_known_reductions,
    require_not_streaming,
    several_workers,
)
from sparkeras.engine.spark_job.checkpoint_places import checked_place
from sparkeras.errors import InvalidParamError
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType


@dataclass(frozen=True)
class Plan:
    """How one training or evaluation runs.

    Attributes
    ----------
    backend : str
    workers : int
        Training processes, also where ``num_workers="auto"`` was given.
    threads : int
        Of each worker.
    fields : list of Field
        The columns of inputs, labels, weights and validation marks.
    limits : dict of str to Limits
        What the values of a field may be, by field key.
    checkpoint_dir : str or None
        Absolute path or URI.
    """

    backend: str
    workers: int
    threads: int
    fields: list[Field]
    limits: dict[str, Limits]
    checkpoint_dir: str | None = None


def plan(
    dataset: DataFrame,
    model: keras.Model,
    settings: Settings,
    mode: str = "fit",
    limits: Limits | None = None,
    texts: Texts | None = None,
) -> Plan:
    """Return the Plan of a training (``mode="fit"``) or an evaluation (``"evaluate"``).

    Parameters
    ----------
    dataset : DataFrame
    model : keras.Model
    settings : Settings
    mode : str
    limits : Limits or None
        The limits of the labels, where the caller knows them; else the losses give them.
    texts : Texts or None
        The numbers of texts in label and feature columns.

    Raises
    ------
    SparkerasError
        For a model, session, setting or column that cannot work.
    """
    spark = dataset.sparkSession
    blueprint.require_compiled(model)
    session.require_running(spark)
    require_not_streaming(dataset)
    workers = number_of_workers(spark, settings) if mode == "fit" else 1
    for finding in several_workers(spark, settings, workers):
        finding.require()
    require_known_reductions(model, workers)
    require_batch_size(model, settings.batch_size, workers)
    fields = fields_of(dataset.schema, model, settings, texts)
    known = {field.key: limits for field in fields if field.role == "label"} if limits else {}
    folder = settings.checkpoint_dir if mode == "fit" else None
    return Plan(
        backend=backends.choose(settings.backend),
        workers=workers,
        threads=threads_per_worker(spark, settings, workers),
        fields=fields,
        limits=limits_of(dataset.schema, model, fields) | known,
        checkpoint_dir=checked_place(folder, session.runs_here(spark)) if folder else None,
    )


def fields_of(schema: StructType, model: keras.Model, settings: Settings, texts: Texts | None = None) -> list[Field]:
    """Return the columns that the model is trained with, see ``columns.plan``, which takes ``texts`` too.

    Raises
    ------
    InvalidColumnError, InvalidModelError
        If the columns do not fit the model or its losses.
    """
    signature = blueprint.signature(model)
    fields = columns.plan(
        schema,
        signature,
        settings.features,
        settings.label,
        settings.weight,
        settings.validation_column,
        idle=idle_outputs(model),
        texts=texts or Texts(),
    )
    labels = [each for each in fields if each.role == "label"]
    if settings.class_weight and len(labels) != 1:
        raise InvalidParamError(f"Class weights are for a model with one output; this one has {len(labels)}.")
    named = [name for name in settings.class_weight or () if isinstance(name, str)]
    if named:
        raise InvalidParamError(f"Class weights name {named[0]!r}, and the labels are numbers; weight class numbers.")
    if not labels:
        require_labels(model)
    targets = _targets(schema, model, labels)
    require_class_numbers(targets)
    require_wide_labels(model, targets)
    shapes = label_shapes(model, targets)
    require_known_classes(settings.class_weight, class_counts(targets))
    require_a_class_per_row(settings.class_weight, targets, shapes)
    return columns.with_label_shapes(schema, fields, shapes)


def limits_of(schema: StructType, model: keras.Model, fields: list[Field]) -> dict[str, Limits]:
    """Return ``{field key: Limits}``, what the model's losses want of labels, and its Embeddings of ids."""
    limits = label_limits(model, _targets(schema, model, [each for each in fields if each.role == "label"]))
    sizes = {each.key: blueprint.embedding_size(model, each.name) for each in fields if each.role == "input"}
    return limits | {key: ids_below(size) for key, size in sizes.items() if size}


def number_of_workers(spark: SparkSession, settings: Settings) -> int:
    """Return how many workers a training has: the number given; for ``"auto"`` one per executor where Spark tells.

    ``"auto"`` is 1 where only one worker can work (TensorFlow, ``shuffle=False``), where executors come and go, on a
    local master, and where Spark does not tell, as through Connect. Right after a session's start it waits for
    executors, for a minute at most.
    """
    if settings.num_workers != "auto":
        return settings.num_workers
    alone = backends.choose(settings.backend) == "tensorflow" or not settings.shuffle
    if alone or session.allocates_dynamically(spark):
        return 1
    return session.wait_for_executors(spark, grace_seconds(settings)) or 1


def threads_per_worker(spark: SparkSession, settings: Settings, workers: int, side_by_side: int = 1) -> int:
    """Return the threads of each worker of each of the trainings that run side by side.

    The number given; else a share of a local master's cores, or all that Spark grants a task elsewhere.
    """
    cores = session.task_cores(spark) or 1
    share = max(1, cores // (workers * side_by_side)) if session.is_local(spark) else cores
    return settings.threads_per_worker or share


def _targets(schema: StructType, model: keras.Model, labels: list[Field]) -> list[Target]:
    return targets_of(model, [each.key for each in labels], [_is_number(schema, each) for each in labels])


def _is_number(schema: StructType, field: Field) -> bool:
    """Tell whether a field is one number per row."""
    if field.classes or field.encoder:
        return True
    return len(field.columns) == 1 and columns.is_number(schema[field.columns[0]].dataType)
