"""Wrong schemas, values and settings, each with the one sentence that it must give before any Spark job."""

import re
import time

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras import KerasClassifier, KerasEstimator, KerasRegressor
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError, SavedStageError
from tests.models import digits_model

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


def dense(units=1, width=2, loss="mse", activation=None):
    model = keras.Sequential([keras.Input((width,)), keras.layers.Dense(units, activation)])
    model.compile("sgd", loss)
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


SETTINGS = [  # of a classifier of digits
    ({"epochs": 0}, "'epochs' must be a whole number of 1 or more; got 0"),
    ({"epochs": 1.5}, "'epochs' must be a whole number of 1 or more; got 1.5"),
    ({"epochs": True}, "'epochs' must be a whole number of 1 or more; got True"),
    ({"epochs": float("inf")}, "'epochs' must be a whole number of 1 or more; got inf"),
    ({"batchSize": "32"}, "'batchSize' must be a whole number of 1 or more; got '32'"),
    ({"batchSize": None}, "'batchSize' must be a whole number of 1 or more; got None"),
    ({"seed": -1}, "'seed' must be a whole number of 0 or more; got -1"),
    ({"seed": 1 << 32}, "'seed' must be a whole number from 0 to 4294967295; got 4294967296"),
    ({"callbacks": [keras.callbacks.TerminateOnNaN]}, "'callbacks' holds the class TerminateOnNaN; make a callback of"),
    ({"shuffle": 1}, "'shuffle' must be True or False; got 1"),
    ({"learningRate": 0}, "'learningRate' must be a number above 0; got 0"),
    ({"learningRate": float("nan")}, "'learningRate' must be a number above 0; got nan"),
    ({"validationFraction": 1}, "'validationFraction' must be a number between 0 and 1; got 1"),
    ({"validationFraction": "10%"}, "'validationFraction' must be a number between 0 and 1; got '10%'"),
    ({"validationIndicatorCol": True}, "'validationIndicatorCol' must be a name (text); got True"),
    ({"featuresCol": []}, "'featuresCol' must be a column name, a list of them, or {input name: column}; got []"),
    ({"featuresCol": 3}, "'featuresCol' must be a column name, a list of them, or {input name: column}; got 3"),
    ({"featuresCols": "a"}, "'featuresCols' must be a list of column names; got 'a'"),
    ({"predictionCol": ""}, "'predictionCol' must be a name (text); got ''"),
    ({"handleInvalid": "keep"}, "'handleInvalid' must be 'error' or 'skip'; got 'keep'"),
    ({"classWeight": {}}, "'classWeight' must be {class: weight} with weights of 0 or more; got {}"),
    ({"classWeight": {0: -1}}, "'classWeight' must be {class: weight} with weights of 0 or more; got {0: -1}"),
    ({"modelArgs": {1: 2}}, "'modelArgs' must be a dict of names to plain values"),
    ({"numWorkers": "all"}, "'numWorkers' must be a whole number of 1 or more, or 'auto'; got 'all'"),
    (
        {"maxShardMemory": "much"},
        "'maxShardMemory' must be a size like '512m' or '4g', or a number of bytes; got 'much'",
    ),
    ({"callbacks": "early"}, "'callbacks' must be a list of keras.callbacks.Callback; got"),
    ({"epoch": 3}, "KerasClassifier has no Param 'epoch'; it has: backend, batchSize"),
]


@pytest.mark.parametrize(("wrong", "words"), SETTINGS, ids=[str(case[0])[:30] for case in SETTINGS])
def test_settings_are_refused_when_they_are_made(wrong, words):
    with pytest.raises(InvalidParamError, match=re.escape(words)):
        KerasClassifier(model=digits_model(), **wrong)


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
        "wants one-hot labels and the label column holds class numbers",
    ),
    (
        KerasClassifier,
        lambda: dense(3, loss="sparse_categorical_crossentropy", activation="softmax"),
        {"labelCol": "target"},
        MODEL,
        "wants one class number per row, and column 'target' holds arrays",
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
    with pytest.raises(COLUMN, match="A stream has no end: take a DataFrame"):
        sparkeras.fit(dense(), stream)


VALUES = [  # (SQL of one row, settings, words)
    (
        {"label": "array(1.0D, 2.0D)"},
        {},
        "Column 'label': rows have 2 labels, and the model's output .* gives 1",
    ),
    ({"label": "double('infinity')"}, {}, "Column 'label' holds inf; expected finite numbers. Mend or filter it"),
    ({"w": "-1.0D"}, {"weight": "w"}, "Column 'w' holds -1.0; expected weights of 0 or more"),
    ({"w": "double('infinity')"}, {"weight": "w"}, "Column 'w' holds inf; expected weights of 0 or more"),
    (
        {"features": "array(1700000000000L, 4L)"},
        {},
        r"Column 'features' holds the whole number 1700000000000; .*Hash or index ids, e\.g\. pmod\(hash\(id\), n\)",
    ),
    (
        {"features": "array(array(1D), array(2D), array(3D))"},
        {},
        r"Column 'features': rows have the shape \(3, 1\); the model's input .* takes \(2,\)",
    ),
    ({"label": "-6000000000L"}, {}, "Column 'label' holds the whole number -6000000000; models compute with"),
]


@pytest.mark.parametrize(("given", "settings", "words"), VALUES, ids=[str(case[0]) for case in VALUES])
def test_values_that_cannot_be_right_are_told(spark, given, settings, words):
    row = {"features": "array(1.0D, 2.0D)", "label": "1.0D"} | given
    data = spark.range(3).selectExpr(*(f"{value} AS {name}" for name, value in row.items()))
    with pytest.raises(COLUMN, match=words):
        sparkeras.fit(dense(), data, **settings)


def test_a_prediction_that_fails_says_our_sentence_alone(spark):
    data = spark.range(3).selectExpr("array(1D, 2D, 3D) AS features")
    with pytest.raises(Exception, match="rows have 3 numbers; the model's input") as raised:
        sparkeras.predict(dense(), data).collect()
    assert "Traceback" not in str(raised.value)
    assert len(str(raised.value).strip().splitlines()) < 4


@pytest.mark.thorough
def test_arrays_keep_their_axes():
    """Rows of arrays are no flat rows: windows of (features, steps) are not those of (steps, features)."""
    model = keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).random((8, 6, 2))
    with pytest.warns(UserWarning, match="became a Spark DataFrame"):
        made = sparkeras.predict(model, x)
    got = np.array([row[0] for row in made.select("prediction").collect()])
    np.testing.assert_allclose(np.sort(got), np.sort(model.predict(x, verbose=0)[:, 0]), rtol=1e-5)
    with pytest.raises(COLUMN, match=r"rows have the shape \(2, 6\).*transpose"), pytest.warns(match="became"):
        sparkeras.fit(model, x.transpose(0, 2, 1), np.zeros(8))


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


def test_numbers_of_numpy_are_numbers():
    estimator = KerasRegressor(model=dense(), epochs=np.int64(3), learningRate=np.float32(0.5))
    assert (estimator.getEpochs(), type(estimator.getEpochs()), estimator.getLearningRate()) == (3, int, 0.5)
