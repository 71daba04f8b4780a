"""Every setting once: its names, its type, its default, its limits and its description.

``Settings`` holds those of a Python call; a Spark stage declares Params from the same entries (``spark_params``).

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sparkeras.engine.params import limits
from sparkeras.engine.params.setting import Setting, declared

if TYPE_CHECKING:
    import keras

Columns = str | list[str] | dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """The checked settings of one training, by their Python names; ``dataclasses.replace`` makes a changed copy."""

    epochs: int = declared("epochs", 10, limits.whole, "times that training sees every row", low=1)
    batch_size: int = declared("batchSize", 128, limits.whole, "rows per weight update, over all workers", low=1)
    shuffle: bool = declared("shuffle", True, limits.boolean, "whether rows are shuffled anew each epoch, by the seed")
    seed: int = declared("seed", 0, limits.seed, "seed of the order of rows, of dropout and of unset weights")
    weight: str | None = declared("weightCol", None, limits.text, "column of row weights")
    class_weight: dict[Any, float] | None = declared(
        "classWeight", None, limits.class_weight, "weight of each class number, for its rows"
    )
    callbacks: list[keras.callbacks.Callback] | None = declared(
        "callbacks", None, limits.callbacks, "Keras callbacks, which run in the training process"
    )
    num_workers: int | Literal["auto"] = declared(
        "numWorkers", 1, limits.workers, "training processes, one per Spark task; 'auto': one per executor"
    )
    threads_per_worker: int | None = declared(
        "threadsPerWorker", None, limits.whole, "threads that training computes with", low=1
    )
    max_shard_memory: int = declared("maxShardMemory", "1g", limits.memory, "most that a worker's rows take in memory")
    fast_convolutions: bool = declared(
        "fastConvolutions",
        True,
        limits.boolean,
        "whether images train in faster ways than Keras' own, with JAX on a CPU",
    )
    check_exact: bool = declared(
        "checkExact",
        True,
        limits.boolean,
        "whether several workers' first gradients are compared with those of one worker",
    )
    backend: str | None = declared("backend", None, limits.text, "what Keras computes with: jax, torch or tensorflow")
    queue_timeout_seconds: int = declared(
        "queueTimeoutSeconds", 3600, limits.whole, "longest wait for free task slots", low=1
    )
    checkpoint_dir: str | None = declared(
        "checkpointDir", None, limits.text, "where each finished epoch is kept: a shared path, or a URI"
    )
    max_retries: int = declared("maxRetries", 0, limits.whole, "times that a failed training is started again", low=0)
    start_timeout_seconds: int = declared(
        "startTimeoutSeconds",
        300,
        limits.whole,
        "longest wait until the first step is done, once all tasks run and have read their rows",
        low=1,
    )
    step_timeout_seconds: int = declared("stepTimeoutSeconds", 600, limits.whole, "longest wait for one step", low=1)
    handle_invalid: str = declared(
        "handleInvalid", "error", limits.one_of, "rows with null or NaN: 'error' or 'skip'", choices=("error", "skip")
    )
    features: Columns = declared(
        "featuresCol", "features", limits.columns, "column of features, or {input name: column}"
    )
    label: Columns | None = declared("labelCol", "label", limits.columns, "column of labels, or {output name: column}")
    validation: float | str | None = declared("", None, limits.validation, "fraction or column")

    @property
    def skips_invalid(self) -> bool:
        """Whether rows with a null or NaN are left out; else they are an error."""
        return self.handle_invalid == "skip"

    @property
    def validation_fraction(self) -> float:
        """The share of the rows to validate with, chosen by the seed; 0 for none."""
        return self.validation if isinstance(self.validation, float) else 0.0

    @property
    def validation_column(self) -> str | None:
        """The boolean column that is true for rows to validate with."""
        return self.validation if isinstance(self.validation, str) else None


_entries = {
    each.name: dataclasses.replace(each.metadata["setting"], argument=each.name)
    for each in dataclasses.fields(Settings)
}
IN_PYTHON = tuple(_entries.values())
INVALID = (_entries["handle_invalid"],)
LABEL = (_entries["label"],)
TRAINING = tuple(
    entry for name, entry in _entries.items() if name not in ("handle_invalid", "features", "label", "validation")
)


def _param(name: str, default: Any, check: Callable[..., Any], doc: str, argument: str = "") -> Setting:
    """Return a setting that only Spark stages have."""
    return Setting(name, argument, default, check, doc)


VALIDATION = (
    _param("validationFraction", None, limits.fraction, "share of the rows to validate with, chosen by the seed"),
    _param(
        "validationIndicatorCol", None, limits.text, "boolean column, true for rows to validate with, not to train on"
    ),
)
FEATURES = (
    _entries["features"],
    _param(
        "featuresCols",
        None,
        limits.columns_list,
        "several columns, instead of featuresCol: single numbers; of any kind where they are learned",
    ),
)
MODEL = (
    _param("modelArgs", None, limits.json_object, "what modelFn is called with, as names and plain values"),
    _param("learningRate", None, limits.positive, "of the optimizer, instead of the rate that it was made with"),
)
PREDICTION = (_param("predictionCol", "prediction", limits.text, "column to make: the model's output", "prediction"),)
CLASSES = (
    _param("probabilityCol", "probability", limits.text, "column to make: vector of class probabilities"),
    _param("rawPredictionCol", "rawPrediction", limits.text, "column to make: vector of the model's raw outputs"),
)
