"""Stages are fitted, saved, overwritten, loaded and used, and models searched for, wherever Spark runs."""

import keras
import numpy as np
import optuna
import pytest
from pyspark.ml import Pipeline, PipelineModel

import sparkeras
from sparkeras import KerasClassifier
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
