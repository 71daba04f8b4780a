"""One training or evaluation on Spark: prepare the job, run it, return the new weights, which callers set.

Runs on: driver. Imported only once a Keras model exists, as it imports Keras.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from sparkeras.engine import blueprint, logs
from sparkeras.engine.blueprint import state
from sparkeras.engine.callbacks.caller_files import CallbackFiles
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.columns.texts import Texts
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.params import Settings
from sparkeras.engine.preflight import planning, requirements
from sparkeras.engine.spark_job import launch
from sparkeras.engine.spark_job.checkpoints import CheckpointFolder
from sparkeras.engine.spark_job.job import Answer, Job
from sparkeras.engine.spark_job.shared_token import forget_tokens
from sparkeras.errors import DivergedError, TrainingError
from sparkeras.spark import session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

Shape = tuple[int | None, ...]
Event = dict[str, Any]  # see ``spark_job.progress``


@dataclass
class TrainingResult:
    """The result of a training or evaluation.

    Attributes
    ----------
    history : TrainingHistory
    arrays : list of arrays
        Of ``blueprint.state.get_state``; empty for an evaluation.
    build_shape : tuple or dict
        Shape of one batch, batch axis None.
    last_epoch : dict
        Of ``blueprint.last_epoch.taken``; empty for an evaluation.
    figures : dict
        Of an evaluation, Keras' metric names.
    versions : dict
        Of the training process.
    workers : int
        Training processes, also where ``num_workers="auto"`` was given.
    """

    history: TrainingHistory
    arrays: list[np.ndarray | None] = field(default_factory=list)
    build_shape: Shape | dict[str, Shape] | None = None
    last_epoch: Any = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    workers: int = 1


def run(
    dataset: DataFrame,
    model: keras.Model,
    settings: Settings,
    mode: str = "fit",
    limits: Limits | None = None,
    texts: Texts | None = None,
    on_event: Callable[[Event], object] | None = None,
    stop: Callable[[], object] | None = None,
) -> TrainingResult:
    """Train or evaluate a compiled Keras model on a DataFrame; the model itself stays as it is.

    Parameters
    ----------
    dataset : DataFrame
    model : keras.Model
    settings : Settings
    mode : str
        ``"fit"`` or ``"evaluate"``.
    limits : Limits or None
        Of the labels where the caller knows them; else the losses say.
    texts : Texts or None
        The numbers of texts in label and feature columns.
    on_event : callable or None
        Receives live progress, see ``spark_job.progress``.
    stop : callable or None
        Called twice a second while the job runs; a SparkerasError that it raises ends the training, and is raised here.

    Returns
    -------
    TrainingResult

    Raises
    ------
    SparkerasError
        Before any Spark job for a model, setting or column that cannot work; after it for a failure there.
    """
    job = _prepare(dataset, model, settings, mode, limits, texts)
    callback_files = requirements.callback_files(dataset.sparkSession, settings, job.workers, job.backend)
    job = replace(job, callbacks=callback_files.packed_callbacks(model), folder=callback_files.folder)
    answer, failures = _with_retries(dataset, job, callback_files, settings.max_retries, on_event, stop)
    callback_files.give_back(answer.callbacks, model)
    callback_files.take(answer.files)
    return TrainingResult(
        history=TrainingHistory.opened(answer.facts["history"] | {"failures": failures}),
        arrays=state.open_state(answer.state) if answer.state else [],
        build_shape=_as_shape(answer.facts.get("build_shape")),
        last_epoch=logs.open_packed(answer.facts.get("last_epoch", logs.pack({}))),
        figures=logs.open_packed(answer.facts.get("figures", logs.pack({}))),
        versions=answer.facts["versions"],
        workers=job.workers,
    )


def _with_retries(
    dataset: DataFrame,
    job: Job,
    callback_files: CallbackFiles,
    retries: int,
    on_event: Callable[[Event], object] | None,
    stop: Callable[[], object] | None,
) -> tuple[Answer, list[str]]:
    """Run the stage until it succeeds or has failed once more than ``retries``.

    Returns
    -------
    (Answer, list of str)
        And the messages of the failed attempts.
    """
    failures: list[str] = []
    while True:
        try:
            job = replace(job, attempt=secrets.token_hex(8), files=callback_files.packed())
            answer = launch.run_job(dataset, job, on_event, stop)
        except TrainingError as error:
            forget_tokens(job)
            callback_files.take(error.files)  # as plain Keras leaves them, BackupAndRestore's too
            if len(failures) == retries or isinstance(error, DivergedError):
                raise type(error)(f"{error}{_next_steps(job, failures)}") from error
            failures.append(str(error))
            if on_event:
                on_event({"event": "retry", "retry": len(failures), "retries": retries, "failure": str(error)})
            # A lost executor's place is filled in a moment, or in minutes where a machine must start.
            session.wait_for_slots(dataset.sparkSession, job.workers, job.settings.queue_timeout_seconds)
        else:
            if job.checkpoint_dir and answer.facts.get("checkpoints"):
                with contextlib.suppress(TrainingError):  # workers may reach what this machine does not
                    CheckpointFolder(job.checkpoint_dir, answer.facts["checkpoints"]).remove()
            return answer, failures


def _next_steps(job: Job, failures: list[str]) -> str:
    """Return the end of the message of a training that failed for good."""
    times = f"\nIt failed {len(failures) + 1} times." if failures else ""
    kept = f"\nFinished epochs, if any, are kept in {job.checkpoint_dir}: the same call goes on from the last one."
    return times + (kept if job.checkpoint_dir else "")


def _prepare(
    dataset: DataFrame,
    model: keras.Model,
    settings: Settings,
    mode: str,
    limits: Limits | None,
    texts: Texts | None = None,
) -> Job:
    """Return the Job; all errors that need no look at a row are raised here."""
    plan = planning.plan(dataset, model, settings, mode, limits, texts)
    job = Job(
        mode=mode,
        blueprint=blueprint.pack(model),
        settings=replace(settings, callbacks=None),
        fields=plan.fields,
        limits=plan.limits,
        backend=plan.backend,
        workers=plan.workers,
        threads=plan.threads,
        checkpoint_dir=plan.checkpoint_dir,
        run=secrets.token_hex(8),
    )
    return replace(job, fingerprint=_fingerprint(model, job)) if job.checkpoint_dir else job


def _fingerprint(model: keras.Model, job: Job) -> str:
    """Return a hash of model and settings by which a checkpoint is found again; the number of epochs may grow.

    The weights of a model that was not trained yet do not count: a script that is run again draws others. The number of
    workers counts where each holds out a fraction of its own rows, or rows to validate with would be trained on.
    """
    fields = [
        (field.role, field.columns, field.shape, *([field.encoder.digest()] if field.encoder else []))
        for field in job.fields
    ]
    order = (job.settings.batch_size, job.settings.seed, job.settings.shuffle, job.settings.max_shard_memory)
    held_out = job.settings.validation_fraction and (job.settings.validation_fraction, job.workers)
    drawn = blueprint.fingerprint(model, names=False, weights=state.was_trained(model))
    identity = (drawn, fields, order, held_out, job.settings.class_weight, job.backend)
    return hashlib.sha256(str(identity).encode()).hexdigest()


def _as_shape(shape: Any) -> Shape | dict[str, Shape] | None:
    """Return tuples where JSON has made lists of them."""
    if isinstance(shape, dict):
        return {name: tuple(axes) for name, axes in shape.items()}
    return tuple(shape) if shape else None
