"""The commands as a user types them, over one shared Spark session; errors in one line with their own exit code."""

import csv
import json
import re
import sys

import numpy as np
import pytest

from sparkeras.cli.app import main

RUN_FILES = {
    "model.keras",
    "history.csv",
    "metrics.csv",
    "predictions.csv",
    "summary.json",
    "progress.jsonl",
    "history.png",
    "confusion.png",
    "classes.png",
    "mistakes.png",
    "report.html",
}
REGRESSION_FILES = RUN_FILES - {"classes.png", "confusion.png"} | {"residuals.png", "scatter.png"}


def sparkeras(*arguments):
    """Run the command line in this process and return its exit code."""
    before, sys.argv = sys.argv, ["sparkeras", *map(str, arguments)]
    try:
        main()
    except SystemExit as end:
        return end.code or 0
    finally:
        sys.argv = before
    return 0


@pytest.fixture(scope="module")
def run(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli") / "digits"
    assert sparkeras("train", "--epochs", 4, "--validation", 0.1, "--workers", "auto", "--out", folder) == 0
    return folder


def test_train_writes_the_run_folder_exactly(run):
    assert {path.name for path in run.iterdir()} == RUN_FILES


def test_the_summary_tells_data_model_settings_and_figures(run):
    summary = json.loads((run / "summary.json").read_text())
    assert summary["data"]["train_rows"] + summary["data"]["test_rows"] == 1797 - 144  # a tenth of 1,437 validates
    assert summary["data"]["test_rows"] == 360
    assert summary["settings"]["batch_size"] == 32  # few rows, small batches
    assert summary["settings"]["num_workers"] == 1  # what auto means on a local master
    assert summary["figures"]["test"]["accuracy"] > 0.93
    assert summary["parameters"] > 10_000
    assert {"keras", "pyspark", "python", "sparkeras"} <= summary["versions"].keys()


def test_the_history_has_one_line_per_epoch_in_keras_own_names(run):
    lines = list(csv.DictReader((run / "history.csv").read_text().splitlines()))
    assert [line["epoch"] for line in lines] == ["1", "2", "3", "4"]
    assert {"seconds", "loss", "accuracy", "val_loss", "val_accuracy"} <= lines[0].keys()


@pytest.mark.classic
def test_progress_was_written_live(run):
    events = [json.loads(line) for line in (run / "progress.jsonl").read_text().splitlines()]
    assert events[0]["state"] == "running"
    assert [event["epoch"] for event in events if event.get("event") == "epoch"] == [1, 2, 3, 4]
    assert events[-1]["state"] == "finished"


def test_the_report_opens_alone(run):
    page = (run / "report.html").read_text()
    assert page.count("data:image/png;base64,") >= 3
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)


def test_the_saved_model_takes_rows_as_the_data_set_gives_them(run):
    import keras

    from sparkeras import datasets

    model = keras.saving.load_model(run / "model.keras")
    arrays = datasets.load_arrays("digits")
    said = model.predict(arrays.x_test.reshape(-1, 8, 8), verbose=0).argmax(axis=1)
    accuracy = json.loads((run / "summary.json").read_text())["figures"]["test"]["accuracy"]
    assert (said == arrays.y_test).mean() == pytest.approx(accuracy, abs=1e-6)


def test_evaluate_gives_the_figure_of_the_run(run, capsys):
    assert sparkeras("evaluate", run) == 0
    accuracy = json.loads((run / "summary.json").read_text())["figures"]["test"]["accuracy"]
    out = capsys.readouterr().out
    assert "360 held-out test rows of digits" in " ".join(out.split())
    assert f"{accuracy:.4f}" in out


def test_predict_writes_parquet_and_csv_with_all_columns(run, spark, tmp_path, capsys):
    from sparkeras import datasets

    _, test = datasets.load("digits", spark)
    test.withColumnRenamed("label", "truth").write.parquet(str(tmp_path / "rows"))
    assert sparkeras("predict", run, tmp_path / "rows", tmp_path / "said") == 0
    said = spark.read.parquet(str(tmp_path / "said"))
    assert said.columns == ["features", "truth", "prediction", "probability"]
    assert said.filter("truth = prediction").count() / said.count() > 0.9
    assert sparkeras("predict", run, tmp_path / "rows", tmp_path / "said.csv") == 0
    lines = list(csv.DictReader((tmp_path / "said.csv").read_text().splitlines()))
    assert len(lines) == 360
    assert all(0 < float(line["probability"]) <= 1 for line in lines)
    assert sparkeras("predict", run, tmp_path / "rows", tmp_path / "said.csv") == 14
    assert "add --overwrite" in capsys.readouterr().err


def test_show_names_the_marks_and_the_files(run, capsys):
    assert sparkeras("show", run) == 0
    out = capsys.readouterr().out
    assert "report.html" in out
    assert "accuracy" in out.lower()


@pytest.mark.slow
def test_a_table_with_real_labels_is_a_regression_on_standardized_columns(spark, tmp_path, capsys):
    random = np.random.default_rng(0)
    x = random.normal([100, -3], [20, 0.1], (600, 2))
    y = 0.2 * x[:, 0] + 10 * x[:, 1] + random.normal(0, 0.1, 600)
    with (tmp_path / "table.csv").open("w") as file:
        file.write("height,depth,price\n")
        file.writelines(f"{a},{b},{c}\n" for (a, b), c in zip(x, y, strict=True))
    options = ("--data", tmp_path / "table.csv", "--label", "price", "--epochs", 15)
    assert sparkeras("train", *options, "--out", tmp_path / "run") == 0, capsys.readouterr().err
    figures = json.loads((tmp_path / "run" / "summary.json").read_text())["figures"]["test"]
    assert figures["loss"] < 0.5 * y.var()  # the mean would reach the variance
    assert {path.name for path in (tmp_path / "run").iterdir()} == REGRESSION_FILES


@pytest.mark.slow
def test_a_keras_file_is_trained_as_it_was_compiled(spark, tmp_path):
    import keras

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10, activation="softmax")])
    model.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.save(tmp_path / "mine.keras")
    options = ("--model", tmp_path / "mine.keras", "--epochs", 3, "--out", tmp_path / "run")
    assert sparkeras("train", *options) == 0
    trained = keras.saving.load_model(tmp_path / "run" / "model.keras")
    assert float(trained.optimizer.learning_rate) == pytest.approx(0.01)


WRONG = [
    (("train", "--data", "nosuch"), 14, "digits"),
    (("train", "--model", "nosuch"), 12, "expected one of linear, mlp"),
    (("train", "--model", "nosuch.keras"), 12, "no model file"),
    (("train", "--epochs", 0), 11, "'--epochs' must be a whole number of 1 or more; got 0"),
    (("train", "--batch-size", -1), 11, "'--batch-size' must be a whole number of 1 or more; got -1"),
    (("train", "--validation", 2), 11, "'--validation' must be a number between 0 and 1; got 2"),
    (("train", "--backend", "nosuch"), 15, "Unknown backend 'nosuch'"),
    (("train", "--workers", 0), 11, "'--workers' must be a whole number of 1 or more, or 'auto'; got 0"),
    (("train", "--workers", "two"), 11, "'--workers' must be a whole number of 1 or more, or 'auto'; got 'two'"),
    (("train", "--workers", 9), 15, "9 workers need as many task slots at once, and this Spark has 2"),
    (("train", "--label", "price"), 14, "'digits' is not a table, so no column 'price' can be its label"),
    (("train", "--model", __file__), 12, "expected one of linear, mlp"),
    (("train", "--data", "empty.parquet"), 14, "no file or folder 'empty.parquet'"),
    (("train", "--epocs", 3), 2, "No such option: --epocs"),
    (("nosuch",), 2, "No such command 'nosuch'. See 'sparkeras --help'."),
    (("evaluate", "nosuch"), 18, "nosuch"),
    (("show", "nosuch"), 18, "nosuch"),
    (("data", "fetch", "nosuch"), 14, "nosuch"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_word_ends_in_one_line_and_its_own_exit_code(
    arguments, code, words, spark, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert sparkeras(*arguments) == code
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert error.count("\n") == 1
    assert words in error
    assert "Traceback" not in error
    assert not list(tmp_path.rglob("*"))


BEFORE_SPARK = [
    (("train", "--data", "nosuch"), "Unknown data set 'nosuch'"),
    (("train", "--data", "/nosuch/wine.csv"), "no file or folder '/nosuch/wine.csv'"),
    (("train", "--data", "table.csv"), "has no column 'label'; it has 'a', 'b'"),
    (
        ("train", "--data", "table.csv", "--label", "b"),
        "'table.csv', column 'b': the labels are in 2 rows as many different texts",
    ),
    (("train", "--model", "nosuch"), "Unknown model 'nosuch'"),
    (("train", "--model", "nosuch.keras"), "no model file"),
    (("train", "--workers", 3, "--master", "local[2]"), "3 workers need .* and the master local\\[2\\] has 2"),
    (("predict", "{run}", "nosuch.parquet", "said.csv"), "no input 'nosuch.parquet'"),
    (("predict", "{run}", "table.csv", "table.csv"), "'table.csv' exists already"),
    (("evaluate", "{run}", "--data", "nosuch.csv"), "no file or folder 'nosuch.csv'"),
]


@pytest.mark.parametrize(("arguments", "words"), BEFORE_SPARK, ids=lambda value: str(value)[:60])
def test_nobody_waits_for_spark_to_learn_of_a_wrong_word(arguments, words, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("a,b\n1,red\n2,white\n")
    monkeypatch.setattr("sparkeras.spark.session.get_or_start", lambda *_: pytest.fail("Spark was started"))
    assert sparkeras(*(str(each).replace("{run}", str(run)) for each in arguments)) > 10
    assert re.search(words, capsys.readouterr().err)


def test_a_damaged_model_file_is_said_to_be_one(tmp_path, monkeypatch, capsys, spark):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "half.keras").write_bytes(b"PK half of a model")
    assert sparkeras("train", "--model", "half.keras") == 12
    assert "'half.keras' is not a complete .keras file" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["half.keras"]


def test_an_existing_run_is_kept(run, capsys):
    before = (run / "summary.json").read_text()
    assert sparkeras("train", "--out", run) == 18
    assert "--overwrite" in capsys.readouterr().err
    assert (run / "summary.json").read_text() == before


def test_debug_shows_the_whole_error():
    with pytest.raises(Exception, match="whole number of 1 or more"):
        sparkeras("train", "--epochs", 0, "--debug")


def test_a_failed_training_is_one_line_and_leaves_no_run(spark, tmp_path, monkeypatch, capsys):
    import keras

    monkeypatch.chdir(tmp_path)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(1e30), "mean_squared_error")
    model.save("explodes.keras")
    assert sparkeras("train", "--model", "explodes.keras", "--out", "run") == 16
    error = capsys.readouterr().err
    assert re.search(r"Error: The loss became (nan|inf) in epoch 1\. Lower the learning rate", error)
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "run.partial").exists()


def test_the_version_is_the_packages(capsys):
    import sparkeras as package

    assert sparkeras("--version") == 0
    assert capsys.readouterr().out.strip() == f"sparkeras {package.__version__}"


def test_data_list_names_size_licence_and_place(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert sparkeras("data", "list") == 0
    out = capsys.readouterr().out
    assert "digits" in out
    assert "embedded" in out
    assert "mnist" in out
