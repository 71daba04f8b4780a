"""Stages are fitted, saved, overwritten, loaded and used, and models searched for, wherever Spark runs."""

import keras
import numpy as np
import optuna
import pytest
from pyspark.ml import Pipeline, PipelineModel

import sparkeras
from sparkeras import KerasClassifier, features
from sparkeras.errors import SavedStageError
from sparkeras.spark import artifacts

pytestmark = pytest.mark.places


def test_a_pipeline_is_saved_and_loaded(spark, tmp_path):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(8, 4), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    rows = spark.createDataFrame([("fine film", "good"), ("dull film", "bad")] * 20, "text string, said string")
    estimator = KerasClassifier(model=model, featuresCol="text", labelCol="said", epochs=8, batchSize=8)
    fitted = Pipeline(stages=[estimator]).fit(rows)
    path = str(tmp_path / "reader")
    stage = fitted.stages[0]
    stage.save(path)
    with pytest.raises(SavedStageError, match="exists already"):
        stage.save(path)
    stage.write().overwrite().save(path)
    back = type(stage).load(path)
    assert back.history == stage.history
    assert PipelineModel([back]).transform(rows).where("prediction = said").count() == 40


def test_a_large_model_is_sent_once_and_scores_what_it_says_here(spark):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(300_000, "tanh"), keras.layers.Dense(1)])
    rows = spark.createDataFrame([(float(i), i / 2) for i in range(20)], "a double, b double").repartition(3)
    sent = []
    for _ in range(2):
        said = sparkeras.predict(model, rows, features=["a", "b"]).collect()
        expected = model.predict(np.array([[row.a, row.b] for row in said]), verbose=0)
        np.testing.assert_allclose([row.prediction for row in said], expected[:, 0], rtol=1e-4)
        sent.append(set(artifacts._shipped[rows.sparkSession]))
    assert sent[0] == sent[1]
    assert sent[0]


def test_a_search_finds_the_better_rate(spark):
    def line(trial):
        model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
        model.compile(keras.optimizers.SGD(trial.suggest_categorical("rate", [1e-6, 0.1])), "mse")
        return model

    rows = spark.createDataFrame([(i / 64, i / 32) for i in range(64)], "x double, y double")
    sampler = optuna.samplers.GridSampler({"rate": [1e-6, 0.1]}, seed=0)
    given = {"features": "x", "label": "y", "epochs": 2, "batch_size": 8, "validation": 0.25, "sampler": sampler}
    found = sparkeras.tune(line, rows, trials=2, parallelism=2, **given)
    assert [row["state"] for row in found.rows] == ["complete", "complete"]
    assert found.best_params == {"rate": 0.1}


def test_columns_are_learned_and_kept(spark, tmp_path):
    days = [f"2024-0{1 + n % 9}-1{n % 10}" for n in range(80)]
    rows = [
        (None if n % 9 == 4 else f"city {n % 4}", float(n), day, "late" if n % 2 else "ok")
        for n, day in enumerate(days)
    ]
    df = spark.createDataFrame(rows, "city string, size double, day string, said string").repartition(3)
    fitted = KerasClassifier(featuresCols=["city", "size", "day"], labelCol="said", epochs=20, numWorkers=2).fit(df)
    assert {column.sources[0]: column.kind for column in fitted.features.columns}["day"] == "date"
    fitted.save(str(tmp_path / "late"))
    back = type(fitted).load(str(tmp_path / "late"))
    assert back.features == fitted.features
    assert back.transform(df).where("prediction = said").count() > 60


def test_a_search_trains_on_learned_columns(spark, tmp_path):
    df = spark.createDataFrame(
        [(f"city {n % 2}", n % 2, n % 5 == 0) for n in range(60)], "city string, y int, held boolean"
    )
    spec = features.learn(df.where("not held"), label="y", columns=["city"])

    def build(trial):
        inputs = features.inputs(spec)
        outputs = keras.layers.Dense(2, "softmax")(features.encoded(spec, inputs))
        model = keras.Model(inputs, outputs)
        model.compile(
            keras.optimizers.SGD(trial.suggest_categorical("rate", [1e-6, 1.0])), "sparse_categorical_crossentropy"
        )
        return model

    sampler = optuna.samplers.GridSampler({"rate": [1e-6, 1.0]}, seed=0)
    given = {"features": spec, "validation": "held", "epochs": 3, "batch_size": 8, "sampler": sampler}
    found = sparkeras.tune(build, df, trials=2, **given)
    assert found.best_params == {"rate": 1.0}
    found.write(tmp_path / "found")
    assert features.Features.from_json((tmp_path / "found" / "features.json").read_text()) == spec
