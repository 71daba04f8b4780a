"""The model of a TrainingRun: from the zoo, or from a ``.keras`` file.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import pyspark.sql.functions as F

from sparkeras import datasets, zoo
from sparkeras.engine import model_files
from sparkeras.engine.params import by_rows
from sparkeras.errors import InvalidModelError

if TYPE_CHECKING:
    from sparkeras.runs.training_data import TrainingData

FOR_TABLES = ("tabular", "tabm")


def require_known(name: str) -> None:
    """Raise InvalidModelError if there is no model ``name``: neither in the zoo nor as a ``.keras`` file."""
    if name.endswith(".keras"):
        model_files.require_file(name)
    elif name not in zoo.names():
        raise InvalidModelError(
            f"Unknown model {name!r}; expected one of {', '.join(zoo.names())}, or the path of a .keras file."
        )


def default(data: str, rows: int | None = None) -> str:
    """Return the name of the model that a data set gets where none is named.

    ``"tabular"`` for a table, ``"tabm"`` for one of few rows; else ``"mlp"``.

    Parameters
    ----------
    data : str
        As ``TrainingRun`` takes it.
    rows : int, optional
        Of the training, once they are counted.
    """
    if datasets.is_raw(data):
        return "tabular" if rows is None else by_rows.table_model(rows)
    return "mlp"


def build(
    name: str,
    data: TrainingData,
    options: dict[str, Any] | None = None,
    seed: int = 0,
    steps: int | None = None,
) -> keras.Model:
    """Return the compiled model ``name`` for a data set: a name of the zoo, or the path of a ``.keras`` file.

    Parameters
    ----------
    name : str
    data : TrainingData
    options : dict, optional
        Of ``zoo.options(name)``.
    seed : int
        Of the data set's split: a backbone's training digits must not be among the test rows.
    steps : int, optional
        Weight updates of the training to come.

    Raises
    ------
    InvalidModelError
        If there is no such model, or the file is none that Keras opens safely.
    """
    require_known(name)
    if name.endswith(".keras"):
        model = model_files.open_file(name)
    else:
        model = _from_zoo(name, data, dict(options or {}), seed, steps)
    if not model.compiled:
        regression = data.dataset.task == "regression"
        model.compile(
            "adam",
            "mean_squared_error" if regression else "sparse_categorical_crossentropy",
            metrics=["mean_absolute_error" if regression else "accuracy"],
        )
    return model


def _from_zoo(name: str, data: TrainingData, options: dict[str, Any], seed: int, steps: int | None) -> keras.Model:
    dataset = data.dataset
    if data.spec:
        from sparkeras import features

        options["table"] = features.table(data.spec)
    if name == "transfer":
        digits = datasets.load_arrays("digits", seed=seed)
        options["rows"] = digits.x_train, digits.y_train
    if name == "text":
        _require_ids(dataset)
        options["vocabulary"] = data.words.size if data.words else _largest(dataset) + 1
    if "steps" in zoo.options(name):
        options["steps"] = steps
    options |= {"targets": dataset.targets, "label_scaling": _label_scaling(dataset)}
    scaling = None if data.spec else _scaling(dataset)
    return zoo.build(name, dataset.input_shape, dataset.num_classes, scaling=scaling, **options)


def has_own_classes(model: keras.Model) -> bool:
    """Tell whether Keras needs ``zoo.register()`` before it opens this model."""
    return "'sparkeras>" in str(keras.saving.serialize_keras_object(model))


def _require_ids(data: datasets.Dataset) -> None:
    """Raise InvalidModelError for rows that are amounts and no ids of words."""
    kind = getattr(data.train.schema["features"].dataType, "elementType", None)
    if kind is None or kind.typeName() not in ("byte", "short", "integer", "long"):
        raise InvalidModelError("The text model reads texts, or whole numbers of words; these rows are amounts.")


def _largest(data: datasets.Dataset) -> int:
    """Return the largest number among the features, where they are ids already."""
    ((largest,),) = data.train.select(F.max(F.array_max("features"))).collect()
    return int(largest)


def _label_scaling(data: datasets.Dataset) -> tuple[str, tuple[list[float], list[float]]] | None:
    """Return mean and variance of each target of a regression over the training rows; None for a classification."""
    if data.task != "regression":
        return None
    labels = [F.col("label")] if data.targets == 1 else [F.col("label")[number] for number in range(data.targets)]
    (row,) = data.train.agg(*(each(label) for each in (F.avg, F.var_pop) for label in labels)).collect()
    numbers = [float(number) for number in row]
    return "standardize", (numbers[: data.targets], numbers[data.targets :])


def _scaling(data: datasets.Dataset) -> tuple[str, Any]:
    """Return the scaling of a data set, with mean and variance of each feature over the training rows where it asks."""
    kind, value = data.scaling
    if kind != "standardize":
        return kind, value
    numbers = data.train.select(F.posexplode("features").alias("position", "number"))
    grouped = numbers.groupBy("position").agg(F.avg("number").alias("mean"), F.var_pop("number").alias("variance"))
    ordered = grouped.orderBy("position").collect()
    mean, variance = (np.array([row[name] for row in ordered]) for name in ("mean", "variance"))
    return kind, (mean.reshape(data.input_shape), variance.reshape(data.input_shape))
