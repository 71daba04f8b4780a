"""Wrong schemas, values and settings, each with the one sentence that it must give before any Spark job."""

import re
import time

import keras
import pytest

import sparkeras
from sparkeras import KerasClassifier, KerasEstimator, KerasRegressor
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError, SavedStageError
from tests.models import dense, digits_model

PARAM, COLUMN, MODEL = InvalidParamError, InvalidColumnError, InvalidModelError
SCHEMA = (
    "features array<double>, a double, b double, label int, word string, day date, price decimal(9,2), flag boolean, "
    "deep array<array<string>>, pairs map<string,int>, file binary, target array<double>, note struct<text:string>"
)


@pytest.fixture(scope="module")
def rows(spark):
    return spark.createDataFrame([], SCHEMA)


def two_inputs():
    inputs = [keras.Input((1,), name="left"), keras.Input((1,), name="right")]
    both = keras.layers.Concatenate()(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(1, name=name)(both) for name in ("near", "far")])
    model.compile("sgd", ["mse", "mse"])
    return model


def uncompiled():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


class Lengths(keras.layers.Layer):
    """Stands for a text layer, which cannot be made without TensorFlow."""

    def call(self, texts):
        return keras.ops.zeros((1, 1))

    def compute_output_spec(self, texts):
        return keras.KerasTensor((None, 1))


def of_texts():
    inputs = keras.Input((1,), dtype="string")
    model = keras.Model(inputs, keras.layers.Dense(1)(Lengths(dtype="float32", autocast=False)(inputs)))
    model.compile("sgd", "mse")
    return model


def scheduled():
    model = dense()
    model.compile(keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(0.1, 10)), "mse")
    return model


def of_images():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2), keras.layers.Reshape((1, 2))])
    model.compile("sgd", "mse")
    return model


def of_masks():
    layers = [keras.layers.Dense(16), keras.layers.Reshape((4, 4, 1))]
    model = keras.Sequential([keras.Input((2,)), *layers])
    model.compile("sgd", "binary_crossentropy")
    return model


FITS = [  # (estimator, model, settings, error, words)
    (
        KerasRegressor,
        of_images,
        {},
        MODEL,
        "The model gives arrays of the shape (1, 2) per row",
    ),
    (KerasRegressor, two_inputs, {}, MODEL, "The model has 2 outputs; a regression has one. Use KerasEstimator"),
    (KerasRegressor, dense, {"predictionCol": "a"}, COLUMN, "Column 'a' is in the DataFrame already"),
    (
        KerasClassifier,
        digits_model,
        {"probabilityCol": "said", "predictionCol": "said"},
        COLUMN,
        "Two columns to make are called 'said'. Give each a name of its own",
    ),
    (
        KerasRegressor,
        dense,
        {"featuresCol": "nosuch"},
        COLUMN,
        "Column 'nosuch' is not in the DataFrame; it has 'features'",
    ),
    (KerasRegressor, dense, {"labelCol": "nosuch"}, COLUMN, "Column 'nosuch' is not in the DataFrame"),
    (KerasRegressor, dense, {"weightCol": "nosuch"}, COLUMN, "Column 'nosuch' is not in the DataFrame"),
    (KerasRegressor, dense, {"labelCol": "word"}, COLUMN, "Column 'word' is string; training needs numbers"),
    (KerasRegressor, dense, {"featuresCol": "day"}, COLUMN, "Column 'day' is date; training needs numbers"),
    (KerasRegressor, dense, {"featuresCol": "deep"}, COLUMN, "Column 'deep' is array<array<string>>"),
    (KerasRegressor, dense, {"featuresCol": "pairs"}, COLUMN, "Column 'pairs' is map<string,int>"),
    (KerasRegressor, dense, {"featuresCol": "note"}, COLUMN, "Column 'note' is struct<text:string>"),
    (
        KerasRegressor,
        dense,
        {"featuresCol": "file"},
        COLUMN,
        "Column 'file' holds images; .* has the shape (2,), not that",
    ),
    (
        KerasRegressor,
        dense,
        {"labelCol": "file"},
        COLUMN,
        "Column 'file' holds images, and the model's label .* takes numbers. Give images to compare with the output as "
        "nested arrays of numbers, array<array<double>> for (height, width)",
    ),
    (
        KerasEstimator,
        of_images,
        {},
        MODEL,
        "The loss 'mse' compares number by number: the model gives 2 per row, and the label column holds one.",
    ),
    (
        KerasEstimator,
        of_masks,
        {"labelCol": "target"},
        COLUMN,
        "Column 'target': rows hold arrays of numbers; the loss compares them with (4, 4, 1), from the model's output",
    ),
    (KerasRegressor, dense, {"featuresCol": "word"}, MODEL, "Column 'word' holds texts, .* and no Embedding"),
    (KerasRegressor, dense, {"featuresCols": ["a"]}, COLUMN, "rows have 1 numbers; the model's input"),
    (KerasRegressor, dense, {"featuresCols": ["a", "features"]}, COLUMN, "training needs single numbers there"),
    (KerasRegressor, dense, {"weightCol": "features"}, COLUMN, "Column 'features' is array<double>; .* single numbers"),
    (KerasRegressor, dense, {"validationIndicatorCol": "a"}, COLUMN, "Column 'a' is double; .* must be boolean"),
    (
        KerasRegressor,
        dense,
        {"featuresCol": "a", "featuresCols": ["a"]},
        PARAM,
        "'featuresCol' or 'featuresCols', not both",
    ),
    (
        KerasRegressor,
        dense,
        {"validationFraction": 0.1, "validationIndicatorCol": "flag"},
        PARAM,
        "'validationFraction' or 'validationIndicatorCol', not both",
    ),
    (KerasRegressor, dense, {"modelArgs": {}}, PARAM, "'modelArgs' are for a modelFn; this estimator has a model"),
    (KerasRegressor, scheduled, {"learningRate": 0.1}, MODEL, "'learningRate' cannot replace the schedule"),
    (
        KerasRegressor,
        dense,
        {"classWeight": {"cat": 1.0}},
        PARAM,
        "Class weights name 'cat', and the labels are numbers",
    ),
    (
        KerasRegressor,
        dense,
        {"checkpointDir": "/proc/no"},
        PARAM,
        "The checkpoint directory '/proc/no' cannot be written",
    ),
    (KerasRegressor, dense, {"backend": "theano"}, sparkeras.errors.SetupError, "Unknown backend 'theano'"),
    (
        KerasEstimator,
        two_inputs,
        {"featuresCol": ["a"]},
        COLUMN,
        "The model has 2 inputs ('left', 'right') and got 1 column",
    ),
    (
        KerasEstimator,
        two_inputs,
        {"featuresCol": {"left": "a", "up": "b"}},
        COLUMN,
        "inputs are 'left', 'right'; got columns",
    ),
    (
        KerasEstimator,
        two_inputs,
        {"featuresCol": ["a", "b"]},
        COLUMN,
        "The model has 2 outputs ('near', 'far') and got 1",
    ),
    (
        KerasEstimator,
        two_inputs,
        {"featuresCol": ["a", "b"], "labelCol": ["a", "b"], "classWeight": {0: 1.0}},
        PARAM,
        "Class weights are for a model with one output; this one has 2",
    ),
    (KerasClassifier, two_inputs, {"featuresCol": ["a", "b"]}, MODEL, "is linear and the loss"),
    (KerasClassifier, dense, {}, MODEL, "is linear and the loss 'mse' does not read it as logits"),
    (
        KerasClassifier,
        lambda: dense(3, loss="categorical_crossentropy", activation="softmax"),
        {},
        MODEL,
        "takes one-hot labels and the label column holds class numbers",
    ),
    (
        KerasClassifier,
        lambda: dense(3, loss="sparse_categorical_crossentropy", activation="softmax"),
        {"labelCol": "target"},
        MODEL,
        "takes one class number per row, and column 'target' holds arrays",
    ),
    (
        KerasRegressor,
        lambda: dense(10, loss="mse"),
        {"featuresCols": ["a", "b"], "labelCol": "a"},
        MODEL,
        "The loss 'mse' compares number by number: the model gives 10 per row, and the label column holds one.",
    ),
    (
        KerasRegressor,
        digits_model,
        {},
        MODEL,
        "The loss 'sparse_categorical_crossentropy' is a classifier's. Use KerasClassifier, or KerasEstimator.",
    ),
    (
        KerasClassifier,
        digits_model,
        {"classWeight": {77: 2.0}},
        PARAM,
        "Class weights name class 77; the model's classes are 0 to 9.",
    ),
]


@pytest.mark.parametrize(("kind", "model", "wrong", "error", "words"), FITS, ids=[case[-1][:50] for case in FITS])
def test_columns_and_models_are_refused_before_any_job(kind, model, wrong, error, words, rows, spark):
    estimator = kind(model=model(), **wrong)
    began = time.monotonic()
    with pytest.raises(error, match=re.escape(words).replace(r"\.\*", ".*")):
        estimator.fit(rows)
    assert time.monotonic() - began < 3


def test_models_are_refused_when_they_are_given():
    with pytest.raises(MODEL, match=r"not compiled; .* Call e\.g\. model\.compile"):
        KerasRegressor(model=uncompiled())
    with pytest.raises(MODEL, match=r"Expected a keras\.Model; got builtins\.str"):
        KerasRegressor(model="mlp")
    with pytest.raises(PARAM, match="'modelFn' must be a function that makes a compiled model; got 3"):
        KerasRegressor(modelFn=3)


def test_predictions_never_replace_a_column(rows):
    fitted = KerasRegressor._fitted(dense())
    with pytest.raises(COLUMN, match="Column 'label' is in the DataFrame already; give the prediction another name"):
        fitted.setPredictionCol("label").transform(rows)


@pytest.mark.parametrize("name", [None, 3, "", ["x"]], ids=str)
def test_a_prediction_wants_a_name(rows, name):
    with pytest.raises(PARAM, match="'prediction' must be a name"):
        sparkeras.predict(dense(), rows, prediction=name)


def test_two_columns_of_one_name_are_told(rows):
    twice = rows.selectExpr("features", "a", "b AS a")
    with pytest.raises(COLUMN, match="The DataFrame has 2 columns 'a'; keep one of them"):
        sparkeras.fit(dense(), twice, label="a")


def test_a_stream_is_not_trained_on(spark):
    stream = spark.readStream.format("rate").load().selectExpr("array(0.0D, value) AS features", "1.0D AS label")
    with pytest.raises(COLUMN, match="Streaming DataFrames cannot be trained on"):
        sparkeras.fit(dense(), stream)


def test_a_path_that_holds_nothing_is_named(spark, tmp_path):
    with pytest.raises(SavedStageError, match="nowhere holds no saved stage"):
        KerasRegressor.load(str(tmp_path / "nowhere"))


def test_a_loss_that_compares_wants_labels(rows):
    with pytest.raises(MODEL, match=r"which compares predictions with labels, and label=None gives it none"):
        sparkeras.fit(dense(), rows, features=["a", "b"], label=None)


def test_a_text_layer_of_keras_is_refused(rows):
    with pytest.raises(
        MODEL,
        match=r"as Keras' own text layers do, and sparkeras hands a model numbers only, with every backend\. .*numb",
    ):
        sparkeras.fit(of_texts(), rows, features="word", label="a")
