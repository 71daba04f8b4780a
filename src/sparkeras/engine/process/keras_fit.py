"""Plain Keras ``fit`` and ``evaluate`` over a shard, by one worker or as one rank of several.

Runs on: training process.
"""

from __future__ import annotations

import contextlib
import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import keras
import numpy as np

from sparkeras.engine import backends, logs
from sparkeras.engine.blueprint import last_epoch, state
from sparkeras.engine.blueprint.models import name_of_only_input
from sparkeras.engine.blueprint.shapes import fixed_rows
from sparkeras.engine.callbacks import travelling
from sparkeras.engine.callbacks.writers import of_rank
from sparkeras.engine.process.batches import RankBatches, ShardBatches
from sparkeras.engine.process.labels_after_build import LabelsOfBuiltModel
from sparkeras.engine.process.ranks.epoch_metrics import MetricsOfAllRanks, stop_together
from sparkeras.engine.process.ranks.global_steps import GlobalSteps
from sparkeras.engine.process.resume import Resumption
from sparkeras.engine.shards import Shard, StepRanges, require_rows, validation_column
from sparkeras.engine.spark_job import files
from sparkeras.engine.spark_job.checkpoints import CheckpointFolder, training_name
from sparkeras.errors import InvalidColumnError

if TYPE_CHECKING:
    from sparkeras.engine.backends.protocols import Group, Structure
    from sparkeras.engine.history import TrainingHistory
    from sparkeras.engine.process.callbacks import Recorder
    from sparkeras.engine.spark_job.job import Job


class Trained(TypedDict):
    """The result of a training: shapes of a batch, name of its checkpoints; the rest as in ``job.Answer``."""

    build_shape: Structure
    checkpoints: str | None
    last_epoch: Any
    state: bytes
    callbacks: bytes
    files: bytes


@dataclass(frozen=True)
class Rows:
    """This rank's rows to train on and to validate with, and the number of each rank's."""

    shard: Shard[Any]
    train: Any
    validation: Any
    train_counts: tuple[int, ...]
    validation_counts: tuple[int, ...]


def fit(
    job: Job,
    model: keras.Model,
    shard: Shard[Any],
    group: Group | None,
    recorder: Recorder,
    history: TrainingHistory,
    digest: int = 0,
) -> Trained:
    """Train ``model`` in place over the rows of ``shard``.

    Parameters
    ----------
    job : Job
    model : keras.Model
    shard : shards.Shard
    group : backends' Group or None
        The other ranks; None for one worker.
    recorder : callbacks.Recorder
    history : TrainingHistory
        Filled in place.
    digest : int
        Of the rows of all ranks; part of the checkpoints' name.
    """
    rows = _split(job, shard, group, history)
    _require_whole_batches(model, job.settings.batch_size, rows)
    batches = _batches(job, rows, group, recorder)
    batches.input_name = name_of_only_input(model)
    shape = keras.tree.map_structure(lambda array: (None, *array.shape[1:]), batches[0][0])
    callbacks = travelling.opened(job.callbacks)
    recorder.diverged_ends = not any(isinstance(callback, keras.callbacks.TerminateOnNaN) for callback in callbacks)
    first = _first_callbacks(model, rows, job, batches)
    resumption = _resumption(job, digest, group, callbacks, history)
    begin = resumption.resume(model, shape) if resumption else 0  # before anything wraps the model
    exact, agreed, held_out = _over_ranks(job, model, batches, callbacks, rows, group, recorder)
    last = [*agreed, *([resumption] if resumption else [])]
    _send_start(job, rows, len(batches), begin, recorder, history)
    _train(job, model, batches, begin, held_out, [*first, *exact, *of_rank(callbacks, group), recorder, *last], history)
    return {
        "build_shape": shape,
        "checkpoints": resumption.folder.training if resumption else None,
        "last_epoch": last_epoch.taken(model, batches[0][:2]),
        "state": state.pack_state(state.get_state(model)),
        "callbacks": travelling.attributes(callbacks),
        "files": files.changed(job.root, job.files),
    }


def evaluate(
    job: Job, model: keras.Model, shard: Shard[Any], recorder: Recorder, history: TrainingHistory
) -> dict[str, Any]:
    """Return Keras' figures of ``model`` over all rows of ``shard``."""
    common = (shard, shard.all_rows(), job.fields, job.settings.batch_size)
    batches = ShardBatches(*common, class_weight=job.settings.class_weight, on_step=recorder.sign_of_life)
    batches.input_name = name_of_only_input(model)
    figures = model.evaluate(batches, verbose=0, return_dict=True, callbacks=[recorder])
    history.rows, history.steps = shard.rows, len(batches)
    plain: dict[str, Any] = logs.plain(figures)
    return plain


def _split(job: Job, shard: Shard[Any], group: Group | None, history: TrainingHistory) -> Rows:
    """Split the rows into those to train on and those to validate with; errors as in ``require_rows``."""
    started = time.monotonic()
    train, validation = shard.split(job.settings.validation_fraction, job.settings.seed, job.settings.shuffle)
    history.parts["order rows"] = time.monotonic() - started
    rows = Rows(shard, train, validation, *_counts(group, len(train), len(validation)))
    by_fraction, column = bool(job.settings.validation_fraction), validation_column(job.fields)
    require_rows(sum(rows.train_counts), sum(rows.validation_counts), by_fraction, column)
    return rows


def _counts(group: Group | None, train: int, validation: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the rows to train on and to validate with, of each rank."""
    if group is None:
        return (train,), (validation,)
    own = np.zeros((2, group.ranks), np.int32)
    own[:, group.rank] = train, validation
    of_all = group.sum(own.ravel()).reshape(2, -1)
    return tuple(of_all[0].tolist()), tuple(of_all[1].tolist())


def _require_whole_batches(model: keras.Model, size: int, rows: Rows) -> None:
    """Raise InvalidColumnError where a model that takes a fixed number of rows would get fewer in the last batch."""
    for purpose, count in (("train on", len(rows.train)), ("validate with", len(rows.validation))):
        if fixed_rows(model) and count % size:
            raise InvalidColumnError(
                f"The model was built for batches of {size} rows (batch_shape), and {count} rows to {purpose} leave "
                f"{count % size} over. Leave rows out until their number divides by {size}, or build the model with "
                "keras.Input(shape)."
            )


def _batches(job: Job, rows: Rows, group: Group | None, recorder: Recorder) -> ShardBatches:
    """Return the batches to train on."""
    seed = job.settings.seed if job.settings.shuffle else None
    common = (
        rows.shard,
        rows.train,
        job.fields,
        job.settings.batch_size,
        seed,
        job.settings.class_weight,
        recorder.sign_of_life,
    )
    if group is None:
        return ShardBatches(*common)
    return RankBatches(StepRanges(group.rank, rows.train_counts, job.settings.batch_size), group.equal_shapes, *common)


def _first_callbacks(model: keras.Model, rows: Rows, job: Job, batches: ShardBatches) -> list[keras.callbacks.Callback]:
    """Return our callbacks that come before all others."""
    parts = rows.train, rows.validation
    labels = [] if model.built else [LabelsOfBuiltModel(rows.shard, parts, job.fields)]
    return [*labels, keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch))]


def _resumption(
    job: Job,
    digest: int,
    group: Group | None,
    callbacks: Sequence[keras.callbacks.Callback],
    history: TrainingHistory,
) -> Resumption | None:
    """Return the callback that reads and writes checkpoints, None without them."""
    if not job.checkpoint_dir:
        return None
    folder = CheckpointFolder(job.checkpoint_dir, training_name(job.fingerprint, digest))
    return Resumption(job, folder, group, callbacks, history)


def _over_ranks(
    job: Job,
    model: keras.Model,
    batches: ShardBatches,
    callbacks: Sequence[keras.callbacks.Callback],
    rows: Rows,
    group: Group | None,
    recorder: Recorder,
) -> tuple[list[keras.callbacks.Callback], list[keras.callbacks.Callback], ShardBatches | None]:
    """Make the steps of ``model`` those of all ranks.

    Returns
    -------
    (callbacks before the user's, callbacks after them, batches to validate with or None)
    """
    hold_out = functools.partial(_held_out, job, batches.input_name, group, rows, recorder)
    if group is None or not isinstance(batches, RankBatches):
        return [], [], hold_out()
    exact = GlobalSteps(group, job.settings.check_exact)
    held_out = exact.prepare(model, batches, hold_out)
    reduced = MetricsOfAllRanks(group, exact.same_on_all, counts=held_out is None or held_out.counts)
    return [exact, reduced], [stop_together(group, callbacks)], held_out


def _held_out(
    job: Job,
    input_name: str | None,
    group: Group | None,
    rows: Rows,
    recorder: Recorder,
    common_batches: bool = False,
) -> ShardBatches | None:
    """Return the batches to validate with, None for none.

    ``common_batches``: in the batches that one worker would see, of all ranks' rows. Else each rank takes its own rows,
    and one without rows evaluates a spare row, whose metrics are left out.
    """
    if not sum(rows.validation_counts):
        return None

    def sign_of_life(_: int) -> None:
        recorder.sign_of_life(None)

    if common_batches and group:
        share = StepRanges(group.rank, rows.validation_counts, job.settings.batch_size)
        common = (rows.shard, rows.validation, job.fields, job.settings.batch_size)
        batches = RankBatches(share, group.equal_shapes, *common, on_step=sign_of_life)
        batches.input_name = input_name
        return batches
    size = -(-job.settings.batch_size // (group.ranks if group else 1))
    own = rows.validation if len(rows.validation) else rows.shard.first_row()
    held_out = ShardBatches(rows.shard, own, job.fields, size, on_step=sign_of_life)
    held_out.counts, held_out.input_name = bool(len(rows.validation)), input_name
    return held_out


def _send_start(job: Job, rows: Rows, steps: int, begin: int, recorder: Recorder, history: TrainingHistory) -> None:
    """Note the training's size, and the epoch that it begins with, in the history and for the driver."""
    train, validation = sum(rows.train_counts), sum(rows.validation_counts)
    history.rows, history.steps, history.taken_up = train, steps, begin
    recorder.send("start", begin=begin, rows=train, validation_rows=validation, steps=steps, epochs=job.settings.epochs)


def _train(
    job: Job,
    model: keras.Model,
    batches: ShardBatches,
    begin: int,
    held_out: ShardBatches | None,
    callbacks: list[keras.callbacks.Callback],
    history: TrainingHistory,
) -> None:
    """Run Keras' own ``fit``, and note its seconds."""
    started = time.monotonic()
    faster = backends.load(job.backend).fast_layers if job.settings.fast_convolutions else contextlib.nullcontext
    with faster(model):
        model.fit(
            batches,
            epochs=job.settings.epochs,
            initial_epoch=begin,
            shuffle=False,  # the batches shuffle, by a seed
            verbose=0,
            validation_data=held_out,
            callbacks=callbacks,
        )
    history.parts["epochs"] = time.monotonic() - started
