"""The model of ``sparkeras train``: from the zoo, or from a ``.keras`` file.

Runs on: driver.
"""

import keras
import numpy as np
import pyspark.sql.functions as F

from sparkeras import datasets, zoo
from sparkeras.engine import model_files
from sparkeras.errors import InvalidModelError


def require_known(name):
    """Raise InvalidModelError if there is no model ``name``: neither in the zoo nor as a ``.keras`` file."""
    if name.endswith(".keras"):
        model_files.require_file(name)
    elif name not in zoo.names():
        raise InvalidModelError(
            f"Unknown model {name!r}; expected one of {', '.join(zoo.names())}, or the path of a .keras file."
        )


def require_texts(name):
    """Raise InvalidModelError for a model of the zoo that reads no texts."""
    if not name.endswith(".keras") and name != "text":
        raise InvalidModelError(f"The rows are texts, and {name!r} takes numbers. Take --model text.")


def build(name, data, options=None, seed=0, steps=None, words=None):
    """Return the compiled model ``name`` for a data set: a name of the zoo, or the path of a ``.keras`` file.

    Parameters
    ----------
    name : str
    data : datasets.Dataset
    options : dict, optional
        Of ``zoo.options(name)``.
    seed : int
        Of the data set's split: what a backbone learns from the digits must not be among the test rows.
    steps : int, optional
        Weight updates of the training to come.
    words : text_rows.Words, optional
        Of a data set of texts.

    Raises
    ------
    InvalidModelError
        If there is no such model, or the file is none that Keras opens safely.
    """
    require_known(name)
    if name.endswith(".keras"):
        model = model_files.open_file(name)
    else:
        options = dict(options or {})
        if name == "transfer":
            digits = datasets.load_arrays("digits", seed=seed)
            options["rows"] = digits.x_train, digits.y_train
        if name == "text":
            _require_ids(data)
            options["vocabulary"] = words.size if words else _largest(data) + 1
        if "steps" in zoo.options(name):
            options["steps"] = steps
        options |= {"scaling": _scaling(data), "targets": data.targets, "label_scaling": _label_scaling(data)}
        model = zoo.build(name, data.input_shape, data.num_classes, **options)
    if not model.compiled:
        regression = data.task == "regression"
        model.compile(
            "adam",
            "mean_squared_error" if regression else "sparse_categorical_crossentropy",
            metrics=["mean_absolute_error" if regression else "accuracy"],
        )
    return model


def has_own_classes(model):
    """Tell whether Keras needs ``zoo.register()`` before it opens this model."""
    return "'sparkeras>" in str(keras.saving.serialize_keras_object(model))


def _require_ids(data):
    """Raise InvalidModelError for rows that are amounts and no ids of words."""
    kind = getattr(data.train.schema["features"].dataType, "elementType", None)
    if kind is None or kind.typeName() not in ("byte", "short", "integer", "long"):
        raise InvalidModelError("The text model reads texts, or whole numbers of words; these rows are amounts.")


def _largest(data):
    """Return the largest number among the features, where they are ids already."""
    return int(data.train.select(F.max(F.array_max("features"))).first()[0])


def _label_scaling(data):
    """Work out the mean and variance of each amount that a regression is to say, over the training rows."""
    if data.task != "regression":
        return None
    labels = [F.col("label")] if data.targets == 1 else [F.col("label")[number] for number in range(data.targets)]
    found = data.train.agg(*(each(label) for each in (F.avg, F.var_pop) for label in labels)).first()
    numbers = [float(number) for number in found]
    return "standardize", (numbers[: data.targets], numbers[data.targets :])


def _scaling(data):
    """Work out the mean and variance of each feature over the training rows, where the data set asks for it."""
    kind, value = data.scaling
    if kind != "standardize":
        return kind, value
    numbers = data.train.select(F.posexplode("features").alias("position", "number"))
    found = numbers.groupBy("position").agg(F.avg("number").alias("mean"), F.var_pop("number").alias("variance"))
    ordered = found.orderBy("position").collect()
    mean, variance = (np.array([row[name] for row in ordered]) for name in ("mean", "variance"))
    return kind, (mean.reshape(data.input_shape), variance.reshape(data.input_shape))
