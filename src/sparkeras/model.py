"""A trained Keras model as a Spark ML stage.

Runs on: driver. Imports: ``blueprint``, ``columns``, ``scoring``, ``params``, ``errors``. Importing it passes
through Keras' door; a model exists by then.
"""

from pyspark.ml import Model

from sparkeras import blueprint, columns, params, scoring
from sparkeras.blueprint.labels import output_kind
from sparkeras.columns.outputs import Heads
from sparkeras.errors import InvalidModelError


class KerasModel(Model, params.declare(params.COLUMNS, params.PREDICTION)):  # type: ignore[misc]
    """A trained network: ``transform`` adds its predictions, ``keras_model`` is the plain Keras model.

    Attributes
    ----------
    history : TrainingHistory or None
        Of the training that made it.
    """

    def __init__(self, model, task, history=None):
        super().__init__()
        self._setDefault(**params.defaults(params.COLUMNS, params.PREDICTION))
        self._model, self._task, self.history = model, task, history

    @property
    def keras_model(self):
        """The trained model, a plain ``keras.Model`` with its optimizer state."""
        return self._model

    def _transform(self, dataset):
        """Add ``predictionCol``; for a classifier ``probabilityCol`` and ``rawPredictionCol`` too."""
        signature = blueprint.signature(self._model)
        fields = columns.plan(dataset.schema, signature, self.getOrDefault("featuresCol"))
        shape = next(iter(signature["outputs"].values()))["shape"]
        if self._task == "classification":
            names = [self.getOrDefault(n) for n in ("predictionCol", "probabilityCol", "rawPredictionCol")]
            heads = Heads(output_kind(self._model), tuple(names), (shape,))
        else:
            heads = Heads("regression", (self.getOrDefault("predictionCol"),), (shape,))
        return scoring.score(dataset, blueprint.pack_once(self._model), fields, heads)


def raw_heads(model, prediction):
    """Return the Heads of a model's outputs as they are: ``prediction``, or one such column per output.

    Raises
    ------
    InvalidModelError
        If the model has never seen data, so that it has no weights to predict with.
    """
    if not model.built:
        raise InvalidModelError("The model has never seen data, so it has no weights to predict with. Fit it first.")
    outputs = blueprint.signature(model)["outputs"]
    if not outputs:
        # A subclassed model does not say what it gives; Keras works it out.
        shape = blueprint.output_shape(model)
        return Heads("raw", (prediction,), (shape,))
    if len(outputs) == 1:
        return Heads("raw", (prediction,), (next(iter(outputs.values()))["shape"],))
    return Heads(
        "raw", tuple(f"{prediction}_{name}" for name in outputs), tuple(output["shape"] for output in outputs.values())
    )
