"""The Spark habit: estimators that train a copy of a compiled Keras model and give a ``KerasModel``.

Runs on: driver. Imports: ``training``, ``model``, ``params``, ``blueprint``, ``errors``.
"""

from __future__ import annotations

from typing import Any

import keras
from pyspark.ml import Estimator

from sparkeras import blueprint, params, training
from sparkeras.blueprint import state
from sparkeras.blueprint.labels import class_limits, require_class_numbers, require_probabilities
from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.model import KerasModel

_GROUPS = (params.COLUMNS, params.PREDICTION, params.TRAINING, params.VALIDATION)


class _KerasEstimator(Estimator, params.declare(*_GROUPS)):  # type: ignore[misc]
    """What classifier and regressor share; each says what labels it takes."""

    task = ""

    def __init__(self, *, model: keras.Model, **settings: Any) -> None:
        super().__init__()
        blueprint.require_compiled(model)
        self.model = model
        self._setDefault(**params.defaults(*_GROUPS))
        for name, value in settings.items():
            if not self.hasParam(name):
                known = ", ".join(sorted(param.name for param in self.params))
                raise InvalidParamError(f"{type(self).__name__} has no Param {name!r}; it has: {known}.")
            self.set(self.getParam(name), value)

    def _fit(self, dataset):
        self._check(dataset)
        settings = params.from_params(self)
        result = training.run(dataset, self.model, settings, limits=self._limits())
        trained = blueprint.copy(self.model)
        state.set_state(trained, result.arrays, result.build_shape)
        fitted = KerasModel(trained, self.task, result.history)
        # Spark knows a model by the uid of the estimator that made it.
        fitted._resetUid(self.uid)
        return self._copyValues(fitted)

    def _check(self, dataset):
        label = self.getOrDefault("labelCol")
        if label not in dataset.columns:
            return  # columns.plan says what is there instead
        kind = dataset.schema[label].dataType.typeName()
        if self.task == "classification" and kind in ("array", "vector", "udt"):
            raise InvalidColumnError(
                f"Column {label!r} is {dataset.schema[label].dataType.simpleString()}; KerasClassifier takes one class "
                "number per row. Use the index of the class, e.g. by StringIndexer."
            )

    def _limits(self):
        return None


class KerasClassifier(_KerasEstimator):
    """Train a classifier: class numbers 0, 1, ... in ``labelCol``; the fitted model adds class and probabilities.

    Parameters
    ----------
    model : keras.Model
        Compiled; it stays as it is, a copy is trained.
    **settings
        Spark Params: ``featuresCol``, ``labelCol``, ``epochs``, ``batchSize``, ...; ``explainParams()`` lists them.

    Raises
    ------
    InvalidModelError, InvalidParamError
        At once, for a model that is not compiled and for a Param out of its limits.
    """

    task = "classification"

    def _limits(self):
        require_class_numbers(self.model)
        require_probabilities(self.model)
        return class_limits(self.model)


class KerasRegressor(_KerasEstimator):
    """Train a regression: numbers in ``labelCol``; the fitted model adds a number (or vector of several).

    Parameters, errors: as in ``KerasClassifier``.
    """

    task = "regression"
