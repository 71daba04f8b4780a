"""Every setting once: its names, its words, its default and its limits, as Spark Param and as Python argument.

Runs on: driver. Imports: ``errors`` only.
"""

import functools
import math
import re
from dataclasses import dataclass
from types import SimpleNamespace

from pyspark.ml.param import Param, Params

from sparkeras.errors import InvalidParamError


@dataclass(frozen=True)
class Setting:
    """One setting: ``param`` is its Spark spelling, ``argument`` its Python one; ``convert(name, value)`` checks."""

    param: str
    argument: str
    default: object
    convert: object
    doc: str


def _whole(name, value, low):
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < low:
        raise InvalidParamError(f"{name!r} must be a whole number of {low} or more; got {value!r}.")
    return int(value)


def _workers(name, value):
    """A whole number of 1 or more, or the word that leaves it to Spark."""
    if value == "auto":
        return value
    try:
        return _whole(name, value, low=1)
    except InvalidParamError:
        raise InvalidParamError(f"{name!r} must be a whole number of 1 or more, or 'auto'; got {value!r}.") from None


def _fraction(name, value):
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise InvalidParamError(f"{name!r} must be a number between 0 and 1; got {value!r}.")
    return float(value)


def _boolean(name, value):
    if not isinstance(value, bool):
        raise InvalidParamError(f"{name!r} must be True or False; got {value!r}.")
    return value


def _text(name, value):
    if not isinstance(value, str) or not value:
        raise InvalidParamError(f"{name!r} must be a name (text); got {value!r}.")
    return value


def _columns(name, value):
    """A column name, a list of them, or {input or output name: column or list}."""
    values = value.values() if isinstance(value, dict) else [value]
    lists = [[each] if isinstance(each, str) else each for each in values]
    if not lists or not all(
        isinstance(names, list | tuple) and names and all(isinstance(n, str) and n for n in names) for names in lists
    ):
        raise InvalidParamError(
            f"{name!r} must be a column name, a list of them, or {{input name: column}}; got {value!r}."
        )
    return value


def _class_weight(name, value):
    good = isinstance(value, dict) and value
    for label, weight in value.items() if good else ():
        whole = isinstance(label, int) and not isinstance(label, bool)
        good = good and whole and isinstance(weight, int | float) and math.isfinite(weight) and weight >= 0
    if not good:
        raise InvalidParamError(f"{name!r} must be {{class number: weight}} with weights of 0 or more; got {value!r}.")
    return {label: float(weight) for label, weight in value.items()}


def _validation(name, value):
    """A fraction of the rows or the name of a boolean column."""
    if isinstance(value, str):
        return _text(name, value)
    if not isinstance(value, int | float):
        raise InvalidParamError(
            f"{name!r} must be a number between 0 and 1, or the name of a boolean column that is true for rows to "
            f"validate with; got {type(value).__name__}."
        )
    return _fraction(name, value)


def _callbacks(name, value):
    if not isinstance(value, list | tuple) or not all(hasattr(each, "on_epoch_end") for each in value):
        raise InvalidParamError(f"{name!r} must be a list of keras.callbacks.Callback; got {value!r}.")
    return list(value)


def _memory(name, value):
    """Bytes, as a number or in Spark's words."""
    words = re.fullmatch(r"(\d+)\s*([kmgt])(i?b)?", value.strip().lower()) if isinstance(value, str) else None
    found = int(words[1]) * 1024 ** ("kmgt".index(words[2]) + 1) if words else value
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise InvalidParamError(f"{name!r} must be a size like '512m' or '4g', or a number of bytes; got {value!r}.")
    return found


def _setting(param, argument, default, kind, doc, **limits):
    return Setting(param, argument, default, functools.partial(kind, **limits), doc)


TRAINING = (
    _setting("epochs", "epochs", 10, _whole, "times that training sees every row", low=1),
    _setting("batchSize", "batch_size", 128, _whole, "rows per weight update, over all workers", low=1),
    _setting("shuffle", "shuffle", True, _boolean, "whether rows are shuffled anew each epoch, by the seed"),
    _setting("seed", "seed", 0, _whole, "seed of the order of rows, of dropout and of unset weights", low=0),
    _setting("weightCol", "weight", None, _text, "column of row weights"),
    _setting("classWeight", "class_weight", None, _class_weight, "weight of each class number, for its rows"),
    _setting("callbacks", "callbacks", None, _callbacks, "Keras callbacks, which run in the training process"),
    _setting("numWorkers", "num_workers", 1, _workers, "training processes, one per Spark task; 'auto': per executor"),
    _setting("threadsPerWorker", "threads_per_worker", None, _whole, "threads that training computes with", low=1),
    _setting("maxShardMemory", "max_shard_memory", "1g", _memory, "most that a worker's rows take in memory"),
    _setting("backend", "backend", None, _text, "what Keras computes with: jax, torch or tensorflow"),
    _setting("queueTimeoutSeconds", "queue_timeout_seconds", 3600, _whole, "longest wait for free task slots", low=1),
    _setting(
        "checkpointDir", "checkpoint_dir", None, _text, "where each finished epoch is kept: a shared path, or a URI"
    ),
    _setting("maxRetries", "max_retries", 0, _whole, "times that a training which failed is taken up again", low=0),
    _setting(
        "startTimeoutSeconds",
        "start_timeout_seconds",
        300,
        _whole,
        "longest wait until the first step is done, once all tasks run and have read their rows",
        low=1,
    ),
    _setting("stepTimeoutSeconds", "step_timeout_seconds", 600, _whole, "longest wait for one step", low=1),
)
VALIDATION = (
    _setting("validationFraction", "", None, _fraction, "share of the rows to validate with, chosen by the seed"),
    _setting("validationIndicatorCol", "", None, _text, "boolean column, true for rows to validate with"),
)
COLUMNS = (
    _setting("featuresCol", "features", "features", _columns, "column of features"),
    _setting("labelCol", "label", "label", _columns, "column of labels"),
)
PREDICTION = (
    _setting("predictionCol", "prediction", "prediction", _text, "column to make: class number, or number"),
    _setting("probabilityCol", "", "probability", _text, "column to make: vector of class probabilities"),
    _setting("rawPredictionCol", "", "rawPrediction", _text, "column to make: vector of what the model gives"),
)
_IN_PYTHON = (*TRAINING, *COLUMNS, Setting("", "validation", None, _validation, "fraction or column"))
_DEFAULTS = {setting.argument: setting.default for setting in _IN_PYTHON}


def default(argument):
    """Return the default of a Python argument."""
    return _DEFAULTS[argument]


def settings(spell=str, **arguments):
    """Check the arguments of one training and fill in defaults.

    Parameters
    ----------
    spell : callable
        From a Python argument's name to what the user typed, for errors.
    **arguments

    Returns
    -------
    SimpleNamespace
        One attribute per argument; None where a setting without default was not given.

    Raises
    ------
    InvalidParamError
        For a value outside its limits, or an argument that does not exist.
    """
    unknown = [name for name in arguments if name not in _DEFAULTS]
    if unknown:
        raise InvalidParamError(f"Unknown setting {unknown[0]!r}; there are: {', '.join(_DEFAULTS)}.")
    checked = dict(_DEFAULTS)
    for setting in _IN_PYTHON:
        value = arguments.get(setting.argument, setting.default)
        # Only a setting whose default is None may be None; label=None means that the model learns without labels.
        allowed = setting.default is None or setting.argument == "label"
        checked[setting.argument] = (
            None if value is None and allowed else setting.convert(spell(setting.argument), value)
        )
    return SimpleNamespace(**checked)


def from_params(stage):
    """Return the settings of a Spark stage as ``settings`` does.

    Raises
    ------
    InvalidParamError
        If both spellings of validation are set.
    """
    given = {s.argument: stage.getOrDefault(s.param) for s in (*TRAINING, *COLUMNS) if stage.isDefined(s.param)}
    fraction, column = (stage.isSet(s.param) and stage.getOrDefault(s.param) for s in VALIDATION)
    if fraction and column:
        raise InvalidParamError("Set 'validationFraction' or 'validationIndicatorCol', not both.")
    return settings(**given, validation=fraction or column or None)


def defaults(*groups):
    """Return ``{param: default}`` of groups of settings, those without default left out."""
    return {s.param: s.default for group in groups for s in group if s.default is not None}


def declare(*groups):
    """Return a mix-in class of Spark Params for groups of settings."""
    declared = {
        setting.param: Param(
            Params._dummy(), setting.param, setting.doc, typeConverter=functools.partial(setting.convert, setting.param)
        )
        for group in groups
        for setting in group
    }
    return type("DeclaredParams", (_CheckedParams,), declared)


class _CheckedParams(Params):
    """Params whose values are refused in our words; Spark would wrap them in a ValueError of its own."""

    def set(self, param, value):
        super().set(param, param.typeConverter(value))
