"""Estimators learn raw columns anew in each fit, and their models keep what was learned."""

import json

import keras
import pyarrow as pa
import pyspark.sql.functions as F
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.tuning import CrossValidator, CrossValidatorModel

import sparkeras
from sparkeras import KerasClassificationModel, KerasClassifier, KerasEstimator, KerasRegressor, features
from sparkeras.engine.params import settings, spark_params
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError, SavedStageError
from sparkeras.features import for_stages
from sparkeras.features.kinds.category import FIRST, UNKNOWN
from sparkeras.features.network import default_network
from sparkeras.features.recipe import Recipe
from tests.features.test_learning import ROWS, table
from tests.features.test_training import AT_ONCE, IN_ROWS, changed

NAMES = ["size", "city", "day", "written", "pair"]


def network(features, units=2, rate=0.1):
    """Return a small compiled classifier that begins with learned columns."""
    keras.utils.set_random_seed(0)
    inputs = sparkeras.features.inputs(features)
    x = sparkeras.features.encoded(features, inputs, width=2)
    model = keras.Model(inputs, keras.layers.Dense(units, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
    return model


@pytest.fixture(scope="module")
def df(spark):
    """The table with a numeric label, 3 or 7, and a fold: "Rome" is a city of the second one alone."""
    rows = spark.createDataFrame(table().append_column("fold", [[n % 2 for n in range(ROWS)]])).coalesce(1)
    is_rome = (F.col("fold") == 1) & (F.col("row") % 5 == 0)
    city = F.when(is_rome, "Rome").otherwise(F.col("city"))
    return rows.withColumn("city", city).withColumn("grade", F.when(F.col("label") == "yes", 7).otherwise(3)).cache()


@pytest.fixture(scope="module")
def fitted(df):
    """A pipeline's model, without a model or a function given."""
    estimator = KerasClassifier(featuresCols=NAMES, labelCol="label", epochs=8, batchSize=32)
    return Pipeline(stages=[estimator]).fit(df)


def predicted(model, df):
    return [(row["prediction"], *row["probability"]) for row in model.transform(df).orderBy("row").collect()]


def test_columns_as_they_are_train_a_network_for_tables(df, fitted):
    (stage,) = fitted.stages
    assert stage.features.sources == tuple(NAMES)
    assert stage.keras_model.name == "tabm"
    assert stage.labels == ["no", "yes"]
    scored = fitted.transform(df)
    assert scored.where("prediction = label").count() > 0.85 * ROWS
    assert scored.schema["prediction"].dataType.typeName() == "string"


def test_what_was_learned_is_saved_with_the_stage(df, fitted, tmp_path):
    fitted.write().overwrite().save(str(tmp_path / "pipeline"))
    back = PipelineModel.load(str(tmp_path / "pipeline"))
    assert back.stages[0].features == fitted.stages[0].features == fitted.stages[0].copy().features
    assert predicted(back, df) == predicted(fitted, df)
    (path,) = (tmp_path / "pipeline" / "stages").iterdir()
    saved = json.loads((path / "features.json").read_text())
    (path / ".features.json.crc").unlink(missing_ok=True)
    (path / "features.json").write_text(json.dumps({**saved, "version": 99}))
    with pytest.raises(SavedStageError, match="saved in version 99 of their format, and this sparkeras reads up to 1"):
        KerasClassificationModel.load(str(path))
    (path / "features.json").write_text("{")
    with pytest.raises(SavedStageError, match="The saved features are damaged"):
        KerasClassificationModel.load(str(path))


def test_each_fold_is_learned_from_its_own_training_rows(df, tmp_path):
    estimator = KerasClassifier(modelFn=network, features=True, featuresCols=["city", "size"], labelCol="grade")
    estimator.setParams(epochs=1, threadsPerWorker=1)
    evaluator = MulticlassClassificationEvaluator(labelCol="grade", metricName="accuracy")
    search = CrossValidator(estimator=estimator, evaluator=evaluator, numFolds=2, foldCol="fold", collectSubModels=True)
    found = search.setEstimatorParamMaps([{}]).fit(df)
    rome = pa.table({"city": ["Rome"], "size": [5.0]})
    # The first fold's model was trained on the rows of the second, the second one's on those of the first.
    knows = [model.features.encode(rome)["ids"].item() for (model,) in found.subModels]
    assert knows[0] >= FIRST
    assert knows[1] == UNKNOWN
    assert [models[0].features.rows for models in found.subModels] == [ROWS // 2, ROWS // 2]
    assert found.bestModel.features.rows == ROWS
    assert 0 < found.avgMetrics[0] <= 1
    found.write().option("persistSubModels", "false").save(str(tmp_path / "search"))
    with sparkeras.loading(unpickle=True):
        back = CrossValidatorModel.load(str(tmp_path / "search"))
    assert back.bestModel.features == found.bestModel.features
    assert {row.prediction for row in back.transform(df).select("prediction").distinct().collect()} <= {3.0, 7.0}


def test_other_columns_are_no_features(df):
    estimator = KerasClassifier(features={"note": None}, labelCol="label", weightCol="grade")
    estimator.setValidationIndicatorCol("flag")
    rows = df.withColumn("CrossValidator_0123456789ab_rand", F.rand(0))
    spec = estimator._learned(rows, spark_params.from_params(estimator))
    assert spec.sources == ("size", "city", "day", "written", "pair", "row", "fold")
    assert spec.rows == df.where("not flag").count()
    assert spec.left_out["note"] == "left out by request"


def test_settings_follow_from_the_rows_where_nothing_is_given(df, fitted):
    spec = fitted.stages[0].features
    chosen = KerasClassifier(batchSize=8)._settings_for(spec, settings(batch_size=8))
    assert (chosen.epochs, chosen.batch_size, chosen.label) == (20, 8, "label")
    of_own = KerasClassifier(modelFn=network)._settings_for(spec, settings())
    assert (of_own.epochs, of_own.batch_size) == (10, 128)


def test_classes_are_the_labels_own_values(df, fitted):
    label = fitted.stages[0].features.label
    of_flags = features.Label("flag", ("false", "true"), (1, 1), 0.0, 0.0, 0)
    assert for_stages.class_values(label, df) == ("no", "yes")
    assert for_stages.class_values(of_flags, df) == (False, True)
    assert for_stages.class_values(features.Label("grade", ("3", "7"), (1, 1), 0.0, 0.0, 0), df) == (3.0, 7.0)
    model = network(fitted.stages[0].features)
    stage = KerasClassificationModel(model, features=fitted.stages[0].features)
    stage._texts = type(stage._texts)((False, True))
    assert stage.transform(df).schema["prediction"].dataType.typeName() == "boolean"


def test_amounts_are_learned_in_their_own_units(df):
    rows = df.selectExpr("city", "row", "1000.0 * row AS price")
    estimator = KerasRegressor(featuresCols=["city", "row"], features={"row": features.number()}, labelCol="price")
    spec = estimator._learned(rows, spark_params.from_params(estimator))
    assert spec.label.task == "regression"
    outputs = default_network(spec, steps=1).predict(spec.encode(rows.toArrow().combine_chunks()), verbose=0)
    assert outputs.shape == (ROWS, 1)
    assert 50_000 < outputs.mean() < 250_000


@pytest.mark.thorough
def test_a_function_gets_the_columns_and_its_own_arguments(df):
    seen = {}

    def counted(features, steps, units=2):
        seen.update(columns=features.sources, steps=steps)
        return network(features, units)

    given = {"featuresCols": ["city", "size"], "features": {"size": features.number(missing="impute")}}
    estimator = KerasClassifier(
        modelFn=counted, modelArgs={"units": 3}, labelCol="label", epochs=2, batchSize=100, **given
    )
    fitted = estimator.setClassWeight({"yes": 2.0}).fit(df.limit(200))
    assert seen == {"columns": ("city", "size"), "steps": 4}
    assert fitted.features.blocks["numbers"].names == ("size",)
    assert len(fitted.transform(df).first().probability) == 3


def test_how_to_learn_is_saved_with_an_estimator(df, fitted, tmp_path):
    kinds = {"city": features.category(most=2), "note": None}
    KerasRegressor(features=kinds, labelCol="size").save(str(tmp_path / "kinds"))
    assert KerasRegressor.load(str(tmp_path / "kinds")).features == Recipe(kinds)
    KerasEstimator(features=fitted.stages[0].features).save(str(tmp_path / "learned"))
    assert KerasEstimator.load(str(tmp_path / "learned")).features == fitted.stages[0].features


WRONG = [
    (
        lambda spec: KerasClassifier(features="city"),
        "'features' must be True, .*; or what .*learn has returned. Got 'city'",
    ),
    (lambda spec: KerasClassifier(features={"city": "category"}), "'features' must be True"),
    (
        lambda spec: KerasClassifier(model=network(spec), features=True),
        "The inputs of a model are fixed, .* Give modelFn",
    ),
    (lambda spec: KerasClassifier(modelFn=lambda: 1, features=True), "modelFn has no parameter 'features'"),
    (lambda spec: KerasClassifier(modelArgs={"a": 1}, features=spec), "'modelArgs' are for a modelFn; .* has none"),
    (lambda spec: KerasClassifier(features=spec, featuresCols=["city"]), "Learned 'features' know their columns"),
    (lambda spec: KerasClassifier(featuresCols=["nosuch"]), "Column 'nosuch' is not in the DataFrame"),
    (lambda spec: KerasClassifier(featuresCols=["city"], labelCol="nosuch"), "Column 'nosuch' is not in the DataFrame"),
    (lambda spec: KerasClassifier(), "no column 'features' to learn from; .* featuresCols=.* features=True"),
    (
        lambda spec: KerasRegressor(featuresCols=["city"], labelCol="label"),
        "the label, holds texts such as .*, no amounts",
    ),
    (lambda spec: KerasClassifier(featuresCols=["city"], labelCol="pair"), "No label was learned with the columns"),
    (
        lambda spec: KerasRegressor(features=spec),
        "the label, was learned as classes. Learn it with task='regression', or take",
    ),
]


@pytest.mark.parametrize(("make", "words"), WRONG)
def test_what_does_not_fit_together_is_refused(df, fitted, make, words):
    with pytest.raises((InvalidParamError, InvalidColumnError, InvalidModelError), match=words):
        make(fitted.stages[0].features).fit(df)


@pytest.mark.parametrize(("columns", "words"), [each for each in AT_ONCE if "size" not in each[0]])
def test_other_columns_are_refused_before_any_job(spark, fitted, columns, words):
    with pytest.raises(InvalidColumnError, match=words):
        fitted.transform(changed(spark, **columns))


@pytest.mark.parametrize(("columns", "words"), IN_ROWS[-1:])
def test_rows_that_cannot_be_encoded_are_refused_or_left_out(spark, fitted, columns, words):
    (stage,), rows = fitted.stages, changed(spark, **columns)
    with pytest.raises(Exception, match=words):
        stage.transform(rows).collect()
    left = stage.copy({stage.handleInvalid: "skip"}).transform(rows).count()
    assert left == 6 - int(words.split(" of 6")[0][-1])


def test_new_values_are_predicted_and_new_labels_refused(spark, fitted):
    (stage,), rows = (
        fitted.stages,
        changed(spark, city=["Paris", None, "Oslo", "NA", " Oslo ", "oslo"], label=["maybe"] * 6),
    )
    assert stage.transform(rows).count() == 6
    with pytest.raises(InvalidColumnError, match="the label 'maybe' .*, which is none of 'no', 'yes'"):
        sparkeras.evaluate(stage.keras_model, rows, features=stage.features)
