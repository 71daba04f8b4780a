"""``sparkeras scratch``, ``plot``, ``data export --format text`` and ``train --engine scratch``."""

import ast
import gzip
import json
import re

import keras
import numpy as np
import pytest
from PIL import Image

from sparkeras import datasets
from tests.cli.test_commands import RUN_FILES, sparkeras

pytestmark = [pytest.mark.classic, pytest.mark.thorough]


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    datasets.export("digits", None, folder, "text")
    return [folder / f"digits_{kind}_{part}.csv" for part in ("train", "test") for kind in ("images", "labels")]


@pytest.fixture(scope="module")
def run(spark, text, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scratch") / "run"
    assert sparkeras("scratch", *text, folder, "--epochs", 12, "--hidden", "20,10", "--rate", 0.5) == 0
    return folder


def numbers(folder):
    return [ast.literal_eval(line) for line in (folder / "part-00000").read_text().splitlines()]


def test_text_holds_what_the_data_set_holds(text):
    arrays, back = datasets.load_arrays("digits"), datasets.load_text(text)
    scaled = arrays.x_train.reshape(len(arrays.x_train), -1) * np.float32(arrays.scaling[1])
    np.testing.assert_array_equal(back.x_train.astype("float32"), scaled)
    np.testing.assert_array_equal(back.y_test, arrays.y_test)
    assert text[1].read_text().splitlines()[0].count("1") == 1


def test_the_folder_has_the_ancestors_files_and_a_run(run):
    assert {path.name for path in run.iterdir()} == RUN_FILES | {"cost_history", "accuracy_history", "metrics", "tests"}
    costs, accuracies = numbers(run / "cost_history"), numbers(run / "accuracy_history")
    assert len(costs) == len(accuracies) == 12
    assert costs[-1] < costs[0]
    assert [len(line) for line in numbers(run / "metrics")] == [3] * 10
    assert all(0 <= mark <= 1 for line in numbers(run / "metrics") for mark in line)
    assert all(0 <= number <= 9 for pair in numbers(run / "tests") for number in pair)
    assert (run / "cost_history" / "_SUCCESS").exists()


def test_the_keras_model_says_what_the_network_said(run, text):
    summary = json.loads((run / "summary.json").read_text())
    arrays = datasets.load_text(text)
    said = keras.saving.load_model(run / "model.keras").predict(arrays.x_test.astype("float32"), verbose=0)
    assert (said.argmax(axis=1) == arrays.y_test).mean() == summary["figures"]["test"]["accuracy"]
    assert summary["settings"]["hidden"] == "20,10"


def test_a_finished_run_is_evaluated_and_shown(run, capsys):
    summary = json.loads((run / "summary.json").read_text())
    assert sparkeras("evaluate", run) == 0
    assert f"{summary['figures']['test']['accuracy']:.4f}" in capsys.readouterr().out
    assert sparkeras("show", run) == 0


def test_histories_are_drawn_from_folders_and_files(run, tmp_path, capsys):
    picture = tmp_path / "made" / "history.png"
    assert sparkeras("plot", run / "cost_history", run / "accuracy_history" / "part-00000", picture) == 0
    with Image.open(picture) as image:
        assert image.size[0] > 400
    assert "shows 12 epochs" in capsys.readouterr().out


OPTIONS = {
    "average": ("--way", "average", "--batch-size", 64, "--optimizer", "adam", "--rate", 0.01),
    "maxout": ("--activation", "maxout", "--dropout", 0.2, "--l2", 0.001),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_all_that_the_network_has_can_be_asked_for(spark, text, tmp_path, name):
    assert sparkeras("scratch", *text, tmp_path / "run", "--epochs", 2, "--partitions", 2, *OPTIONS[name]) == 0
    assert keras.saving.load_model(tmp_path / "run" / "model.keras").count_params() > 1000


def test_the_short_way_reaches_what_it_promises(spark, tmp_path):
    assert sparkeras("train", "--engine", "scratch", "--epochs", 6, "--out", tmp_path / "run") == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["figures"]["test"]["accuracy"] > 0.93
    assert (summary["settings"]["engine"], summary["settings"]["batch_size"]) == ("scratch", 16)


def test_paths_of_other_file_systems_are_read_and_written(spark, text, tmp_path):
    output = f"file://{tmp_path}/far"
    assert sparkeras("scratch", *(f"file://{path}" for path in text), output, "--epochs", 1) == 0
    assert (tmp_path / "far" / "cost_history").is_dir()


def test_compressed_files_and_spark_s_own_folders_are_read(spark, text, run, tmp_path):
    lines = text[0].read_text().splitlines(True)
    (tmp_path / "parts").mkdir()
    for number, part in enumerate((lines[:700], lines[700:])):
        (tmp_path / "parts" / f"part-{number:05d}").write_text("".join(part))
    (tmp_path / "parts" / "_SUCCESS").touch()
    (tmp_path / "labels.gz").write_bytes(gzip.compress(text[1].read_bytes()))
    paths = [tmp_path / "parts", tmp_path / "labels.gz", f"file://{text[2]}", text[3]]
    assert sparkeras("scratch", *paths, tmp_path / "run", "--epochs", 12, "--hidden", "20,10", "--rate", 0.5) == 0
    # Spark adds the sums up as they come, so the last digits differ from run to run.
    assert numbers(tmp_path / "run" / "cost_history") == pytest.approx(numbers(run / "cost_history"), rel=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        ("--loss", "binary_crossentropy"),
        pytest.param((), marks=pytest.mark.slow),
        pytest.param(("--loss", "mean_absolute_error", "--rate", 0.01), marks=pytest.mark.slow),
    ],
)
def test_evaluate_gives_the_loss_of_the_run(spark, text, tmp_path, options, capsys):
    assert sparkeras("scratch", *text, tmp_path / "run", "--epochs", 2, *options) == 0
    figures = json.loads((tmp_path / "run" / "summary.json").read_text())["figures"]["test"]
    capsys.readouterr()
    assert sparkeras("evaluate", tmp_path / "run") == 0
    pairs = (line.split() for line in capsys.readouterr().out.splitlines()[-2:])
    said = {name: float(value) for name, value in pairs}
    assert said == pytest.approx(figures, abs=1e-4)


def test_the_report_tells_the_command_that_repeats_the_run(run, text):
    command = json.loads((run / "summary.json").read_text())["settings"]["command"]
    assert command.split() == [
        "sparkeras",
        "scratch",
        *map(str, text),
        str(run),
        *["--hidden", "20,10", "--rate", "0.5", "--epochs", "12"],
    ]
    page = (run / "report.html").read_text()
    assert "sparkeras scratch" in page
    assert "scaling is a layer inside" not in page


def test_prediction_takes_the_text_that_training_took(run, text, tmp_path, capsys):
    assert sparkeras("predict", run, text[2], tmp_path / "said.csv") == 0
    assert "360 rows with their prediction" in capsys.readouterr().out


def test_swapped_histories_are_noticed(tmp_path, capsys):
    for name, lines in (("cost", "1.5\n1.2\n"), ("accuracy", "0.5\n0.6\n")):
        (tmp_path / name).write_text(lines)
    assert sparkeras("plot", tmp_path / "accuracy", tmp_path / "cost", tmp_path / "x.png") != 0
    assert_said(capsys, "cost' holds 1.5, which is no share of hits. Are cost and accuracy swapped?")
    assert sparkeras("plot", f"file://{tmp_path}/cost", f"file://{tmp_path}/accuracy", tmp_path / "x.png") == 0


def test_a_file_system_that_is_not_there_is_named(spark, text, tmp_path, capsys):
    assert sparkeras("scratch", "nosuch://place/x", *text[1:], tmp_path / "run") != 0
    assert_said(capsys, "'nosuch://place/x' cannot be read: .*nosuch")
    assert sparkeras("scratch", *text, "nosuch://place/out") != 0
    assert_said(capsys, "'nosuch://place/out' cannot be written to: .*nosuch")


def test_paths_of_other_schemes_are_read_and_written(spark, text, tmp_path, capsys):
    """Hadoop's viewfs, as a cluster's administrator mounts it: a scheme that only Hadoop's own code can follow."""
    for name, place in {"rows": text[0].parent, "runs": tmp_path}.items():
        spark.conf.set(f"fs.viewfs.mounttable.far.link./{name}", f"file://{place}")
    paths = [f"viewfs://far/rows/{path.name}" for path in text]
    assert sparkeras("scratch", *paths, "viewfs://far/runs/run", "--epochs", 1) == 0
    assert {path.name for path in tmp_path.iterdir()} == {"run"}
    assert len(numbers(tmp_path / "run" / "metrics")) == 10
    assert sparkeras("scratch", *paths, "viewfs://far/runs/run", "--epochs", 1) != 0
    assert_said(capsys, "'viewfs://far/runs/run' exists already")
    assert sparkeras("scratch", "viewfs://far/rows/nosuch", *paths[1:], "viewfs://far/runs/other") != 0
    assert_said(capsys, "There is no file .viewfs://far/rows/nosuch.")


WRONG = {
    "a word": (("--hidden", "x"), "'--hidden' must be whole numbers above 0, e.g. 128,64; got 'x'"),
    "an activation": (("--activation", "nosuch"), "Unknown activation 'nosuch'; expected one of linear, .*maxout"),
    "a rate": (("--rate", -1), r"'--rate' must be a number above 0; got -1\.0"),
    "a fraction": (("--fraction", 2), "A step sees a fraction of the rows above 0 and up to 1; got 2"),
    "a batch": (("--batch-size", 0), "'--batch-size' must be a whole number of 1 or more; got 0"),
    "a way": (("--way", "both"), "'--way' must be one of gradient, average; got 'both'"),
    "epochs": (("--epochs", 0), "'--epochs' must be a whole number of 1 or more; got 0"),
    "no number": (("--l1", "nan"), "'--l1' must be a number of 0 or more; got nan"),
    "two ways to take rows": (
        ("--batch-size", 8, "--fraction", 0.5),
        "'--fraction' draws rows and '--batch-size' deals",
    ),
    "a switch of another": (
        ("--keep-bad-steps", "--optimizer", "adam"),
        "is for the bold driver, and --optimizer is adam",
    ),
    "a seed": (("--seed", -1), "'--seed' must be a whole number of 0 or more; got -1"),
    "no row drawn": (("--fraction", 1e-7), "No row was drawn: 1437 are too few for a fraction of 1e-07"),
    "too many units": (("--hidden", 99999999999), "The network does not fit into memory: .*Take fewer --hidden units"),
    "decay": (("--decay", 1), "The bold driver finds its rate itself; leave --decay out"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line(text, tmp_path, name, capsys):
    options, words = WRONG[name]
    assert sparkeras("scratch", *text, tmp_path / "run", *options) != 0
    assert_said(capsys, words)
    assert not any(tmp_path.iterdir())


FILES = {  # which file, its text, words
    "a bad line": (0, "1,2\n3,x\n", "0.csv', row 2, column 2: 'x' is not a number"),
    "a short line": (2, "1,2\n3\n", "2.csv', row 2: 1 cells, but the first row has 2"),
    "an empty line": (0, "1,2\n\n", "0.csv', row 2: the line is empty|0.csv' has 1 rows"),
    "too few labels": (1, "1,0\n", "0.csv' has 2 rows but '.*1.csv' has 1 labels; expected one label per row"),
    "not one-hot": (
        1,
        "1,0\n1,1\n",
        "1.csv', row 2: 1, 1 is not a class. Expected one 1 among zeros, or a whole number",
    ),
    "another width": (3, "1,0,0\n0,1,0\n", "1.csv' has 2 numbers in a line and '.*3.csv' has 3; expected as many"),
    "no file": (3, None, "There is no file or folder '.*3.csv'"),
}


@pytest.mark.parametrize("name", FILES)
def test_what_is_wrong_in_a_file_is_said_with_its_row(tmp_path, name, capsys):
    wrong, text, words = FILES[name]
    paths = [tmp_path / f"{i}.csv" for i in range(4)]
    for i, path in enumerate(paths):
        path.write_text(["1,2\n3,4\n", "1,0\n0,1\n"][i % 2])
    paths[wrong].write_text(text) if text else paths[wrong].unlink()
    assert sparkeras("scratch", *paths, tmp_path / "run") != 0
    assert_said(capsys, words)
    assert not (tmp_path / "run").exists()


def test_nothing_is_overwritten(text, tmp_path, capsys):
    (tmp_path / "run").mkdir()
    assert sparkeras("scratch", *text, tmp_path / "run") != 0
    assert_said(capsys, "run' exists already: choose another")
    (tmp_path / "there.png").write_text("mine")
    history = tmp_path / "history"
    history.write_text("1.0\n0.5\n")
    assert sparkeras("plot", history, history, tmp_path / "there.png") != 0
    assert_said(capsys, "there.png' exists already. Choose another file, or --overwrite")
    assert (tmp_path / "there.png").read_text() == "mine"
    history.write_text("1.0\nx\n")
    assert sparkeras("plot", history, history, tmp_path / "new.png") != 0
    assert_said(capsys, "history', row 2: 'x' is not a number")


def assert_said(capsys, words):
    said = capsys.readouterr().err
    assert re.search(words, said), said
    assert said.count("\n") == 1


def test_a_network_that_makes_no_mistake_is_reported(spark, tmp_path, capsys):
    lines = "".join(f"{i % 2},{-(i % 2)},{'cat' if i % 2 else 'dog'}\n" for i in range(60))
    (tmp_path / "easy.csv").write_text("a,b,label\n" + lines)
    settings = ("--data", tmp_path / "easy.csv", "--engine", "scratch", "--epochs", 20)
    assert sparkeras("train", *settings, "--out", tmp_path / "run") == 0, capsys.readouterr().err
    assert "No mistakes among 12 test rows" in (tmp_path / "run" / "report.html").read_text()
