"""One training or evaluation on Spark: prepare the job, run its stage, hand back what it made.

Runs on: driver. Imported only once a Keras model exists, so it may pass through Keras' door.
"""

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, field, replace

from sparkeras.engine import backends, blueprint, logs
from sparkeras.engine.blueprint import state
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.preflight import requirements
from sparkeras.engine.stage import launch
from sparkeras.engine.stage.checkpoints import CheckpointFolder, checked_place, forget_tokens
from sparkeras.engine.stage.job import Job
from sparkeras.errors import DivergedError, TrainingError
from sparkeras.spark import session


@dataclass
class TrainingResult:
    """What a training made.

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
        Training processes, where ``"auto"`` was asked for too.
    """

    history: TrainingHistory
    arrays: list = field(default_factory=list)
    build_shape: object = None
    last_epoch: dict = field(default_factory=dict)
    figures: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)
    workers: int = 1


def run(dataset, model, settings, mode="fit", limits=None, texts=None, on_event=None, stop=None):
    """Train or evaluate a compiled Keras model on a DataFrame; the model itself stays as it is.

    Parameters
    ----------
    dataset : DataFrame
    model : keras.Model
    settings : params.Settings
    mode : str
        ``"fit"`` or ``"evaluate"``.
    limits : label_limits.Limits or None
        What labels must be where the caller knows it; else the losses say.
    texts : columns.texts.Texts or None
        What the texts of label and feature columns mean.
    on_event : callable or None
        Receives live progress, see ``stage.progress``.
    stop : callable or None
        Called twice a second while the job runs; a SparkerasError that it raises ends the training, and is raised here.

    Returns
    -------
    TrainingResult

    Raises
    ------
    SparkerasError
        Before any Spark job for a model, setting or column that cannot work; after it for what happened there.
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


def _with_retries(dataset, job, callback_files, retries, on_event, stop):
    """Run the stage until it succeeds or has failed once more than ``retries``.

    Returns
    -------
    (Answer, list of str)
        And what the failed attempts said.
    """
    failures = []
    while True:
        try:
            job = replace(job, attempt=secrets.token_hex(8), files=callback_files.packed())
            answer = launch.stage(dataset, job, on_event, stop)
        except TrainingError as error:
            forget_tokens(job)
            callback_files.take(getattr(error, "files", b""))  # as plain Keras leaves them, BackupAndRestore's too
            if len(failures) == retries or isinstance(error, DivergedError):
                raise type(error)(f"{error}{_way_on(job, failures)}") from error
            failures.append(str(error))
            if on_event:
                on_event({"event": "retry", "retry": len(failures), "retries": retries, "failure": str(error)})
            # A lost executor's place is filled in a moment, or in minutes where a machine must start.
            session.wait_for_slots(dataset.sparkSession, job.workers, job.queue_timeout_seconds)
        else:
            if answer.facts.get("checkpoints"):
                with contextlib.suppress(TrainingError):  # workers may reach what this machine does not
                    CheckpointFolder(job.checkpoint_dir, answer.facts["checkpoints"]).remove()
            return answer, failures


def _way_on(job, failures):
    """Return what to say after the words of a training that was given up."""
    times = f"\nIt failed {len(failures) + 1} times." if failures else ""
    kept = f"\nFinished epochs, if any, are kept in {job.checkpoint_dir}: the same call goes on from the last one."
    return times + (kept if job.checkpoint_dir else "")


def _workers(dataset, model, settings, mode):
    """Return how many workers train; raise for a model, session or DataFrame that they cannot train with."""
    blueprint.require_compiled(model)
    session.require_running(dataset.sparkSession)
    requirements.require_an_end(dataset)
    workers = requirements.number_of_workers(dataset.sparkSession, settings) if mode == "fit" else 1
    for finding in requirements.several_workers(dataset.sparkSession, settings, workers):
        finding.require()
    requirements.require_exact(model, workers)
    requirements.require_batch_size(model, settings.batch_size, workers)
    return workers


def _prepare(dataset, model, settings, mode, limits, texts=None):
    """Return the Job; whatever can be wrong without looking at a row is said here."""
    spark, workers = dataset.sparkSession, _workers(dataset, model, settings, mode)
    fields = requirements.fields_of(dataset.schema, model, settings, texts)
    known = requirements.limits_of(dataset.schema, model, fields)
    job = Job(
        mode=mode,
        blueprint=blueprint.pack(model),
        fields=fields,
        limits=known | ({f.key: limits for f in fields if f.role == "label"} if limits else {}),
        callbacks=b"",
        backend=backends.choose(settings.backend),
        workers=workers,
        threads=requirements.threads_per_worker(spark, settings, workers),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=settings.seed,
        shuffle=settings.shuffle,
        validation_fraction=settings.validation if isinstance(settings.validation, float) else 0.0,
        class_weight=settings.class_weight,
        queue_timeout_seconds=settings.queue_timeout_seconds,
        skip_invalid=settings.handle_invalid == "skip",
        max_shard_memory=settings.max_shard_memory,
        fast_convolutions=settings.fast_convolutions,
        check_exact=settings.check_exact,
        start_timeout_seconds=settings.start_timeout_seconds,
        step_timeout_seconds=settings.step_timeout_seconds,
        run=secrets.token_hex(8),
    )
    if mode == "fit" and settings.checkpoint_dir:
        place = checked_place(settings.checkpoint_dir, session.runs_here(spark))
        return replace(job, checkpoint_dir=place, fingerprint=_fingerprint(model, job))
    return job


def _fingerprint(model, job):
    """Return what tells this training from others, but for its rows: the number of epochs may grow.

    The weights of a model that was not trained yet do not count: a script that is run again draws others. The number of
    workers counts where each holds out a fraction of its own rows, or rows to validate with would be trained on.
    """
    fields = [(field.role, field.columns, field.shape) for field in job.fields]
    order = (job.batch_size, job.seed, job.shuffle, job.max_shard_memory)
    held_out = job.validation_fraction and (job.validation_fraction, job.workers)
    drawn = blueprint.fingerprint(model, names=False, weights=state.was_trained(model))
    told = (drawn, fields, order, held_out, job.class_weight, job.backend)
    return hashlib.sha256(str(told).encode()).hexdigest()


def _as_shape(shape):
    """JSON made lists of the tuples."""
    if isinstance(shape, dict):
        return {name: tuple(axes) for name, axes in shape.items()}
    return shape and tuple(shape)
