"""A trained Keras model as a Spark ML stage.

Runs on: driver. It imports Keras; a model exists by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import keras
from pyspark.ml import Model

from sparkeras.engine import blueprint, columns, scoring
from sparkeras.engine.blueprint.heads import raw_heads
from sparkeras.engine.blueprint.labels import classifies
from sparkeras.engine.columns.outputs import Heads
from sparkeras.engine.columns.texts import ClassName, Texts
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.params import spark_params, table
from sparkeras.engine.saved_stages import Parts, SavedStage
from sparkeras.errors import InvalidModelError
from sparkeras.features import Features

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class KerasModel(Model, SavedStage, spark_params.declare(table.FEATURES, table.PREDICTION, table.INVALID)):  # type: ignore[misc]
    """A trained network: ``transform`` adds its predictions, ``keras_model`` is the plain Keras model.

    A model with several outputs makes one column each, ``<predictionCol>_<output name>``.

    Attributes
    ----------
    features : sparkeras.features.Features or None
        What was learned of the columns, by which ``transform`` encodes them; None where it reads ``featuresCol``.
    history : TrainingHistory or None
        Of the training that made it.
    """

    def __init__(
        self,
        model: keras.Model,
        history: TrainingHistory | None = None,
        texts: Texts | None = None,
        features: Features | None = None,
    ) -> None:
        super().__init__()
        self._model, self.history, self._texts, self.features = model, history, texts or Texts(), features

    @property
    def keras_model(self) -> keras.Model:
        """The trained model, a plain ``keras.Model`` with its optimizer state."""
        return self._model

    @property
    def hasSummary(self) -> bool:
        """Whether there is a ``summary``: a training by sparkeras made this model."""
        return self.history is not None

    @property
    def summary(self) -> TrainingHistory:
        """The TrainingHistory: figures per epoch, seconds per part, rows per second; ``print`` shows it in short.

        Raises
        ------
        InvalidModelError
            If the model was not trained here, see ``hasSummary``.
        """
        if self.history is None:
            raise InvalidModelError("This model has no summary: it was not trained by sparkeras.")
        return self.history

    def _saved_parts(self) -> Parts:
        features = self.features.to_json() if self.features else None
        return Parts(self._model, self.history, self._texts, features=features)

    @classmethod
    def _from_parts(cls, parts: Parts) -> KerasModel:
        features = None if parts.features is None else Features.from_json(parts.features)
        return cls(parts.model, parts.history, parts.texts, features)

    @property
    def vocabularies(self) -> dict[str, list[str]]:
        """The words (whole texts for an input of width 1) of each text column, the most frequent first."""
        return {column: list(each.words) for column, each in self._texts.vocabularies.items()}

    def _transform(self, dataset: DataFrame) -> DataFrame:
        signature = blueprint.signature(self._model)
        features = self.features or spark_params.features_of(self)
        fields = columns.plan(dataset.schema, signature, features, texts=self._texts)
        skip = self.getOrDefault("handleInvalid") == "skip"
        return scoring.score(dataset, blueprint.pack_once(self._model), fields, self._heads(), skip_invalid=skip)

    def _heads(self) -> Heads:
        """Return the columns to make."""
        return raw_heads(self._model, self.getOrDefault("predictionCol"))

    def _shape(self) -> tuple[int | None, ...]:
        """Return the shape of one row of the first output."""
        outputs = blueprint.signature(self._model)["outputs"] or {}
        return next(iter(outputs.values()))["shape"] or ()


class KerasClassificationModel(KerasModel, spark_params.declare(table.CLASSES)):  # type: ignore[misc]
    """A trained classifier: ``transform`` adds class, class probabilities and the model's raw output.

    A model trained on texts predicts the class by its name, and one of several classes at once lists those that apply.
    Where the label was learned with the columns, predictions are its values: texts, numbers or booleans.
    """

    @property
    def labels(self) -> list[ClassName] | None:
        """The classes in the order of their numbers; None where labels were class numbers."""
        return list(self._texts.classes) if self._texts.classes else None

    def _heads(self) -> Heads:
        names = [self.getOrDefault(name) for name in ("predictionCol", "probabilityCol", "rawPredictionCol")]
        return Heads(classifies(self._model), tuple(names), (self._shape(),), self._texts.classes)


class KerasRegressionModel(KerasModel):
    """A trained regression: ``transform`` adds a number, or a vector of several."""

    def _heads(self) -> Heads:
        return Heads("regression", (self.getOrDefault("predictionCol"),), (self._shape(),))
