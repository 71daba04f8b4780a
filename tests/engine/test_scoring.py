"""Predictions: lazily, in any partitioning, one model per worker; and what is refused."""

from pathlib import Path

import keras
import numpy as np
import pytest
from pyspark import SparkFiles

import sparkeras
from sparkeras import datasets
from sparkeras.engine import scoring
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from sparkeras.spark import tasks
from tests.models import digits_model


class Counting(keras.layers.Layer):
    """Write one file per construction outside the driver."""

    def __init__(self, folder, **settings):
        super().__init__(**settings)
        self.folder = folder
        import os
        import sys
        import uuid

        if "daemon" in " ".join(sys.orig_argv):
            open(os.path.join(folder, uuid.uuid4().hex), "w").close()

    def call(self, x):
        return x


@pytest.mark.classic
def test_several_models_score_in_one_job(spark):
    rows = datasets.load("digits", spark)[1].coalesce(1)
    models = {"first": digits_model(), "second": digits_model()}
    models["second"].set_weights([-weight for weight in models["first"].get_weights()])
    before = set(spark.sparkContext.statusTracker().getJobIdsForGroup(None))
    scored = sparkeras.predict(models, rows).collect()
    assert len(set(spark.sparkContext.statusTracker().getJobIdsForGroup(None)) - before) == 1
    assert scored[0].first != scored[0].second
    alone = sparkeras.predict(models["second"], rows).collect()
    assert [row.second for row in scored] == [row.prediction for row in alone]


def test_a_worker_builds_the_model_once(spark, tmp_path):
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1)(Counting(str(tmp_path))(inputs)))
    frame = datasets.frame_from_arrays(spark, np.ones((100, 2), np.float32)).repartition(8)
    for _ in range(3):
        assert sparkeras.predict(model, frame).count() == 100
        assert sparkeras.predict(model, frame).selectExpr("sum(prediction)").first()[0] is not None
    assert 1 <= len(list(tmp_path.iterdir())) <= 2  # local[2] has two Python workers


@pytest.mark.classic
def test_a_large_model_does_not_travel_inside_the_functions_of_its_tasks(spark, monkeypatch):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(300_000, "tanh"), keras.layers.Dense(1)])
    frame = datasets.frame_from_arrays(spark, np.ones((10, 2), np.float32)).repartition(2)
    inside, portable = [], tasks.portable
    monkeypatch.setattr(scoring.tasks, "portable", lambda *given: inside.append(given[-1]) or portable(*given))
    said = sparkeras.predict(model, frame).collect()
    assert [len(payload) < 10_000 for payload in inside] == [True]
    expected = model.predict(np.ones((1, 2)), verbose=0)[0, 0]
    np.testing.assert_allclose([row.prediction for row in said], expected, rtol=1e-4)
    # It goes with Spark's own folder.
    sent = list((Path(SparkFiles.getRootDirectory()) / "sparkeras-sent").iterdir())
    assert any(file.stat().st_size > 2**20 for file in sent)


def test_tiny_and_empty_partitions_are_scored(spark):
    model = digits_model()
    rows = datasets.load("digits", spark)[1].limit(3).repartition(8)
    said = sparkeras.predict(model, rows).collect()
    expected = model.predict(np.array([row.features for row in said]), verbose=0)
    np.testing.assert_allclose([row.prediction for row in said], expected, rtol=1e-5, atol=1e-6)
    assert sparkeras.predict(model, rows.filter("label > 100")).collect() == []


def test_a_picture_out_keeps_its_depth(spark):
    inputs = keras.Input((4,))
    model = keras.Model(inputs, keras.layers.Reshape((2, 2))(keras.layers.Dense(4)(inputs)))
    frame = datasets.frame_from_arrays(spark, np.ones((3, 4), np.float32))
    said = sparkeras.predict(model, frame, prediction="picture")
    assert said.schema["picture"].dataType.simpleString() == "array<array<float>>"
    np.testing.assert_allclose(said.first().picture, model.predict(np.ones((1, 4)), verbose=0)[0], rtol=1e-5)


def test_nulls_are_refused_with_their_number(spark):
    frame = spark.createDataFrame([([1.0] * 64,), (None,), (None,)], "features array<double>").coalesce(1)
    with pytest.raises(Exception, match=r"Null, NaN or broken image found in column 'features': 2 row"):
        sparkeras.predict(digits_model(), frame).collect()


def test_any_name_of_a_column_will_do(spark):
    frame = spark.createDataFrame([([1.0, 2.0], 1)], "`a``b.c d` array<double>, `x``y` int")
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    scored = sparkeras.predict(model, frame, features="a`b.c d", prediction="p`q")
    assert scored.columns == ["a`b.c d", "x`y", "p`q"]
    assert len(scored.collect()) == 1


def test_rows_left_out_may_be_all_there_are(spark):
    model = keras.Sequential([keras.Input((None, 2)), keras.layers.Dense(3)])
    frame = spark.createDataFrame([(0, None), (1, None)], "id int, f array<array<double>>")
    assert sparkeras.predict(model, frame, features="f", handle_invalid="skip").collect() == []


def test_a_column_in_the_way_is_named(spark):
    frame = datasets.frame_from_arrays(spark, np.ones((3, 64), np.float32)).withColumnRenamed("features", "prediction")
    with pytest.raises(InvalidColumnError, match="Column 'prediction' is in the DataFrame already"):
        sparkeras.predict(digits_model(), frame, features="prediction")


def test_a_model_without_weights_is_refused(spark):
    frame = datasets.frame_from_arrays(spark, np.ones((3, 64), np.float32))
    with pytest.raises(InvalidModelError, match="has never seen data"):
        sparkeras.predict(keras.Sequential([keras.layers.Dense(1)]), frame)


def test_columns_of_one_name_are_refused(spark):
    model, rows = digits_model(), datasets.load("digits", spark)[1].limit(2)
    with pytest.raises(InvalidColumnError, match=r"has 2 columns 'label'; rename or drop all but one"):
        sparkeras.predict(model, rows.crossJoin(rows.select("label")))
    with pytest.raises(InvalidColumnError, match=r"Column 'prediction' is in the DataFrame already"):
        sparkeras.predict(model, rows.withColumnRenamed("label", "Prediction"))
    with pytest.raises(InvalidParamError, match=r"Models to predict with are named by texts; got \[1\]"):
        sparkeras.predict({1: model}, rows)
