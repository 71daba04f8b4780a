"""Plain Keras ``fit`` and ``evaluate`` over a shard, by one worker or as one rank of several.

Runs on: training process.
"""

import contextlib
import functools
import time

import keras
import numpy as np

from sparkeras.engine import backends, logs
from sparkeras.engine.blueprint import last_epoch, state
from sparkeras.engine.blueprint.shapes import fixed_rows
from sparkeras.engine.callbacks import travelling
from sparkeras.engine.callbacks.writers import of_rank
from sparkeras.engine.process.batches import RankBatches, ShardBatches
from sparkeras.engine.process.exact import ExactSteps
from sparkeras.engine.process.late_labels import LabelsOfBuiltModel
from sparkeras.engine.process.reduce import ReducedEpochs, agreed_stop
from sparkeras.engine.process.resume import Resumption
from sparkeras.engine.shards import Share, require_rows, validation_column
from sparkeras.engine.stage import files
from sparkeras.errors import InvalidColumnError


def fit(job, model, shard, group, recorder, history, digest=0):
    """Train ``model`` in place over the rows of ``shard``.

    Parameters
    ----------
    job : Job
    model : keras.Model
    shard : shards.Shard or shards.DiskShard
    group : backends' Group or None
        The other ranks; None for one worker.
    recorder : callbacks.Recorder
    history : TrainingHistory
        Filled in place.
    digest : int
        Of the rows of all ranks; tells whose checkpoints are meant.

    Returns
    -------
    dict
        ``build_shape``, ``last_epoch``, ``checkpoints`` (their name or None); ``state``, ``callbacks`` and
        ``files`` as bytes.
    """
    started = time.monotonic()
    train, validation = shard.split(job.settings.validation_fraction, job.settings.seed, job.settings.shuffle)
    history.parts["order rows"] = time.monotonic() - started
    counts = _counts(group, len(train), len(validation))
    require_rows(sum(counts[0]), sum(counts[1]), bool(job.settings.validation_fraction), validation_column(job.fields))
    _require_whole_batches(model, job.settings.batch_size, len(train), len(validation))
    batches = _batches(job, shard, train, counts[0], group, recorder)
    shape = keras.tree.map_structure(lambda array: (None, *array.shape[1:]), batches[0][0])
    callbacks = travelling.opened(job.callbacks)
    recorder.diverged_ends = not any(isinstance(callback, keras.callbacks.TerminateOnNaN) for callback in callbacks)
    resumption = Resumption(job, digest, group, callbacks, history) if job.checkpoint_dir else None
    ours = _ours(model, shard, (train, validation), job.fields, batches)
    begin = resumption.take_up(model, shape) if resumption else 0  # before anything wraps the model
    first, last, held_out = _spread(job, model, batches, callbacks, group, shard, validation, counts[1], recorder)
    used, last = of_rank(callbacks, group), [*last, *([resumption] if resumption else [])]
    history.rows, history.steps, history.taken_up = sum(counts[0]), len(batches), begin
    facts = {
        "rows": sum(counts[0]),
        "validation_rows": sum(counts[1]),
        "steps": len(batches),
        "epochs": job.settings.epochs,
    }
    recorder.tell("start", begin=begin, **facts)
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
            callbacks=[*ours, *first, *used, recorder, *last],
        )
    history.parts["epochs"] = time.monotonic() - started
    return {
        "build_shape": shape,
        "checkpoints": resumption and resumption.training,
        "last_epoch": last_epoch.taken(model, batches[0][:2]),
        "state": state.pack_state(state.get_state(model)),
        "callbacks": travelling.attributes(callbacks),
        "files": files.changed(job.root, job.files),
    }


def evaluate(job, model, shard, recorder, history):
    """Return Keras' figures of ``model`` over all rows of ``shard``."""
    common = (shard, shard.all_rows(), job.fields, job.settings.batch_size)
    batches = ShardBatches(*common, class_weight=job.settings.class_weight, on_step=recorder.sign_of_life)
    figures = model.evaluate(batches, verbose=0, return_dict=True, callbacks=[recorder])
    history.rows, history.steps = shard.rows, len(batches)
    return logs.plain(figures)


def _require_whole_batches(model, size, train, validation):
    """Raise InvalidColumnError where a model that takes a fixed number of rows would be left with fewer at the end."""
    for words, rows in (("train on", train), ("validate with", validation)):
        if fixed_rows(model) and rows % size:
            raise InvalidColumnError(
                f"The model was built for batches of {size} rows (batch_shape), and {rows} rows to {words} leave "
                f"{rows % size} over. Leave rows out until their number divides by {size}, or build the model with "
                "keras.Input(shape)."
            )


def _counts(group, train, validation):
    """Return the rows to train on and to validate with, of each rank."""
    if group is None:
        return (train,), (validation,)
    own = np.zeros((2, group.ranks), np.int32)
    own[:, group.rank] = train, validation
    return group.sum(own.ravel()).reshape(2, -1).tolist()


def _ours(model, shard, parts, fields, batches):
    """Return our callbacks that come before all others."""
    looks = [] if model.built else [LabelsOfBuiltModel(shard, parts, fields)]
    return [*looks, keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: batches.start_epoch(epoch))]


def _batches(job, shard, rows, counts, group, recorder):
    """Return the batches to train on."""
    seed = job.settings.seed if job.settings.shuffle else None
    common = (shard, rows, job.fields, job.settings.batch_size, seed, job.settings.class_weight, recorder.sign_of_life)
    if group is None:
        return ShardBatches(*common)
    return RankBatches(Share(group.rank, tuple(counts), job.settings.batch_size), group.even_shapes, *common)


def _spread(job, model, batches, callbacks, group, *validating):
    """Make the steps of ``model`` those of all ranks.

    Returns
    -------
    (callbacks before the user's, callbacks after them, batches to validate with or None)
    """
    if group is None:
        return [], [], _held_out(job, group, *validating)
    exact = ExactSteps(group, job.settings.check_exact)
    held_out = exact.prepare(model, batches, functools.partial(_held_out, job, group, *validating))
    reduced = ReducedEpochs(group, exact.identical, counts=held_out is None or held_out.counts)
    return [exact, reduced], [agreed_stop(group, callbacks)], held_out


def _held_out(job, group, shard, rows, counts, recorder, together=False):
    """Return the batches to validate with, None for none.

    ``together``: in the batches that one worker would see, of all ranks' rows. Else each rank takes its own rows, and
    one without rows borrows a row, which counts for nothing.
    """
    if not sum(counts):
        return None
    common = {"on_step": lambda _: recorder.sign_of_life(None)}
    if together:
        share = Share(group.rank, tuple(counts), job.settings.batch_size)
        return RankBatches(share, group.even_shapes, shard, rows, job.fields, job.settings.batch_size, **common)
    size = -(-job.settings.batch_size // (group.ranks if group else 1))
    held_out = ShardBatches(shard, rows if len(rows) else shard.first_row(), job.fields, size, **common)
    held_out.counts = bool(len(rows))
    return held_out
