"""One training or evaluation on Spark: prepare the job, run its stage, hand back what it made.

Runs on: driver. Imports: ``blueprint``, ``columns``, ``session``, ``backends``, ``cluster``, ``history``, ``errors``.
Imported only once a Keras model exists, so it may pass through Keras' door.
"""

import io
import zipfile
from dataclasses import dataclass, field

from sparkeras import backends, blueprint, columns, session
from sparkeras.blueprint import byvalue, state
from sparkeras.blueprint.labels import label_limits, require_class_numbers
from sparkeras.cluster import launch
from sparkeras.cluster.exact import optimizers_of, reduction_of
from sparkeras.cluster.job import Job
from sparkeras.errors import InvalidParamError, SetupError
from sparkeras.history import TrainingHistory


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
    figures : dict
        Of an evaluation, Keras' metric names.
    versions : dict
        Of the training process.
    """

    history: TrainingHistory
    arrays: list = field(default_factory=list)
    build_shape: object = None
    figures: dict = field(default_factory=dict)
    versions: dict = field(default_factory=dict)


def run(dataset, model, settings, mode="fit", limits=None, on_event=None):
    """Train or evaluate a compiled Keras model on a DataFrame; the model itself stays as it is.

    Parameters
    ----------
    dataset : DataFrame
    model : keras.Model
    settings : params.Settings
    mode : str
        ``"fit"`` or ``"evaluate"``.
    limits : (low, high) or None
        Range of whole-number labels where the caller knows it; else the losses say.
    on_event : callable or None
        Receives live progress, see ``cluster.progress``.

    Returns
    -------
    TrainingResult

    Raises
    ------
    SparkerasError
        Before any Spark job for a model, setting or column that cannot work; after it for what happened there.
    """
    job = _prepare(dataset, model, settings, mode, limits)
    answer = launch.stage(dataset, job, on_event)
    _return_to_callbacks(settings.callbacks, answer.callbacks)
    if answer.files:
        with zipfile.ZipFile(io.BytesIO(answer.files)) as archive:
            archive.extractall()
    return TrainingResult(
        history=TrainingHistory(**answer.facts["history"]),
        arrays=state.open_state(answer.state) if answer.state else [],
        build_shape=_as_shape(answer.facts.get("build_shape")),
        figures=answer.facts.get("figures", {}),
        versions=answer.facts["versions"],
    )


def _prepare(dataset, model, settings, mode, limits):
    """Return the Job; whatever can be wrong without looking at a row is said here."""
    blueprint.require_compiled(model)
    if mode == "fit":
        _require_workers_possible(dataset.sparkSession, model, settings)
    signature = blueprint.signature(model)
    validation = settings.validation
    fields = columns.plan(
        dataset.schema,
        signature,
        settings.features,
        settings.label,
        settings.weight,
        validation if isinstance(validation, str) else None,
    )
    labels = [field for field in fields if field.role == "label"]
    require_class_numbers(model, [_is_number(dataset.schema, field) for field in labels])
    label_keys = [field.key for field in labels]
    return Job(
        mode=mode,
        blueprint=blueprint.pack(model),
        fields=fields,
        limits=dict.fromkeys(label_keys, limits) if limits else label_limits(model, label_keys),
        callbacks=_pack_callbacks(settings.callbacks),
        backend=backends.choose(settings.backend),
        workers=settings.num_workers if mode == "fit" else 1,
        threads=settings.threads_per_worker or _threads(dataset.sparkSession, settings.num_workers),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        seed=settings.seed,
        shuffle=settings.shuffle,
        validation_fraction=validation if isinstance(validation, float) else 0.0,
        class_weight=settings.class_weight,
        max_shard_memory=settings.max_shard_memory,
        start_timeout_seconds=settings.start_timeout_seconds,
        step_timeout_seconds=settings.step_timeout_seconds,
    )


def _require_workers_possible(spark, model, settings):
    """Raise for what several workers cannot do, before any job."""
    if settings.num_workers == 1:
        return
    if backends.choose(settings.backend) == "tensorflow":
        raise SetupError("TensorFlow trains with one worker. Use the backend jax or torch for several.")
    if not settings.shuffle:
        raise InvalidParamError("The DataFrame's order (shuffle=False) can be kept by one worker only; got several.")
    if session.allocates_dynamically(spark):
        raise SetupError(
            "Spark refuses tasks that wait for each other while it allocates executors dynamically. Start the session "
            "with spark.dynamicAllocation.enabled=false for several workers, or set num_workers=1."
        )
    slots = session.slots(spark)
    if slots is not None and slots < settings.num_workers:
        raise SetupError(
            f"{settings.num_workers} workers need as many task slots at once, and this Spark has {slots} "
            f"({spark.conf.get('spark.master')}). Start it with more, e.g. master local[{settings.num_workers}], or "
            "take fewer workers."
        )
    reduction_of(model)
    optimizers_of(model)


def _threads(spark, workers):
    """Return the threads of each worker: its share of a local master's cores, else what Spark grants a task."""
    cores = session.task_cores(spark) or 1
    return max(1, cores // workers) if session.is_local(spark) else cores


def _is_number(schema, field):
    """Tell whether ``field`` is one number per row."""
    return len(field.columns) == 1 and schema[field.columns[0]].dataType.typeName() in columns.NUMBERS


def _pack_callbacks(callbacks):
    """Callbacks travel without the model that an earlier training gave them."""
    if not callbacks:
        return b""
    models = [callback.__dict__.pop("_model", None) for callback in callbacks]
    try:
        return byvalue.dumps(list(callbacks), "The callbacks")
    finally:
        for callback, model in zip(callbacks, models, strict=True):
            callback._model = model


def _return_to_callbacks(callbacks, attributes):
    if attributes:
        for callback, values in zip(callbacks, byvalue.loads(attributes), strict=True):
            vars(callback).update(values)


def _as_shape(shape):
    """JSON made lists of the tuples."""
    if isinstance(shape, dict):
        return {name: tuple(axes) for name, axes in shape.items()}
    return shape and tuple(shape)
