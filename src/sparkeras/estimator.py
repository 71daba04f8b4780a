"""Spark ML estimators: they train a copy of a compiled Keras model and give a Spark ML model.

Runs on: driver.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
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
from sparkeras.engine.blueprint.vocabularies import vocabularies
from sparkeras.engine.columns import classes
from sparkeras.engine.columns.label_limits import Limits
from sparkeras.engine.columns.texts import ClassName, Texts
from sparkeras.engine.params import Settings, by_rows, spark_params, table
from sparkeras.engine.saved_stages import Parts, SavedStage
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from sparkeras.features import Features, Kind, Label, for_stages, recipe
from sparkeras.features.network import default_network
from sparkeras.features.recipe import Recipe
from sparkeras.model import KerasClassificationModel, KerasModel, KerasRegressionModel
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_COLUMNS = (table.FEATURES, table.LABEL, table.PREDICTION, table.INVALID)
_TRAINING = (table.MODEL, table.TRAINING, table.VALIDATION)


class KerasEstimator(Estimator["KerasModel"], SavedStage, spark_params.declare(*_COLUMNS, *_TRAINING)):  # type: ignore[misc]
    """Train any Keras model, with any outputs and labels; the fitted model adds its outputs as they are.

    Without ``model`` and ``modelFn`` the columns are learned and a network for tables trains, the zoo's ``tabm`` or
    ``tabular``; epochs and batch size then follow from the number of rows where they are not set.

    Parameters
    ----------
    model : keras.Model, optional
        Compiled; it stays as it is, a copy is trained.
    modelFn : callable, optional
        Instead of ``model``: makes the compiled model, from ``modelArgs`` (names and plain values), so that a grid of
        Params can have several architectures. Where columns are learned it has a parameter ``features``, the
        ``sparkeras.features.Features``, and may have one ``steps``, the weight updates of the training.
    features : True, dict or Features, optional
        Columns of any kind (texts, gaps, dates, categories). True: they are learned from the rows of each fit, those of
        ``featuresCols``, or all but label, weight and validation marks. ``{column: kind}``: likewise, with kinds named,
        as ``sparkeras.features.learn`` takes them. A Features: as it was learned before.
    **settings
        Spark Params: ``featuresCol``, ``labelCol``, ``epochs``, ``batchSize``, ...; ``explainParams()`` lists them.

    Raises
    ------
    InvalidModelError, InvalidParamError
        At once, for a model that is not compiled and for a Param out of its limits.
    """

    _fitted: type[KerasModel] = KerasModel
    _makes: tuple[str, ...] = ()  # Params that name the fitted model's columns
    _task: str | None = None  # for which a label is learned; None: its values say

    def __init__(
        self,
        *,
        model: keras.Model | None = None,
        modelFn: Callable[..., keras.Model] | None = None,
        features: bool | Mapping[str, Kind | None] | Features | Recipe | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if model is not None and modelFn is not None:
            raise InvalidParamError(
                f"{type(self).__name__} takes model=... (a compiled Keras model) or modelFn=... (a function that makes "
                "one), or neither, for columns that are learned; got both."
            )
        if model is not None:
            blueprint.require_compiled(model)
        elif modelFn is not None and not callable(modelFn):
            raise InvalidParamError(f"'modelFn' must be a function that makes a compiled model; got {modelFn!r}.")
        self.model, self.modelFn, self.features = model, modelFn, recipe.checked(features)
        if isinstance(self.features, Recipe):
            _require_a_model_for_any(model, modelFn)

    def _fit(self, dataset: DataFrame) -> KerasModel:
        settings = spark_params.from_params(self)
        scoring.require_new(dataset, [self.getOrDefault(name) for name in self._makes])
        spec = self._learned(dataset, settings)
        if spec is None:
            model, texts_of = self._first_model(), settings.features
        else:
            settings, texts_of = self._settings_for(spec, settings), {}
            model = self._first_model({"features": spec, "steps": by_rows.steps(settings, _rows(spec))})
        labels = self._labels(dataset, model, spec.label if spec else None)
        if labels.names and settings.class_weight:
            settings = replace(settings, class_weight=_by_number(settings.class_weight, labels.names))
        texts = Texts(labels.classes, vocabularies(dataset, model, texts_of) if texts_of else {})
        result = training.run(dataset, model, settings, limits=labels.limits, texts=texts)
        trained = blueprint.copy(model)
        state.set_state(trained, result.arrays, result.build_shape)
        tracking.log_training(trained, result.history, settings)
        fitted = self._fitted(trained, result.history, texts, spec)
        # Spark knows a model by the uid of the estimator that made it.
        fitted._resetUid(self.uid)
        return self._copyValues(fitted)

    def _learned(self, dataset: DataFrame, settings: Settings) -> Features | None:
        """Return what is known of the columns once these rows were seen; None where columns hold a model's inputs."""
        names_columns = self.isSet("featuresCol") or self.isSet("featuresCols")
        if isinstance(self.features, Features):
            if names_columns:
                raise InvalidParamError("Learned 'features' know their columns; leave 'featuresCol(s)' out.")
            label = self.features.label
            is_other = label is not None and self.isSet("labelCol") and settings.label != label.column
            if label is None or is_other:
                return replace(self.features, label=None)
            if self._task:
                for_stages.require_task(label, self._task)
            return self.features
        if self.features is None and (self.model is not None or self.modelFn is not None):
            return None
        if self.features is None and not names_columns and settings.features not in dataset.columns:
            raise InvalidColumnError(
                f"There is no column {settings.features!r} to learn from; the DataFrame has {listed(dataset.columns)}. "
                "Name the columns, featuresCols=[...], or take all: features=True."
            )
        names = None if self.features is not None and not names_columns else spark_params.features_of(self)
        return for_stages.learn(self.features or Recipe(), dataset, settings, names, self._task)

    def _settings_for(self, spec: Features, settings: Settings) -> Settings:
        """Return the settings with learned columns; those that are not set follow from the rows, where no model is."""
        chosen: dict[str, Any] = {"features": spec}
        if spec.label:
            chosen["label"] = spec.label.column
        if self.model is None and self.modelFn is None:
            of_rows, params = by_rows.defaults(_rows(spec), is_table=True), {"batch_size": "batchSize"}
            chosen |= {name: value for name, value in of_rows.items() if not self.isSet(params.get(name, name))}
        return replace(settings, **chosen)

    def _first_model(self, learned: Mapping[str, Any] | None = None) -> keras.Model:
        """Return the compiled model from which training starts; ``learned`` are arguments that a modelFn may take."""
        arguments = self.getOrDefault("modelArgs") if self.isDefined("modelArgs") else None
        if self.modelFn is None and arguments is not None:
            has = "none" if self.model is None else "a model"
            raise InvalidParamError(f"'modelArgs' are for a modelFn; this estimator has {has}.")
        model = self.model or self._made(self.modelFn or default_network, arguments or {}, learned or {})
        if not self.isDefined("learningRate"):
            return model
        return _with_rate(blueprint.copy(model), self.getOrDefault("learningRate"))

    def _made(
        self, function: Callable[..., keras.Model], arguments: dict[str, Any], learned: Mapping[str, Any]
    ) -> keras.Model:
        signature = inspect.signature(function)
        given = {name: value for name, value in learned.items() if name in signature.parameters} | arguments
        try:
            signature.bind(**given)
        except TypeError as error:
            raise InvalidParamError(f"modelFn and modelArgs {arguments} do not fit: {error}.") from error
        with blueprint.seeded(self.getOrDefault("seed")):
            model = function(**given)
        blueprint.require_compiled(model)
        return model

    def _saved_parts(self) -> Parts:
        code = {} if self.modelFn is None else {"modelFn": self.modelFn}
        return Parts(self.model, code=code, features=self.features.to_json() if self.features else None)

    @classmethod
    def _from_parts(cls, parts: Parts) -> KerasEstimator:
        features = None if parts.features is None else recipe.opened(parts.features)
        return cls(model=parts.model, features=features, **parts.code)

    def _labels(self, dataset: DataFrame, model: keras.Model, learned: Label | None) -> _Labels:
        """Return the limits and names of labels; refuse labels that this estimator does not train."""
        return _Labels()


@dataclass(frozen=True)
class _Labels:
    """Limits of whole-number labels, classes by name, and as predictions give them; None where they do not matter."""

    limits: Limits | None = None
    names: tuple[str, ...] | None = None
    classes: tuple[ClassName, ...] | None = None


class KerasClassifier(KerasEstimator, spark_params.declare(table.CLASSES)):  # type: ignore[misc]
    """Train a classifier; the fitted model adds class, probabilities and the raw output.

    ``labelCol`` holds class numbers 0, 1, ...; or texts, which are numbered in alphabetical order and given back as
    predictions; or, for losses that want them, one number per class and row: one-hot (``categorical_crossentropy``),
    or for several classes at once (``binary_crossentropy``), of which a prediction lists those that apply.

    Where columns are learned, a column of texts, booleans or any numbers is the classes, which predictions give back.

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasClassificationModel
    _makes = ("predictionCol", "probabilityCol", "rawPredictionCol")
    _task = "classification"

    def _labels(self, dataset: DataFrame, model: keras.Model, learned: Label | None) -> _Labels:
        require_probabilities(model)
        if learned:
            require_class_numbers(targets_of(model, ["label"], [True]))
            return _Labels(None, learned.classes, for_stages.class_values(learned, dataset))
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
            names = classes.distinct_labels(dataset, label, units)
            return _Labels(limits, names, names)
        return _Labels(limits)


class KerasRegressor(KerasEstimator):
    """Train a regression: numbers in ``labelCol``; the fitted model adds a number (or vector of several).

    Parameters, errors: as in ``KerasEstimator``.
    """

    _fitted = KerasRegressionModel
    _makes = ("predictionCol",)
    _task = "regression"

    def _labels(self, dataset: DataFrame, model: keras.Model, learned: Label | None) -> _Labels:
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


def _rows(spec: Features) -> int:
    """Return how many of the rows that were learned from have a label."""
    return spec.rows - (spec.label.missing if spec.label else 0)


def _require_a_model_for_any(model: keras.Model | None, modelFn: Callable[..., keras.Model] | None) -> None:
    """Raise InvalidParamError for a model that cannot have the inputs of columns yet to be learned."""
    if model is not None:
        raise InvalidParamError(
            "The inputs of a model are fixed, and columns that are learned anew in each fit may need others. Give "
            "modelFn, a function of the learned 'features'; or features=spec, of sparkeras.features.learn."
        )
    if modelFn is not None and "features" not in inspect.signature(modelFn).parameters:
        raise InvalidParamError(
            "modelFn has no parameter 'features', the columns as learned in each fit, which its model begins with: "
            "sparkeras.features.inputs(features)."
        )


def _by_number(class_weight: dict[Any, float], names: tuple[str, ...]) -> dict[int, float]:
    """Return class weights by class number instead of class name."""
    # A class may be called '3', or true.
    by_name = {str(name).lower() if isinstance(name, bool) else str(name): each for name, each in class_weight.items()}
    unknown = [name for name in by_name if name not in names]
    if unknown:
        raise InvalidParamError(f"'classWeight' names {unknown[0]!r}; the labels are {listed(names)}.")
    return {names.index(name): weight for name, weight in by_name.items()}
