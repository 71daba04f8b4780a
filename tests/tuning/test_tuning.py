"""A search for the best model: several trials at a time, pruned, failing, broken off and taken up again."""

import csv
import multiprocessing
import re
import sys
import time

import keras
import numpy as np
import optuna
import pytest
from matplotlib.image import imread

import sparkeras
from sparkeras import errors
from sparkeras.spark import session
from sparkeras.tuning.goal import Goal

pytestmark = pytest.mark.thorough

# Of all trials, as a pretrained body is: each begins with what it was before the search.
SHARED = keras.layers.Dense(1, kernel_initializer="zeros", use_bias=False)


def line(trial):
    """Return a model of one number; what becomes of its training depends on the kind of the trial."""
    kind = trial.suggest_categorical("kind", ["good", "better", "poor", "broken"])
    if kind == "broken":
        raise ValueError("no such model as [/line]")
    model = keras.Sequential([keras.Input((1,)), SHARED])
    model.compile(keras.optimizers.SGD({"good": 0.1, "better": 0.3, "poor": 1e-6}[kind]), "mse")
    # The pruner looks at figures as they come: epochs of a millisecond would be over before it does.
    slow = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: time.sleep(1))
    return model, {"batch_size": 8, "callbacks": [slow] if kind == "poor" else None}


@pytest.fixture(scope="module")
def rows(spark):
    return spark.createDataFrame([(i / 64, i / 32) for i in range(64)], "x double, y double")


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    return str(tmp_path_factory.mktemp("studies") / "study.db")


def search(rows, database, **settings):
    kinds = ["good", "poor", "broken", "better"]
    settings = {
        "features": "x",
        "label": "y",
        "epochs": 3,
        "validation": 0.25,
        "sampler": optuna.samplers.GridSampler({"kind": kinds}, seed=0),
        "pruner": optuna.pruners.ThresholdPruner(upper=1.2, n_warmup_steps=1),
        "storage": database,
        **settings,
    }
    return sparkeras.tune(line, rows, **settings)


@pytest.fixture(scope="module")
def found(rows, database):
    return search(rows, database, trials=4)


def test_each_trial_is_a_row_whatever_became_of_it(found, spark):
    live = not session.is_connect(spark)  # through Connect, figures come too late to prune by
    rows = {row["params"]["kind"]: row for row in found.rows}
    assert {kind: row["state"] for kind, row in rows.items()} == {
        "good": "complete",
        "better": "complete",
        "poor": "pruned" if live else "complete",
        "broken": "failed",
    }
    assert rows["good"]["epochs"] == 3
    assert (rows["poor"]["epochs"] < 3) == live
    assert rows["broken"]["error"] == "ValueError: no such model as [/line]"
    assert all(row["seconds"] > 0 for row in found.rows)


def test_the_best_model_has_the_weights_of_its_best_epoch(found, rows):
    assert found.best_params == {"kind": "better"}
    assert found.best_value == min(found.history.by_name()["val_loss"])
    x = np.array([[i / 64] for i in range(64)])
    loss = np.mean((found.best_model.predict(x, verbose=0) - 2 * x) ** 2)
    assert loss < 3 * found.best_value + 1e-6
    table = str(found)
    assert table.splitlines()[1].split()[:2] == [str(found.rows.index(found._best_first()[0])), "complete"]
    assert "ValueError: no such model as [/line]" in table
    np.testing.assert_array_equal(SHARED.get_weights()[0], 0)


def test_the_search_is_written_as_table_picture_and_model(found, tmp_path):
    found.write(tmp_path / "found")
    assert sorted(path.name for path in (tmp_path / "found").iterdir()) == ["best.keras", "trials.csv", "trials.png"]
    with open(tmp_path / "found" / "trials.csv", newline="") as file:
        assert [line["state"] for line in csv.DictReader(file)] == [row["state"] for row in found.rows]
    assert len(np.unique(imread(tmp_path / "found" / "trials.png").reshape(-1, 4), axis=0)) > 3
    again = keras.models.load_model(tmp_path / "found" / "best.keras")
    np.testing.assert_array_equal(again.get_weights()[0], found.best_model.get_weights()[0])


def test_a_study_goes_on_where_a_killed_driver_left_it(found, rows, database, capsys):
    killed = multiprocessing.get_context("spawn").Process(target=leave_a_trial, args=(database,))
    killed.start()
    killed.join()
    assert killed.exitcode == -9
    again = search(rows, database, trials=5, sampler=None, verbose=True)
    assert [row["number"] for row in again.rows] == [0, 1, 2, 3, 5]  # 4 was broken off
    assert again.rows[4]["params"] == {"kind": "poor"}
    # The best model is of a call that is over: it was trained again, to the same weights.
    assert again.best_value == pytest.approx(found.best_value, rel=1e-6)
    np.testing.assert_allclose(again.best_model.get_weights()[0], found.best_model.get_weights()[0], rtol=1e-6)
    said = capsys.readouterr().err
    assert re.search(r"^trial 5/5  (pruned after \d epochs|val_loss 1\.\d+)  kind poor  \d+\.\d s$", said, re.MULTILINE)


def leave_a_trial(database):
    """Begin a trial as a driver does, and be killed."""
    import os
    import signal

    from sparkeras.tuning import studies

    opened = studies.opened(database, "sparkeras", Goal("val_loss", "minimize"), None, None, 0)
    opened.enqueue_trial({"kind": "poor"})
    trial = opened.ask()
    studies.mark(trial)
    trial.suggest_categorical("kind", ["good", "better", "poor", "broken"])
    os.kill(os.getpid(), signal.SIGKILL)


def test_another_goal_needs_another_study(found, rows, database):
    with pytest.raises(errors.InvalidParamError, match=r"was begun to minimize 'val_loss', not to minimize 'loss'"):
        search(rows, database, metric="loss", trials=9)


def test_trials_that_all_fail_end_the_search(rows):
    def broken(trial):
        raise ValueError(f"trial {trial.number} is broken")

    with pytest.raises(errors.TrainingError, match=r"The first 3 trials all failed; the last one said: trial \d is br"):
        sparkeras.tune(broken, rows, features="x", label="y", validation=0.2, trials=9, parallelism=1)
    with pytest.raises(errors.TrainingError, match=r"0 pruned, 1 failed\. .* said: ValueError: trial 0 is broken"):
        sparkeras.tune(broken, rows, features="x", label="y", validation=0.2, trials=1)
    with pytest.raises(
        errors.TrainingError, match=r"said: InvalidModelError: 'build' must return a compiled model, or"
    ):
        sparkeras.tune(lambda trial: (1, 2, 3), rows, features="x", label="y", validation=0.2, trials=1)


def test_a_metric_that_no_model_has_ends_the_search(rows):
    with pytest.raises(errors.InvalidParamError, match=r"no metric 'val_acc'; the model's are: loss, val_loss\. Name"):
        search(rows, None, metric="val_acc", trials=4, parallelism=1)


@pytest.mark.slow
def test_a_sampler_with_nothing_left_ends_the_search(rows):
    found = search(rows, None, trials=9, parallelism=1)
    assert len(found.rows) == 4


@pytest.mark.slow
def test_one_model_of_several_workers_per_trial(rows):
    found = search(rows, None, trials=2, num_workers=2, sampler=None, pruner=optuna.pruners.NopPruner())
    assert all(row["state"] in ("complete", "failed") for row in found.rows)


WRONG = {
    "no function": ({"build": 3}, r"'build' must be a function of a trial that makes a compiled model; got 3"),
    "no trial": ({"trials": 0}, r"'trials' must be a whole number of 1 or more; got 0"),
    "no parallelism": ({"parallelism": "all"}, r"'parallelism' must be a whole number of 1 or more"),
    "nothing to validate with": ({"metric": "val_loss", "validation": None}, r"'val_loss' is of rows to validate with"),
    "a metric of no known direction": ({"metric": "score"}, r"'direction' must be .*; the name 'score' does not tell"),
    "a direction that is none": ({"direction": "up"}, r"'direction' must be 'minimize' or 'maximize'; got 'up'"),
    "a storage of no kind": ({"storage": 7}, r"'storage' must be the path of an SQLite file or a URL; got 7"),
    "a sampler of no kind": ({"sampler": "tpe"}, r"'sampler' must be an optuna.samplers.BaseSampler; got 'tpe'"),
    "a pruner of no kind": ({"pruner": "median"}, r"'pruner' must be an optuna.pruners.BasePruner; got 'median'"),
    "no metric": ({"metric": None}, r"'metric' must be a name of the history"),
    "an unknown setting": ({"epoch": 3}, r"Unknown setting 'epoch'; there are: .*epochs"),
    "a setting out of its limits": ({"epochs": 0}, r"'epochs' must be a whole number of 1 or more; got 0"),
    "checkpoints": ({"checkpoint_dir": "here"}, r"Trials keep no checkpoints \(checkpoint_dir\); give storage"),
    "a column that is not there": ({"features": "nosuch"}, r"Column .nosuch. is not in the DataFrame; it has .x., .y."),
    "a storage that cannot be opened": ({"storage": "/nosuch/study.db"}, r"The storage '/nosuch/study.db' cannot be"),
    "a database of no kind": ({"storage": "nosuch://host"}, r"The storage 'nosuch://host' cannot be opened"),
}


@pytest.mark.parametrize(("given", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_before_the_first_trial(rows, given, words):
    arguments = {"build": line, "features": "x", "label": "y", "validation": 0.2, **given}
    with pytest.raises(errors.SparkerasError, match=words):
        sparkeras.tune(arguments.pop("build"), rows, **arguments)


def test_optuna_that_is_not_there_is_named(rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(errors.SetupError, match=r"Optuna, which is not installed: pip install optuna"):
        sparkeras.tune(line, rows)


@pytest.mark.parametrize(
    ("metric", "direction"),
    [("val_loss", "minimize"), ("val_accuracy", "maximize"), ("mean_absolute_error", "minimize"), ("auc", "maximize")],
)
def test_a_metric_says_its_direction(metric, direction):
    goal = Goal.of(metric, None, 0.2)
    assert goal.direction == direction
    assert goal.best([None, 2.0, float("nan"), 3.0]) == (2.0 if direction == "minimize" else 3.0)


def test_trials_share_the_cores_of_a_local_master(spark, rows):
    from sparkeras import tuning
    from sparkeras.engine import params

    cores = session.slots(spark)
    assert tuning._shares(spark, params.settings(), "auto") == (cores, 1)
    assert tuning._shares(spark, params.settings(), 1) == (1, cores)
    assert tuning._shares(spark, params.settings(num_workers=cores), "auto") == (1, 1)
    assert tuning._shares(spark, params.settings(threads_per_worker=3), 2) == (2, 3)
