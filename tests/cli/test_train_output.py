"""What ``sparkeras train`` prints fits a terminal of 80 columns, and few rows are trained for more epochs."""

import io
import json

import pytest
from rich.console import Console

from sparkeras import datasets, zoo
from sparkeras.runs import training_terminal
from tests.cli.test_commands import sparkeras


@pytest.mark.thorough
def test_every_line_fits_80_columns_and_small_data_has_40_epochs(spark, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    assert sparkeras("train", "--model", "linear", "--out", "run") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "Training linear (650 parameters) on digits" in lines
    assert any(line.startswith("1,437 rows, 40 epochs, batch size 32, ") for line in lines)
    assert not any(line.startswith("Spark") for line in lines)
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["settings"]["epochs"] == 40


@pytest.mark.parametrize("model", zoo.names())
def test_a_training_of_any_name_is_announced_in_80_columns(model):
    plan = {"model": model, "parameters": 12_345_678, "rows": 1_234_567, "epochs": 1000, "batch_size": 1024}
    plan |= {"backend": "tensorflow", "spark": "4.10.12"}
    for name in datasets.names():
        lines = training_terminal.plan_lines(plan | {"data": f"{name} (synthetic)"})
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("master", "environment", "message"),
    [
        (None, {}, "a Java process on this machine that runs the training"),
        ("local[4]", {}, "a Java process on this machine that runs the training"),
        ("spark://host:7077", {}, " to spark://host:7077"),
        (None, {"SPARK_REMOTE": "sc://host"}, " to sc://host"),
        (None, {"PYSPARK_GATEWAY_PORT": "1"}, " in the Java process of spark-submit"),
    ],
)
def test_one_line_says_what_spark_does_while_it_starts(master, environment, message, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    line = training_terminal.start_message(master, "4.10.12")
    assert line.endswith(message)
    assert "Spark " in line
    assert len(line) <= 80


def test_names_of_columns_keep_their_brackets():
    console = Console(file=io.StringIO(), width=100)
    line = {"column": "size [m]", "kind": "number", "learned": "median 3", "becomes": "a number"}
    console.print(training_terminal.columns_table([line]))
    assert "size [m]" in console.file.getvalue()
