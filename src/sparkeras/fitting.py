"""Keras-style functions: ``fit``, ``evaluate`` and ``predict`` with a compiled model and a DataFrame.

Runs on: driver.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras

from sparkeras.datasets.as_dataframe import as_dataframe
from sparkeras.engine import blueprint, columns, params, scoring, tracking, training
from sparkeras.engine.blueprint import last_epoch, state
from sparkeras.engine.blueprint.heads import raw_heads
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.params import Columns, Settings, limits
from sparkeras.engine.progress_bar import ProgressBar, is_wanted
from sparkeras.errors import InvalidParamError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkeras.features import Features


@params.refusing_unknown
def fit(
    model: keras.Model,
    df: Any,
    y: Any = None,
    *,
    features: Columns | Features = params.default("features"),
    label: Columns | None = params.default("label"),
    epochs: int = params.default("epochs"),
    batch_size: int = params.default("batch_size"),
    validation: float | str | None = params.default("validation"),
    callbacks: list[keras.callbacks.Callback] | None = params.default("callbacks"),
    weight: str | None = params.default("weight"),
    class_weight: dict[int, float] | None = params.default("class_weight"),
    shuffle: bool = params.default("shuffle"),
    seed: int = params.default("seed"),
    num_workers: int | str = params.default("num_workers"),
    threads_per_worker: int | None = params.default("threads_per_worker"),
    handle_invalid: str = params.default("handle_invalid"),
    max_shard_memory: int | str = params.default("max_shard_memory"),
    fast_convolutions: bool = params.default("fast_convolutions"),
    check_exact: bool = params.default("check_exact"),
    backend: str | None = params.default("backend"),
    checkpoint_dir: str | None = params.default("checkpoint_dir"),
    max_retries: int = params.default("max_retries"),
    queue_timeout_seconds: int = params.default("queue_timeout_seconds"),
    start_timeout_seconds: int = params.default("start_timeout_seconds"),
    step_timeout_seconds: int = params.default("step_timeout_seconds"),
    verbose: bool | int | str | None = None,
) -> keras.callbacks.History:
    """Train a compiled Keras model on a Spark DataFrame, in place; a second call continues.

    Parameters
    ----------
    model : keras.Model
        Compiled. Its weights, optimizer state, ``stop_training`` and ``get_metrics_result()`` are as after Keras' own
        ``fit`` afterwards.
    df : DataFrame
        Or a NumPy array with ``y`` beside it, or a pandas frame: they are made a DataFrame.
    y : array, optional
        Labels, when ``df`` is an array.
    features, label : str, list of str, or dict
        Column names; several numeric columns of one input; or ``{input name: column}``. ``label=None`` for a model
        that learns without labels. ``features`` may be a ``sparkeras.features.Features``, which makes the model's
        inputs of raw columns, and knows the label that it was learned with.
    epochs, batch_size : int
        ``batch_size`` counts the rows of one weight update.
    validation : float or str, optional
        A seeded fraction of the rows, or a boolean column that is true for rows to validate with.
    callbacks : list of keras.callbacks.Callback, optional
        They run in the training process. A relative path means this folder: what lies there at the paths of Keras' own
        callbacks (and at attributes of others that are called path, file, dir or folder) is there for them, and what
        they write comes back, after a failure too. Addresses (``hdfs://``, ``s3a://``, ``dbfs:/``) are written by
        Spark; ``file:`` and absolute paths are the workers' own disks. With several workers the hooks per batch see
        the logs of their own worker, those per epoch the logs of all.
    weight : str, optional
        Column of row weights.
    class_weight : dict, optional
        Weight of each class number.
    shuffle, seed : bool, int
        The order of rows is a function of the seed; ``shuffle=False`` keeps the DataFrame's.
    num_workers : int or "auto"
        Training processes, each with its share of the rows; together they make the updates that one would make.
        ``"auto"``: one per executor where Spark tells, else 1.
    threads_per_worker : int, optional
        By default the cores of a local master divided by the workers, else the cores that Spark grants a task.
    handle_invalid : str
        What happens to rows with a null or NaN: ``"error"``, or ``"skip"`` to leave them out, counted.
    max_shard_memory : int or str
        Most that each worker's rows take in memory, in bytes or as ``"512m"``; more rows are trained from disk.
    fast_convolutions : bool
        With JAX on a CPU, convolutions and max pooling of images train in faster ways than Keras' own, to the same
        results but for rounding; False keeps to Keras' own.
    check_exact : bool
        With several workers, whether the gradients of the first step are compared with those of one worker on the same
        rows, before training: a model that several workers cannot train as one is refused.
    backend : str, optional
        ``"jax"``, ``"torch"`` or ``"tensorflow"``; by default the one that Keras has here.
    checkpoint_dir : str, optional
        Where the last finished epoch is kept while training goes on: a folder that all workers share, or a URI
        (``hdfs://``, ``s3://``, ...). The same call goes on from there after it was interrupted.
    max_retries : int
        Times that a training which failed (a machine lost, a process killed) is taken up again, from the last finished
        epoch where there is a ``checkpoint_dir``.
    queue_timeout_seconds, start_timeout_seconds, step_timeout_seconds : int
        Longest waits for free task slots (not under Spark Connect), from there until the first step is done, and for
        each step after it; reading the rows does not count.
    verbose : bool, optional
        Show progress; by default where a person looks on (a terminal or a notebook). Keras' 0, 1, 2 and "auto" do too.

    Returns
    -------
    keras.callbacks.History
        ``history.history`` as Keras gives it; ``history.training`` adds seconds per epoch and per part.

    Raises
    ------
    InvalidModelError, InvalidColumnError, InvalidParamError
        Before any Spark job where possible.
    TrainingError
        With the last lines of the training process.
    """
    checked = params.from_call(dict(locals()))
    progress = ProgressBar(epochs) if is_wanted(verbose) else contextlib.nullcontext()
    blueprint.require_compiled(model)
    with progress as on_event:
        result = train_in_place(model, as_dataframe(df, y, checked), checked, on_event)
    tracking.log_training(model, result.history, checked)
    return _keras_history(model, result.history, checked)


def train_in_place(
    model: keras.Model,
    dataset: DataFrame,
    settings: Settings,
    on_event: Callable[[dict[str, Any]], object] | None = None,
) -> training.TrainingResult:
    """Train ``model`` on a DataFrame and return the TrainingResult; see ``fit``."""
    result = training.run(dataset, model, settings, on_event=on_event)
    state.set_state(model, result.arrays, result.build_shape)
    last_epoch.assign(model, result.last_epoch)
    return result


@params.refusing_unknown
def evaluate(
    model: keras.Model,
    df: Any,
    y: Any = None,
    *,
    features: Columns | Features = params.default("features"),
    label: Columns | None = params.default("label"),
    batch_size: int = params.default("batch_size"),
    weight: str | None = params.default("weight"),
    handle_invalid: str = params.default("handle_invalid"),
    max_shard_memory: int | str = params.default("max_shard_memory"),
    backend: str | None = params.default("backend"),
) -> dict[str, Any]:
    """Return the model's loss and metrics over a DataFrame, by Keras' own names: floats, NumPy arrays of vectors.

    A DataFrame has no order of its own: batches are made in an order that the rows' content gives. That matters only to
    a loss that is not a mean over rows, such as ``reduction="sum"`` or one with ``ignore_class``, and then as the order
    of an array matters to Keras' ``evaluate``.

    Parameters, errors: as in ``fit``.
    """
    checked = params.from_call(dict(locals()))
    blueprint.require_compiled(model)
    return training.run(as_dataframe(df, y, checked), model, checked, mode="evaluate").figures


@params.refusing_unknown
def predict(
    model: keras.Model | dict[str, keras.Model],
    df: Any,
    *,
    features: Columns | Features = params.default("features"),
    prediction: str = "prediction",
    batch_size: int = scoring.BATCH_ROWS,
    handle_invalid: str = params.default("handle_invalid"),
) -> DataFrame:
    """Return the DataFrame with a further column, the model's prediction for each row; all columns are kept.

    Parameters
    ----------
    model : keras.Model, or dict of str to keras.Model
        Need not be compiled. Several by name make a column of that name each, in one job.
    df : DataFrame
        Or arrays, as in ``fit``.
    features : str, list of str, dict, or Features
    prediction : str
        Name of the new column: a float for one output unit, else an array of floats. A model with several outputs
        makes one column each, ``prediction_<output name>``.
    batch_size : int
        Rows per forward pass.
    handle_invalid : str
        ``"error"``, or ``"skip"`` to leave rows with a null or NaN out.

    Returns
    -------
    DataFrame
        Lazy: nothing is computed before an action.
    """
    if isinstance(model, dict):
        return _predict_each(model, df, features=features, batch_size=batch_size, handle_invalid=handle_invalid)
    limits.text("prediction", prediction)
    blueprint.require_model(model)
    checked = params.settings(features=features, label=None, batch_size=batch_size, handle_invalid=handle_invalid)
    frame = as_dataframe(df, None, checked)
    fields = columns.plan(frame.schema, blueprint.signature(model), checked.features)
    heads = raw_heads(model, prediction)
    packed, skip = blueprint.pack_once(model), checked.skips_invalid
    return scoring.score(frame, packed, fields, heads, checked.batch_size, skip_invalid=skip)


def _predict_each(models: dict[str, keras.Model], df: Any, **settings: Any) -> DataFrame:
    if not models:
        raise InvalidParamError("There is no model to predict with; got an empty dict.")
    if not all(isinstance(name, str) and name for name in models):
        raise InvalidParamError(f"Models to predict with are named by texts; got {list(models)}.")
    for name, model in models.items():
        df = predict(model, df, prediction=name, **settings)
    return df


def _keras_history(model: keras.Model, history: TrainingHistory, checked: Settings) -> keras.callbacks.History:
    callback = keras.callbacks.History()
    callback.set_model(model)
    callback.set_params({"epochs": checked.epochs, "steps": history.steps, "verbose": 0})
    callback.on_train_begin()
    for epoch, logs in enumerate(history.epochs, history.first):
        callback.on_epoch_end(epoch, logs)
    callback.training = history
    model.history = callback
    return callback
