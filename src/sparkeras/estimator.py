"""The Spark habit: estimators that train a copy of a compiled Keras model and give a Spark ML model.

Runs on: driver. Imports: ``training``, ``model``, ``persistence``, ``params``, ``blueprint``, ``errors``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras
from pyspark.ml import Estimator

from sparkeras import blueprint, training
from sparkeras.blueprint import state
from sparkeras.blueprint.labels import class_limits, require_class_numbers, require_probabilities
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from sparkeras.model import KerasClassificationModel, KerasModel, KerasRegressionModel
from sparkeras.params import stage, table
from sparkeras.persistence import SavedStage

_COLUMNS = (table.FEATURES, table.LABEL, table.PREDICTION, table.INVALID)
_TRAINING = (table.MODEL, table.TRAINING, table.VALIDATION)


class KerasEstimator(Estimator, SavedStage, stage.declare(*_COLUMNS, *_TRAINING)):  # type: ignore[misc]
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

    def _fit(self, dataset):
        settings, model = stage.from_params(self), self._first_model()
        self._check(dataset, model)
        result = training.run(dataset, model, settings, limits=self._limits(model))
        trained = blueprint.copy(model)
        state.set_state(trained, result.arrays, result.build_shape)
        fitted = self._fitted(trained, result.history)
        # Spark knows a model by the uid of the estimator that made it.
        fitted._resetUid(self.uid)
        return self._copyValues(fitted)

    def _first_model(self):
        """Return the compiled model that training begins with."""
        arguments = self.getOrDefault("modelArgs") if self.isDefined("modelArgs") else None
        if self.modelFn is None and arguments is not None:
            raise InvalidParamError("'modelArgs' are for a modelFn; this estimator has a model.")
        model = self.model if self.modelFn is None else self._made_by_function(arguments or {})
        if not self.isDefined("learningRate"):
            return model
        return _with_rate(blueprint.copy(model), self.getOrDefault("learningRate"))

    def _made_by_function(self, arguments):
        try:
            inspect.signature(self.modelFn).bind(**arguments)
        except TypeError as error:
            raise InvalidParamError(f"modelFn and modelArgs {arguments} do not fit: {error}.") from error
        with blueprint.seeded(self.getOrDefault("seed")):
            model = self.modelFn(**arguments)
        blueprint.require_compiled(model)
        return model

    def _saved_parts(self):
        return self.model, None, {} if self.modelFn is None else {"modelFn": self.modelFn}

    @classmethod
    def _from_parts(cls, model, history, code):
        return cls(model=model, **code)

    def _check(self, dataset, model):
        """Refuse labels and models that are not this estimator's."""

    def _limits(self, model):
        return None


class KerasClassifier(KerasEstimator, stage.declare(table.CLASSES)):  # type: ignore[misc]
    """Train a classifier: class numbers 0, 1, ... in ``labelCol``; the fitted model adds class and probabilities.

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasClassificationModel

    def _check(self, dataset, model):
        require_class_numbers(model)
        require_probabilities(model)
        label = self.getOrDefault("labelCol")
        if label not in dataset.columns:
            return  # columns.plan says what is there instead
        kind = dataset.schema[label].dataType
        if kind.typeName() in ("array", "vector", "udt"):
            raise InvalidColumnError(
                f"Column {label!r} is {kind.simpleString()}; KerasClassifier takes one class number per row. Use the "
                "index of the class, e.g. by StringIndexer."
            )

    def _limits(self, model):
        return class_limits(model)


class KerasRegressor(KerasEstimator):
    """Train a regression: numbers in ``labelCol``; the fitted model adds a number (or vector of several).

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasRegressionModel


def _with_rate(model, rate):
    try:
        model.optimizer.learning_rate = rate
    except TypeError as error:  # a schedule decides
        raise InvalidModelError(
            "'learningRate' cannot replace the schedule of the model's optimizer. Compile it with a number."
        ) from error
    return model
