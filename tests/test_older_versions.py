"""What older versions saved still opens, and predicts what it predicted then. ``SPARKERAS_SAVED`` names the folder."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from pyspark.ml import PipelineModel
from pyspark.ml.functions import vector_to_array

import sparkeras
from sparkeras import KerasClassificationModel, KerasRegressionModel, KerasRegressor
from tests.cli.test_commands import sparkeras as command

pytestmark = pytest.mark.saved
FOLDERS = sorted(Path(os.environ.get("SPARKERAS_SAVED", "/nowhere")).glob("[0-9]*"))


@pytest.fixture(params=FOLDERS or [None], ids=lambda folder: folder.name if folder else "none")
def saved(request):
    return request.param


def compare(spark, saved, name, made, *keys):
    """Assert that the predictions of ``made`` are those that lie beside the saved stage ``name``, row by row."""
    before = spark.read.parquet(str(saved / f"{name}.predictions.parquet")).toPandas()
    if "probability" in made.columns:
        made = made.withColumn("p", vector_to_array("probability"))
    now = made.select(list(before.columns)).toPandas()
    assert len(before) == len(now) > 0
    before, now = (rows.sort_values([*keys, "prediction"]).reset_index() for rows in (before, now))
    for column in before.columns[1:]:
        if before[column].dtype == object and not isinstance(before[column][0], str):
            np.testing.assert_allclose(np.stack(now[column]), np.stack(before[column]), rtol=1e-4, atol=1e-6)
        elif before[column].dtype == float:
            np.testing.assert_allclose(now[column], before[column], rtol=1e-4, atol=1e-6)
        else:
            assert (now[column] == before[column]).all()


def test_a_pipeline_predicts_what_it_did(spark, saved):
    rows = spark.read.parquet(str(saved / "rows.parquet"))
    compare(spark, saved, "pipeline", PipelineModel.load(str(saved / "pipeline")).transform(rows), "a", "b")


def test_a_classifier_of_texts_predicts_what_it_did(spark, saved):
    rows = spark.read.parquet(str(saved / "rows.parquet"))
    model = KerasClassificationModel.load(str(saved / "text_classifier"))
    compare(spark, saved, "text_classifier", model.transform(rows), "text")


def test_a_regressor_predicts_what_it_did_and_its_estimator_trains(spark, saved):
    rows = spark.read.parquet(str(saved / "rows.parquet"))
    model = KerasRegressionModel.load(str(saved / "regressor"))
    assert len(model.history.epochs) == 3
    compare(spark, saved, "regressor", model.transform(rows), "a", "b")
    with sparkeras.loading(unpickle=True):
        estimator = KerasRegressor.load(str(saved / "regressor_estimator"))
    kept = {name: estimator.getOrDefault(name) for name in ("epochs", "featuresCols", "modelArgs")}
    assert kept == {"epochs": 3, "featuresCols": ["a", "b"], "modelArgs": {"units": 12}}
    assert estimator.fit(rows).keras_model.layers[0].units == 12


def test_a_run_is_shown_and_evaluated(spark, saved, capsys):
    run = saved / "run"
    assert command("show", run) == 0
    assert command("evaluate", run) == 0
    said = capsys.readouterr().out
    for figure in json.loads((run / "summary.json").read_text())["figures"]["test"].values():
        assert f"{figure:.4f}" in said
