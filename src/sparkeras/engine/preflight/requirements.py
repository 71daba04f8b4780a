"""What a training needs before its first Spark job: each need as a finding, or as an error that is raised.

Runs on: driver.

``planning`` raises the errors; ``check`` shows all findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras

from sparkeras.engine import backends, blueprint
from sparkeras.engine.blueprint.labels import require_reductions
from sparkeras.engine.callbacks.caller_files import CallbackFiles
from sparkeras.engine.callbacks.writers import require_alone
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight.finding import Finding, attempt
from sparkeras.engine.spark_job.checkpoint_places import checked_place
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

# Executors register one by one after a session has started; at first there are none.
_GRACE_SECONDS = 60


def grace_seconds(settings: Settings) -> int:
    """Return how long to wait for executors that have not registered yet."""
    return min(_GRACE_SECONDS, settings.queue_timeout_seconds)


def several_workers(spark: SparkSession, settings: Settings, workers: int) -> Iterator[Finding]:
    """Yield the findings on backend, settings and Spark that several workers need; the last one may wait."""
    if workers > 1:
        yield _backend(settings)
        yield _order(settings)
        yield _dynamic_allocation(spark)
        yield _slots(spark, settings, workers)


def checkpoint_folder(spark: SparkSession, settings: Settings) -> tuple[str | None, list[Finding]]:
    """Return ``checkpoint_dir`` as workers find it, None without it, and the findings on it."""
    if not settings.checkpoint_dir:
        return None, []
    return attempt("checkpoints", checked_place, settings.checkpoint_dir, session.runs_here(spark))


def require_not_streaming(df: DataFrame) -> None:
    """Raise InvalidColumnError for a streaming DataFrame."""
    if df.isStreaming:
        raise InvalidColumnError(
            "Streaming DataFrames cannot be trained on, as they have no end. Give a static DataFrame."
        )


def callback_files(spark: SparkSession, settings: Settings, workers: int, backend: str) -> CallbackFiles:
    """Return the CallbackFiles of a training.

    Raises
    ------
    InvalidParamError
        For a callback that cannot do its work there, or cannot travel.
    """
    require_alone(settings.callbacks, workers, backend)
    return CallbackFiles(spark, settings.callbacks)


def require_known_reductions(model: keras.Model, workers: int) -> None:
    """Raise InvalidModelError if several workers could not make the updates that one would make."""
    if workers > 1:
        require_reductions(model)


def require_batch_size(model: keras.Model, batch_size: int, workers: int) -> None:
    """Raise InvalidModelError or InvalidParamError if a model's fixed batch size is not the training's."""
    rows = blueprint.fixed_rows(model)
    if rows and workers > 1:
        raise InvalidModelError(
            f"The model was built for batches of {rows} rows (batch_shape), which several workers cannot share. "
            "Build it with keras.Input(shape), or set num_workers=1."
        )
    if rows and rows != batch_size:
        raise InvalidParamError(
            f"The model was built for batches of {rows} rows (batch_shape); got batch_size={batch_size}. "
            f"Set batch_size={rows}."
        )


def _backend(settings: Settings) -> Finding:
    name, problem = attempt("backend", backends.choose, settings.backend)
    if problem:
        return problem[0]
    if name == "tensorflow":
        fix = "Use the backend jax or torch for several."
        return Finding("backend", "error", "TensorFlow trains with one worker.", fix)
    return Finding("backend", "ok", f"{name} trains with several workers.")


def _order(settings: Settings) -> Finding:
    if settings.shuffle:
        return Finding("order", "ok", "Rows are shuffled by the seed.")
    message = "The DataFrame's order (shuffle=False) can be kept by one worker only; got several."
    return Finding("order", "error", message, "Set shuffle=True or num_workers=1.", InvalidParamError)


def _dynamic_allocation(spark: SparkSession) -> Finding:
    if not session.allocates_dynamically(spark):
        return Finding("dynamic allocation", "ok", "It is off.")
    return Finding(
        "dynamic allocation",
        "error",
        "Spark refuses tasks that wait for each other while it allocates executors dynamically.",
        "Start the session with spark.dynamicAllocation.enabled=false for several workers, or set num_workers=1.",
    )


def _slots(spark: SparkSession, settings: Settings, workers: int) -> Finding:
    if session.allocates_dynamically(spark):
        return Finding("slots", "ok", "Not counted while executors come and go.")
    slots = session.wait_for_slots(spark, workers, grace_seconds(settings))
    if slots is None:
        return Finding("slots", "ok", f"Unknown here; {workers} workers need as many task slots at once.")
    if slots >= workers:
        return Finding("slots", "ok", f"Spark runs {slots} tasks at once, and {workers} workers need as many.")
    return Finding(
        "slots",
        "error",
        f"{workers} workers need as many task slots at once, and this Spark has {slots} ({session.master_of(spark)}).",
        f"Start it with more, e.g. {session.more_slots(spark, workers)}, or take fewer workers.",
    )
