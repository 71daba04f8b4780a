"""Every setting once: its names, its words, its default and its limits, as Spark Param and as Python argument.

Runs on: driver.
"""

import functools
from dataclasses import dataclass

from sparkeras.engine.params import limits


@dataclass(frozen=True)
class Setting:
    """One setting: ``param`` is its Spark spelling, ``argument`` its Python one; ``convert(name, value)`` checks."""

    param: str
    argument: str
    default: object
    convert: object
    doc: str


def _setting(param, argument, default, kind, doc, **bounds):
    return Setting(param, argument, default, functools.partial(kind, **bounds), doc)


TRAINING = (
    _setting("epochs", "epochs", 10, limits.whole, "times that training sees every row", low=1),
    _setting("batchSize", "batch_size", 128, limits.whole, "rows per weight update, over all workers", low=1),
    _setting("shuffle", "shuffle", True, limits.boolean, "whether rows are shuffled anew each epoch, by the seed"),
    _setting("seed", "seed", 0, limits.seed, "seed of the order of rows, of dropout and of unset weights"),
    _setting("weightCol", "weight", None, limits.text, "column of row weights"),
    _setting("classWeight", "class_weight", None, limits.class_weight, "weight of each class number, for its rows"),
    _setting("callbacks", "callbacks", None, limits.callbacks, "Keras callbacks, which run in the training process"),
    _setting(
        "numWorkers", "num_workers", 1, limits.workers, "training processes, one per Spark task; 'auto': per executor"
    ),
    _setting(
        "threadsPerWorker", "threads_per_worker", None, limits.whole, "threads that training computes with", low=1
    ),
    _setting("maxShardMemory", "max_shard_memory", "1g", limits.memory, "most that a worker's rows take in memory"),
    _setting(
        "fastConvolutions",
        "fast_convolutions",
        True,
        limits.boolean,
        "whether images train in faster ways than Keras' own, with JAX on a CPU",
    ),
    _setting(
        "checkExact",
        "check_exact",
        True,
        limits.boolean,
        "whether several workers' first gradients are compared with those of one worker",
    ),
    _setting("backend", "backend", None, limits.text, "what Keras computes with: jax, torch or tensorflow"),
    _setting(
        "queueTimeoutSeconds", "queue_timeout_seconds", 3600, limits.whole, "longest wait for free task slots", low=1
    ),
    _setting(
        "checkpointDir",
        "checkpoint_dir",
        None,
        limits.text,
        "where each finished epoch is kept: a shared path, or a URI",
    ),
    _setting(
        "maxRetries", "max_retries", 0, limits.whole, "times that a training which failed is taken up again", low=0
    ),
    _setting(
        "startTimeoutSeconds",
        "start_timeout_seconds",
        300,
        limits.whole,
        "longest wait until the first step is done, once all tasks run and have read their rows",
        low=1,
    ),
    _setting("stepTimeoutSeconds", "step_timeout_seconds", 600, limits.whole, "longest wait for one step", low=1),
)
VALIDATION = (
    _setting("validationFraction", "", None, limits.fraction, "share of the rows to validate with, chosen by the seed"),
    _setting(
        "validationIndicatorCol",
        "",
        None,
        limits.text,
        "boolean column, true for rows to validate with, not to train on",
    ),
)
INVALID = (
    _setting(
        "handleInvalid",
        "handle_invalid",
        "error",
        limits.one_of,
        "rows with null or NaN: 'error' or 'skip'",
        words=("error", "skip"),
    ),
)
FEATURES = (
    _setting("featuresCol", "features", "features", limits.columns, "column of features, or {input name: column}"),
    _setting(
        "featuresCols", "", None, limits.columns_list, "several columns of single numbers, instead of featuresCol"
    ),
)
LABEL = (_setting("labelCol", "label", "label", limits.columns, "column of labels, or {output name: column}"),)
MODEL = (
    _setting("modelArgs", "", None, limits.json_object, "what modelFn is called with, as names and plain values"),
    _setting("learningRate", "", None, limits.positive, "of the optimizer, instead of the rate that it was made with"),
)
PREDICTION = (
    _setting("predictionCol", "prediction", "prediction", limits.text, "column to make: what the model says"),
)
CLASSES = (
    _setting("probabilityCol", "", "probability", limits.text, "column to make: vector of class probabilities"),
    _setting("rawPredictionCol", "", "rawPrediction", limits.text, "column to make: vector of what the model gives"),
)
IN_PYTHON = (
    *TRAINING,
    *INVALID,
    FEATURES[0],
    *LABEL,
    Setting("", "validation", None, limits.validation, "fraction or column"),
)
