"""Spark ML estimators: they train a copy of a compiled Keras model and give a Spark ML model.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
from pyspark.ml import Estimator
from pyspark.ml.linalg import VectorUDT
from pyspark.sql.types import ArrayType, StringType

from sparkeras.engine import blueprint, scoring, tracking, training
from sparkeras.engine.blueprint import state
from sparkeras.engine.blueprint.label_rules import class_limits
from sparkeras.engine.blueprint.labels import (
    require_class_arrays,
    require_class_numbers,
    require_probabilities,
    require_regression,
)
from sparkeras.engine.blueprint.targets import targets_of
from sparkeras.engine.columns import classes, vocabulary
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.columns.matching import match
from sparkeras.engine.columns.texts import Texts, Vocabulary
from sparkeras.engine.params import Columns, spark_params, table
from sparkeras.engine.saved_stages import Parts, SavedStage
from sparkeras.errors import InvalidModelError, InvalidParamError
from sparkeras.model import KerasClassificationModel, KerasModel, KerasRegressionModel
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_COLUMNS = (table.FEATURES, table.LABEL, table.PREDICTION, table.INVALID)
_TRAINING = (table.MODEL, table.TRAINING, table.VALIDATION)


class KerasEstimator(Estimator["KerasModel"], SavedStage, spark_params.declare(*_COLUMNS, *_TRAINING)):  # type: ignore[misc]
    """Train any Keras model, with any outputs and labels; the fitted model adds its outputs as they are.

    Parameters
    ----------
    model : keras.Model
        Compiled; it stays as it is, a copy is trained.
    modelFn : callable
        Instead of ``model``: makes the compiled model, from ``modelArgs`` (names and plain values), so that a grid of
        Params can have several architectures.
    **settings
        Spark Params: ``featuresCol``, ``labelCol``, ``epochs``, ``batchSize``, ...; ``explainParams()`` lists them.

    Raises
    ------
    InvalidModelError, InvalidParamError
        At once, for a model that is not compiled and for a Param out of its limits.
    """

    _fitted: type[KerasModel] = KerasModel
    _makes: tuple[str, ...] = ()  # Params that name the fitted model's columns

    def __init__(
        self, *, model: keras.Model | None = None, modelFn: Callable[..., keras.Model] | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        if (model is None) == (modelFn is None):
            raise InvalidParamError(
                f"{type(self).__name__} takes model=... (a compiled Keras model) or modelFn=... (a function that makes "
                f"one); got {'neither' if model is None else 'both'}."
            )
        if model is not None:
            blueprint.require_compiled(model)
        elif not callable(modelFn):
            raise InvalidParamError(f"'modelFn' must be a function that makes a compiled model; got {modelFn!r}.")
        self.model, self.modelFn = model, modelFn

    def _fit(self, dataset: DataFrame) -> KerasModel:
        settings, model = spark_params.from_params(self), self._first_model()
        scoring.require_new(dataset, [self.getOrDefault(name) for name in self._makes])
        labels = self._labels(dataset, model)
        if labels.classes and settings.class_weight:
            settings = replace(settings, class_weight=_by_number(settings.class_weight, labels.classes))
        texts = Texts(labels.classes, _vocabularies(dataset, model, settings.features))
        result = training.run(dataset, model, settings, limits=labels.limits, texts=texts)
        trained = blueprint.copy(model)
        state.set_state(trained, result.arrays, result.build_shape)
        tracking.log_training(trained, result.history, settings)
        fitted = self._fitted(trained, result.history, texts)
        # Spark knows a model by the uid of the estimator that made it.
        fitted._resetUid(self.uid)
        return self._copyValues(fitted)

    def _first_model(self) -> keras.Model:
        """Return the compiled model from which training starts."""
        arguments = self.getOrDefault("modelArgs") if self.isDefined("modelArgs") else None
        if self.modelFn is None and arguments is not None:
            raise InvalidParamError("'modelArgs' are for a modelFn; this estimator has a model.")
        model = self.model if self.modelFn is None else self._call_model_fn(arguments or {})
        if not self.isDefined("learningRate"):
            return model
        return _with_rate(blueprint.copy(model), self.getOrDefault("learningRate"))

    def _call_model_fn(self, arguments: dict[str, Any]) -> keras.Model:
        assert self.modelFn is not None
        try:
            inspect.signature(self.modelFn).bind(**arguments)
        except TypeError as error:
            raise InvalidParamError(f"modelFn and modelArgs {arguments} do not fit: {error}.") from error
        with blueprint.seeded(self.getOrDefault("seed")):
            model = self.modelFn(**arguments)
        blueprint.require_compiled(model)
        return model

    def _saved_parts(self) -> Parts:
        return Parts(self.model, code={} if self.modelFn is None else {"modelFn": self.modelFn})

    @classmethod
    def _from_parts(cls, parts: Parts) -> KerasEstimator:
        return cls(model=parts.model, **parts.code)

    def _labels(self, dataset: DataFrame, model: keras.Model) -> _Labels:
        """Return the limits and names of labels; refuse labels that this estimator does not train."""
        return _Labels()


@dataclass(frozen=True)
class _Labels:
    """Limits of whole-number labels, and the names of classes; None where they do not matter."""

    limits: Limits | None = None
    classes: tuple[str, ...] | None = None


class KerasClassifier(KerasEstimator, spark_params.declare(table.CLASSES)):  # type: ignore[misc]
    """Train a classifier; the fitted model adds class, probabilities and the raw output.

    ``labelCol`` holds class numbers 0, 1, ...; or texts, which are numbered in alphabetical order and given back as
    predictions; or, for losses that want them, one number per class and row: one-hot (``categorical_crossentropy``),
    or for several classes at once (``binary_crossentropy``), of which a prediction lists those that apply.

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasClassificationModel
    _makes = ("predictionCol", "probabilityCol", "rawPredictionCol")

    def _labels(self, dataset: DataFrame, model: keras.Model) -> _Labels:
        require_probabilities(model)
        label, limits = self.getOrDefault("labelCol"), class_limits(model)
        if label not in dataset.columns:
            return _Labels()  # columns.plan names the columns that exist
        kind = dataset.schema[label].dataType
        if isinstance(kind, ArrayType | VectorUDT):
            require_class_arrays(model, f"column {label!r}")
            return _Labels()
        require_class_numbers(targets_of(model, ["label"], [True]))
        if isinstance(kind, StringType):
            units = None if limits is None or limits.high is None else int(limits.high) + 1
            return _Labels(limits, classes.distinct_labels(dataset, label, units))
        return _Labels(limits)


class KerasRegressor(KerasEstimator):
    """Train a regression: numbers in ``labelCol``; the fitted model adds a number (or vector of several).

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasRegressionModel
    _makes = ("predictionCol",)

    def _labels(self, dataset: DataFrame, model: keras.Model) -> _Labels:
        require_regression(model)
        return _Labels()


def _with_rate(model: keras.Model, rate: float) -> keras.Model:
    try:
        model.optimizer.learning_rate = rate
    except TypeError as error:  # a schedule decides
        raise InvalidModelError(
            "'learningRate' cannot replace the schedule of the model's optimizer. Compile it with a number."
        ) from error
    return model


def _by_number(class_weight: dict[Any, float], names: tuple[str, ...]) -> dict[int, float]:
    """Return class weights by class number instead of class name."""
    by_name = {str(name): weight for name, weight in class_weight.items()}  # a class may be called '3'
    unknown = [name for name in by_name if name not in names]
    if unknown:
        raise InvalidParamError(f"'classWeight' names {unknown[0]!r}; the labels are {listed(names)}.")
    return {names.index(name): weight for name, weight in by_name.items()}


def _vocabularies(dataset: DataFrame, model: keras.Model, features: Columns) -> dict[str, Vocabulary]:
    """Return the vocabulary of each text column among the features, each made by one Spark job.

    A text for an input of width 1 is one category, whole; wider inputs take as many of its words.
    """
    signature = blueprint.signature(model)
    vocabularies: dict[str, Vocabulary] = {}
    for field in match(features, signature["inputs"], "input"):
        column = field.columns[0]
        kind = dataset.schema[column].dataType if column in dataset.columns else None
        if isinstance(kind, StringType) and len(field.columns) == 1:
            size = blueprint.embedding_size(model, field.name)
            if not size or field.shape is None or len(field.shape) > 1 or None in field.shape:
                raise InvalidModelError(
                    f"Column {column!r} holds texts, which are numbered for an Embedding of a fixed length; the "
                    f"model's input {field.name!r} has the shape {field.shape} and {'an' if size else 'no'} Embedding. "
                    "Begin the model with keras.Input((words,)), or keras.Input((1,)) for whole texts as categories, "
                    "and keras.layers.Embedding. (Keras' TextVectorization needs TensorFlow, and texts, which "
                    "sparkeras hands to no model.)"
                )
            vocabularies[column] = vocabulary.build(dataset, column, size, whole=field.shape in ((), (1,)))
    return vocabularies
