"""The Spark habit: estimators that leave their model alone, and models that Spark's evaluators understand."""

import keras
import numpy as np
import pytest
from pyspark.ml import Pipeline
from pyspark.ml.classification import OneVsRest, OneVsRestModel
from pyspark.ml.evaluation import (
    BinaryClassificationEvaluator,
    MulticlassClassificationEvaluator,
    RegressionEvaluator,
)
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import Vectors
from pyspark.ml.tuning import CrossValidator, TrainValidationSplit

from sparkeras import KerasClassifier, KerasEstimator, KerasModel, KerasRegressor, datasets
from sparkeras.errors import InvalidModelError, InvalidParamError
from tests.models import digits_model


@pytest.fixture(scope="module")
def digits(spark):
    train, test = datasets.load("digits", spark)
    return train.cache(), test.cache()


@pytest.fixture(scope="module")
def fitted(digits):
    return KerasClassifier(model=digits_model(), epochs=8, batchSize=32).fit(digits[0])


def test_a_classifier_makes_columns_that_sparks_evaluators_take(fitted, digits):
    scored = fitted.transform(digits[1])
    assert isinstance(fitted, KerasModel)
    assert scored.columns == ["features", "label", "prediction", "probability", "rawPrediction"]
    kinds = [scored.schema[name].dataType.simpleString() for name in scored.columns[2:]]
    assert kinds == ["double", "vector", "vector"]
    assert MulticlassClassificationEvaluator(metricName="accuracy").evaluate(scored) > 0.9
    assert MulticlassClassificationEvaluator(metricName="logLoss").evaluate(scored) < 0.6
    row = scored.first()
    assert row.prediction == np.argmax(row.probability)
    assert sum(row.probability) == pytest.approx(1, abs=1e-5)


def test_fit_takes_other_params_for_one_call_and_never_changes_the_model(digits):
    model = digits_model()
    before = model.get_weights()
    estimator = KerasClassifier(model=model, epochs=9, validationFraction=0.2)
    fitted = estimator.fit(digits[0], {estimator.epochs: 1})
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert not np.array_equal(fitted.keras_model.get_weights()[0], before[0])
    assert len(fitted.history.epochs) == 1
    assert "val_loss" in fitted.history.epochs[0]
    assert estimator.getOrDefault("epochs") == 9


def one_unit(from_logits):
    keras.utils.set_random_seed(0)
    unit = keras.layers.Dense(1, activation="linear" if from_logits else "sigmoid")
    model = keras.Sequential([keras.Input((64,)), keras.layers.Rescaling(1 / 16), unit])
    model.compile(keras.optimizers.Adam(0.02), keras.losses.BinaryCrossentropy(from_logits=from_logits))
    return model


@pytest.mark.slow
def test_one_unit_gives_two_elements_with_and_without_logits(digits):
    train, test = (rows.selectExpr("features", "double(label = 0) AS label") for rows in digits)
    fitted = KerasClassifier(model=one_unit(from_logits=False), epochs=5, batchSize=32).fit(train)
    scored = fitted.transform(test)
    assert BinaryClassificationEvaluator().evaluate(scored) > 0.97
    of_sigmoid = scored.first()
    logits = one_unit(from_logits=True)
    logits.set_weights(fitted.keras_model.get_weights())
    of_logits = KerasClassifier(model=logits, epochs=1, batchSize=2000).fit(train.limit(1)).transform(test).first()
    for row in (of_sigmoid, of_logits):
        assert len(row.probability) == len(row.rawPrediction) == 2
        assert sum(row.probability) == pytest.approx(1)
    assert of_logits.probability[1] == pytest.approx(1 / (1 + np.exp(-of_logits.rawPrediction[1])))


def test_vectors_work_also_from_parquet(fitted, digits, spark, tmp_path):
    rows = digits[1].select(array_to_vector(digits[1].features.cast("array<double>")).alias("features"), "label")
    rows.write.parquet(str(tmp_path / "vectors"))
    scored = fitted.transform(spark.read.parquet(str(tmp_path / "vectors")))
    assert MulticlassClassificationEvaluator(metricName="accuracy").evaluate(scored) > 0.9


@pytest.mark.thorough
def test_a_regressor_in_a_pipeline_finds_the_line(spark):
    frame = spark.createDataFrame(
        [(float(i % 7), float(i % 5), 2.0 * (i % 7) - (i % 5)) for i in range(210)], "a double, b double, y double"
    )
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    stages = [
        VectorAssembler(inputCols=["a", "b"], outputCol="v"),
        KerasRegressor(model=model, featuresCol="v", labelCol="y", predictionCol="said", epochs=30, batchSize=32),
    ]
    scored = Pipeline(stages=stages).fit(frame).transform(frame)
    assert scored.schema["said"].dataType.typeName() == "double"
    assert RegressionEvaluator(labelCol="y", predictionCol="said", metricName="r2").evaluate(scored) > 0.95


def test_explain_params_names_each_with_its_words():
    text = KerasClassifier(model=digits_model()).explainParams()
    assert "batchSize: rows per weight update, over all workers (default: 128)" in text
    assert "featuresCol: column of features, or {input name: column} (default: features)" in text


def test_params_have_getters_and_setters_and_none_that_is_not_used():
    regressor = KerasRegressor(model=one_unit(from_logits=False)).setEpochs(3).setParams(batchSize=5, seed=1)
    assert (regressor.getEpochs(), regressor.getBatchSize(), regressor.getSeed()) == (3, 5, 1)
    assert not regressor.hasParam("probabilityCol")
    with pytest.raises(InvalidParamError, match="'epochs' must be a whole number of 1 or more; got nan"):
        regressor.setEpochs(float("nan"))
    assert "rows per weight update" in KerasRegressor.setBatchSize.__doc__


@pytest.fixture(scope="module")
def plane(spark):
    rows = [(float(i % 7), float(i % 5), 2.0 * (i % 7) - (i % 5)) for i in range(210)]
    return spark.createDataFrame(rows, "a double, b double, y double").cache()


def line(units=(), loss="mse"):
    layers = [keras.layers.Dense(each, activation="relu") for each in units]
    model = keras.Sequential([keras.Input((2,)), *layers, keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(0.01), loss)
    return model


@pytest.mark.parametrize("search", [CrossValidator, TrainValidationSplit])
@pytest.mark.slow
def test_a_grid_searches_architectures_and_rates_in_parallel(search, plane):
    estimator = KerasRegressor(
        modelFn=line, featuresCols=["a", "b"], labelCol="y", epochs=12, batchSize=16, threadsPerWorker=1
    )
    grid = [
        {estimator.modelArgs: {}, estimator.learningRate: 1e-6},
        {estimator.modelArgs: {"units": [4]}, estimator.learningRate: 0.1},
    ]
    evaluator = RegressionEvaluator(labelCol="y", metricName="r2")
    folds = {"numFolds": 2} if search is CrossValidator else {}
    found = search(
        estimator=estimator, estimatorParamMaps=grid, evaluator=evaluator, parallelism=2, seed=0, **folds
    ).fit(plane)
    figures = found.avgMetrics if search is CrossValidator else found.validationMetrics
    assert figures[0] < 0.8 < figures[1]
    assert evaluator.evaluate(found.transform(plane)) > 0.8


def test_fit_multiple_gives_a_model_per_map_by_its_number(plane):
    estimator = KerasRegressor(model=line(), featuresCols=["a", "b"], labelCol="y")
    maps = [{estimator.epochs: n} for n in (1, 2)]
    fitted = dict(estimator.fitMultiple(plane, maps))
    assert {n: len(model.history.epochs) for n, model in fitted.items()} == {0: 1, 1: 2}


def test_a_summary_tells_the_training(fitted):
    summary = fitted.summary
    assert fitted.hasSummary
    assert summary.rows_per_second == pytest.approx(summary.rows / np.median(summary.seconds[1:]))
    first, second = str(summary).splitlines()
    assert first.startswith("8 epochs of 1,437 rows in 45 steps: accuracy 0.9")
    assert "rows per second after the first; imports" in second
    bare = KerasModel(digits_model())
    assert not bare.hasSummary
    with pytest.raises(InvalidModelError, match="has no summary"):
        bare.summary  # noqa: B018


def test_a_function_makes_the_same_model_for_the_same_seed(plane):
    import random

    random.seed(5)
    expected = random.random()
    random.seed(5)
    given = {"modelFn": line, "featuresCols": ["a", "b"], "labelCol": "y", "epochs": 1}
    first, second, third = (KerasRegressor(seed=seed, **given)._first_model().get_weights()[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)
    assert random.random() == expected, "the caller's random numbers go on"


def test_an_estimator_of_several_outputs_makes_a_column_each(plane):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, [keras.layers.Dense(1, name="sum")(inputs), keras.layers.Dense(2, name="both")(inputs)])
    model.compile("adam", ["mse", "mse"])
    rows = plane.selectExpr("array(a, b) AS features", "a + b AS total")
    estimator = KerasEstimator(model=model, labelCol={"sum": "total", "both": "features"}, epochs=1)
    scored = estimator.fit(rows).transform(rows)
    kinds = [field.dataType.simpleString() for field in scored.schema[2:]]
    assert (scored.columns[2:], kinds) == (["prediction_sum", "prediction_both"], ["float", "array<float>"])


def test_outputs_in_a_dict_go_by_its_names(plane):
    inputs = keras.Input((2,))
    outputs = {"up": keras.layers.Dense(1, name="second")(inputs), "down": keras.layers.Dense(1, name="first")(inputs)}
    model = keras.Model(inputs, outputs)
    model.compile("sgd", {"up": "mse", "down": "mae"})
    model.get_layer("first").set_weights([np.zeros((2, 1)), np.array([-5.0])])
    rows = plane.selectExpr("array(0.0D, 1.0D) AS features", "1.0D AS a", "-5.0D AS b")
    fitted = KerasEstimator(model=model, labelCol={"up": "a", "down": "b"}, epochs=20, learningRate=0.05).fit(rows)
    row = fitted.transform(rows).first()
    assert row.prediction_down == pytest.approx(-5, abs=0.5)
    assert row.prediction_up == pytest.approx(1, abs=0.5)


def test_functions_rates_and_arguments_that_do_not_fit(plane):
    given = {"featuresCols": ["a", "b"], "labelCol": "y"}
    with pytest.raises(InvalidParamError, match=r"modelFn and modelArgs .*'layers': 3.* do not fit: .*'layers'"):
        KerasRegressor(modelFn=line, modelArgs={"layers": 3}, **given).fit(plane)
    with pytest.raises(InvalidParamError, match="'modelArgs' are for a modelFn; this estimator has a model"):
        KerasRegressor(model=line(), modelArgs={}, **given).fit(plane)
    with pytest.raises(InvalidParamError, match="'modelArgs' must be a dict of names to plain values"):
        KerasRegressor(modelFn=line, modelArgs={"loss": keras.losses.MeanSquaredError()})
    with pytest.raises(InvalidParamError, match="Set 'featuresCol' or 'featuresCols', not both"):
        KerasRegressor(model=line(), featuresCol="a", **given).fit(plane)
    with pytest.raises(InvalidModelError, match="Expected a keras.Model; got builtins.int"):
        KerasRegressor(modelFn=lambda: 3, **given).fit(plane)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    model = line()
    model.compile(keras.optimizers.SGD(schedule), "mse")
    with pytest.raises(InvalidModelError, match="'learningRate' cannot replace the schedule"):
        KerasRegressor(model=model, learningRate=0.1, **given).fit(plane)


def test_wrong_params_and_models_are_refused_at_once(digits):
    with pytest.raises(InvalidParamError, match="KerasClassifier has no Param 'epoch'; it has: .*epochs"):
        KerasClassifier(model=digits_model(), epoch=3)
    with pytest.raises(InvalidParamError, match="'batchSize' must be a whole number of 1 or more; got 0"):
        KerasClassifier(model=digits_model(), batchSize=0)
    with pytest.raises(InvalidModelError, match="not compiled"):
        KerasClassifier(model=keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    one_hot = digits_model(loss="categorical_crossentropy")
    with pytest.raises(InvalidModelError, match="takes one-hot labels.*sparse_categorical_crossentropy"):
        KerasClassifier(model=one_hot).fit(digits[0])
    linear = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    linear.compile("sgd", "mse")
    with pytest.raises(InvalidModelError, match="is linear and the loss 'mse' does not read it as logits.*sigmoid"):
        KerasClassifier(model=linear).fit(digits[0])
    both = KerasClassifier(model=digits_model(), validationFraction=0.1, validationIndicatorCol="x")
    with pytest.raises(InvalidParamError, match="not both"):
        both.fit(digits[0])
    with pytest.raises(InvalidModelError, match="takes one class number per row, and column 'features' holds arrays"):
        KerasClassifier(model=digits_model(), labelCol="features").fit(digits[0])


@pytest.mark.slow
def test_one_vs_rest_makes_a_classifier_of_binary_ones(spark, tmp_path):
    centres = [(0.0, 0.0), (2.0, 0.0), (0.0, 2.0)]
    noise = np.random.default_rng(0).normal(scale=0.2, size=(90, 2)).tolist()
    rows = [
        (Vectors.dense(x + a, y + b), float(i % 3), 1.0) for i, (a, b) in enumerate(noise) for x, y in [centres[i % 3]]
    ]
    frame = spark.createDataFrame(rows, ["features", "label", "weight"])
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.1), "binary_crossentropy")
    classifier = KerasClassifier(model=model, epochs=15, batchSize=16, threadsPerWorker=1)
    fitted = OneVsRest(classifier=classifier, weightCol="weight", parallelism=2).fit(frame)
    assert [each.getOrDefault("featuresCol") for each in fitted.models] == ["features"] * 3
    fitted.write().save(str(tmp_path / "three"))
    for one in (fitted, OneVsRestModel.load(str(tmp_path / "three"))):
        assert MulticlassClassificationEvaluator(metricName="accuracy").evaluate(one.transform(frame)) > 0.95
