"""What a run on a table tells: label, leak, baselines, pictures, and the lines of Python that load it."""

import html
import json
import re

import numpy as np
import pandas as pd
import pytest

from tests.cli.test_commands import sparkeras
from tests.cli.test_tables import write
from tests.runs.report.test_report import PageReader

ROWS = 400
LEAK = "column refund, $ alone gives the label away (area under the ROC curve 1.000). Will it be known"


def table():
    random = np.random.default_rng(0)
    age, size = random.integers(18, 90, ROWS), random.normal(50, 20, ROWS).round(2)
    late = random.random(ROWS) < 0.03 + 0.1 * (age > 50)
    return {
        "Nr. (id)": [f"n-{n}" for n in range(ROWS)],
        "age": age,
        "size": [None if n % 9 == 2 else each for n, each in enumerate(size)],
        "city": random.choice(["Ålesund", "Bergen"], ROWS),
        "refund, $": [round(random.random(), 3) if each else None for each in late],
        "late": np.where(late, "ja", "nein"),
    }


@pytest.fixture(scope="module")
def trained(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    write(folder / "orders.csv", table(), delimiter=";")
    columns = ("--features", "age,size", "--features", "refund, $", "--features", "city")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        arguments = ("--data", "orders.csv", "--label", "late", *columns, "--balance", "--epochs", 2, "--out", "run")
        assert sparkeras("train", *arguments) == 0
    return folder


def test_label_and_leak_are_told_before_the_training(trained):
    events = [json.loads(line) for line in (trained / "run" / "progress.jsonl").read_text().splitlines()]
    before = events[: next(n for n, event in enumerate(events) if event.get("event") == "plan")]
    notes = [event["message"] for event in before if event.get("event") == "note"]
    assert re.fullmatch(r"label late: two classes, ja \d+ %, nein \d+ %", notes[0])
    assert LEAK in notes[1]
    assert notes[1].endswith("leave it out: --drop 'refund, $'")
    assert len(notes) == 2  # nothing on rare classes, as they are balanced


def test_the_model_stands_beside_two_baselines_on_the_same_rows(trained, capsys):
    assert sparkeras("show", trained / "run") == 0
    shown = " ".join(capsys.readouterr().out.split())
    summary = json.loads((trained / "run" / "summary.json").read_text())
    found = summary["table"]["baselines"]
    constant, linear, model = found["lines"]
    assert found["rows"] == found["test_rows"] == summary["data"]["test_rows"]
    assert model["accuracy"] == pytest.approx(summary["figures"]["test"]["accuracy"], abs=1e-6)
    assert model["auc"] == pytest.approx(summary["figures"]["test"]["auc"])
    assert (constant["auc"], constant["mean_recall"]) == (0.5, 0.5)
    assert linear["auc"] > 0.99  # by the leak
    assert f"on {found['rows']} held-out rows" in shown
    for line in found["lines"]:
        assert f"{line['name']} {100 * line['accuracy']:.1f} % {100 * line['mean_recall']:.1f} %" in shown
    assert LEAK in shown


def test_the_report_tells_what_a_person_needs(trained):
    text = (trained / "run" / "report.html").read_text()
    assert PageReader(text).open == []
    for title in ("Look at this first", "Beside two simple models", "What it looks at", "The columns",
                  "Do its probabilities come true", "What the rows with the highest probability hold"):  # fmt: skip
        assert f"<h2>{title}</h2>" in text
    plain = " ".join(html.unescape(re.sub("<[^>]+>", " ", text)).split())
    assert LEAK in plain
    assert "one row 4 columns" in plain
    assert re.search(r"Class ja has [\d.]+ % of the rows\. Of its held-out rows .* were found \(recall\)", plain)
    assert "Rare classes have had more weight (--balance)" in plain
    assert "Nr. (id) left out not among --features to use it, name it too" in plain
    importance = json.loads((trained / "run" / "summary.json").read_text())["table"]["importance"]
    assert importance["columns"][0]["column"] == "refund, $"
    assert {each["column"] for each in importance["columns"]} == {"age", "size", "refund, $", "city"}


def test_the_lines_that_load_the_model_run(trained, monkeypatch):
    monkeypatch.chdir(trained)
    text = (trained / "run" / "report.html").read_text()
    lines = html.unescape(re.search(r"<h2>Load the model again</h2>\s*<pre><code>(.*?)</code>", text, re.S)[1])
    names = {"frame": pd.DataFrame(table()).head(7)}
    exec(lines, names)
    assert names["output"].shape == (7, 2)
    np.testing.assert_allclose(names["output"].sum(axis=1), 1, atol=1e-5)


def test_its_pictures_are_copied_and_a_plane_of_other_columns_is_refused(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    for kind in ("importance", "calibration", "lift"):
        assert sparkeras("picture", "run", kind, "--out", tmp_path / f"{kind}.png") == 0
        assert (tmp_path / f"{kind}.png").read_bytes() == (trained / "run" / f"{kind}.png").read_bytes()
    assert sparkeras("picture", "run", "boundary", "--out", tmp_path / "no.png") != 0
    assert "needs classes and rows of two numbers" in capsys.readouterr().err


@pytest.mark.slow
def test_a_table_of_two_numbers_has_a_plane(trained, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    arguments = ("--data", "orders.csv", "--label", "late", "--epochs", 1)
    assert sparkeras("train", *arguments, "--features", "age,size", "--out", tmp_path / "two") == 0
    assert "Only " in capsys.readouterr().out  # a rare class
    assert sparkeras("picture", tmp_path / "two", "boundary", "--out", tmp_path / "it.png") == 0
    assert (tmp_path / "it.png").is_file()
    assert sparkeras("train", *arguments, "--features", "age,city", "--out", tmp_path / "one") == 0
    assert sparkeras("picture", tmp_path / "one", "boundary", "--out", tmp_path / "no.png") != 0
    assert "needs two columns of numbers; 'city' is a category" in capsys.readouterr().err
