"""Trainings are kept in an MLflow run that the caller has open: settings, figures, the model, the run's folder."""

import sys

import keras
import mlflow
import numpy as np
import pytest

import sparkeras
from sparkeras import KerasRegressor
from sparkeras.engine import params, tracking
from sparkeras.engine.history import TrainingHistory
from tests.cli.test_commands import RUN_FILES
from tests.cli.test_commands import sparkeras as command

# What MLflow imports warns of itself.
pytestmark = [pytest.mark.thorough, pytest.mark.filterwarnings("default")]


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    """A store of MLflow's in a file, with an experiment of its own folder."""
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    yield mlflow.MlflowClient()
    mlflow.set_tracking_uri(before)


def line():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.fixture
def rows(spark):
    return spark.createDataFrame([(float(i), 2.0 * i) for i in range(8)], "features double, label double")


def test_a_fit_within_a_run_is_kept_there(store, rows, tmp_path):
    model = line()
    with mlflow.start_run() as run:
        history = sparkeras.fit(model, rows, epochs=2, batch_size=4)
    said = store.get_run(run.info.run_id).data
    assert said.params["epochs"] == "2"
    assert said.params["optimizer"] == "SGD"
    kept = store.get_metric_history(run.info.run_id, "loss")
    assert [(each.step, each.value) for each in kept] == list(enumerate(history.history["loss"]))
    assert said.metrics["rows"] == 8
    assert said.metrics["seconds_epochs"] > 0
    again = mlflow.keras.load_model(f"runs:/{run.info.run_id}/model", dst_path=str(tmp_path))
    np.testing.assert_array_equal(again.get_weights()[0], model.get_weights()[0])


def test_an_estimator_within_a_run_is_kept_there(store, rows):
    with mlflow.start_run() as run:
        KerasRegressor(model=line(), epochs=1).fit(rows)
    assert store.get_run(run.info.run_id).data.params["batch_size"] == "128"


def test_without_a_run_nothing_is_kept_and_without_mlflow_nothing_imported(store, monkeypatch):
    tracking.log_training(line(), TrainingHistory(), params.settings())
    assert store.search_runs([each.experiment_id for each in store.search_experiments()]) == []
    monkeypatch.delitem(sys.modules, "mlflow")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # MLflow itself sets it
    tracking.log_training(line(), TrainingHistory(), params.settings())
    tracking.log_folder("nosuch")
    assert tracking.active_run() is None
    with tracking.run_of_environment("name"):
        pass
    assert "mlflow" not in sys.modules


def test_a_store_that_refuses_costs_a_warning_and_no_training(store):
    with mlflow.start_run():
        mlflow.log_param("epochs", 99)
        with pytest.warns(UserWarning, match="MLflow did not take all of this training: .*epochs"):
            tracking.log_training(line(), TrainingHistory([{"loss": 0.5}], [0.1]), params.settings())
        assert store.get_run(mlflow.active_run().info.run_id).data.metrics["loss"] == 0.5


def test_a_trial_is_a_run_below_the_search(store):
    row = {"number": 3, "state": "failed", "value": None, "epochs": 0, "seconds": 0.5, "params": {"a": 1}, "error": "x"}
    odd = {**row, "params": {"rate[0] #1": 1}}
    with mlflow.start_run() as run:
        tracking.log_trial(tracking.active_run(), "val_loss", row)
        tracking.log_trial(tracking.active_run(), "val_loss", {**row, "state": "complete", "value": 0.25, "error": ""})
        with pytest.warns(UserWarning, match="MLflow did not take all"):
            tracking.log_trial(tracking.active_run(), "val_loss", odd)
    below = store.search_runs([run.info.experiment_id], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    good, *failed = sorted(below, key=lambda each: each.info.status, reverse=True)
    (bad,) = (each for each in failed if each.data.params)
    assert {each.info.status for each in failed} == {"FAILED"}
    assert (bad.info.status, bad.data.tags["error"], bad.data.params) == ("FAILED", "x", {"a": "1"})
    assert (good.info.status, good.data.metrics["val_loss"]) == ("FINISHED", 0.25)


@pytest.mark.slow
def test_the_command_line_keeps_its_run_where_the_environment_asks(store, spark, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    assert command("train", "--epochs", 1, "--out", tmp_path / "runs" / "digits") == 0
    (run,) = store.search_runs([each.experiment_id for each in store.search_experiments()])
    assert run.info.run_name == "digits"
    assert {each.path for each in store.list_artifacts(run.info.run_id, "run")} == {f"run/{n}" for n in RUN_FILES}
