"""A run's folder is written as the design says, from real predictions on real digits, and shown again."""

import io
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB

from sparkeras.engine.history import TrainingHistory
from sparkeras.runs.report import TestRows, WrongRow, show_run, write_report
from sparkeras.runs.run_folder import Run, RunFolder

TABLES = ["history.csv", "metrics.csv", "predictions.csv", "progress.jsonl", "summary.json"]
FILES = sorted(["classes.png", "confusion.png", "history.png", "mistakes.png", "report.html", *TABLES])
VOID = {"meta", "link", "img", "source", "br"}


class PageReader(HTMLParser):
    """Collects what a page would load, and checks that each tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.loads, self.tags = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.loads += [value for name, value in attributes if name in ("src", "href", "srcset", "action")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def write(path, test, task="classification", shape=(8, 8), **changes):
    history = TrainingHistory([{"loss": 2.0, "accuracy": 0.5}, {"loss": 0.9, "accuracy": 0.8}], [0.3, 0.2])
    data = {"name": "digits", "source": "embedded", "train_rows": 1000, "test_rows": len(test.label)}
    data |= {"input_shape": shape, "num_classes": 10 if task == "classification" else None, "task": task}
    layers = [{"name": "dense", "type": "Dense", "output_shape": (None, 10), "parameters": 650}]
    facts = {
        "data": data,
        "model": {"name": "mlp", "layers": layers},
        "parameters": np.int64(650),
        "settings": {"epochs": 2, "batch_size": 32, "seed": 0, "backend": "jax"},
        "versions": {"keras": "3.15.1"},
        "seconds": {"spool": 0.5, "epochs": 0.5},
        "figures": {"train": {"loss": float("nan")}, "test": {"loss": 0.9}},
        "history": history,
    }
    with RunFolder.start(path, overwrite=True) as folder:
        write_report(folder, test=test, **(facts | changes))
    return Run.open(path)


@pytest.fixture(scope="module")
def digits():
    data = load_digits()
    model = GaussianNB(var_smoothing=1e-3).fit(data.data[:1000], data.target[:1000])
    probability = model.predict_proba(data.data[1000:])
    label, prediction = data.target[1000:], probability.argmax(axis=1)
    wrong = np.flatnonzero(label != prediction)[:25]
    mistakes = [WrongRow(data.data[1000 + i], label[i], prediction[i], probability[i].max()) for i in wrong]
    return TestRows(label, prediction, probability, mistakes)


@pytest.fixture(scope="module")
def run(digits, tmp_path_factory):
    return write(tmp_path_factory.mktemp("runs") / "digits-nb", digits)


def test_the_folder_holds_the_design_s_files(run):
    assert sorted(path.name for path in run.path.iterdir()) == FILES


def test_the_summary_has_the_design_s_keys_and_no_nan(run):
    summary = json.loads((run.path / "summary.json").read_text(), parse_constant=pytest.fail)
    assert list(summary) == ["data", "model", "parameters", "settings", "versions", "seconds", "figures"]
    assert summary["figures"] == {"train": {"loss": None}, "test": {"loss": 0.9}}
    assert summary["data"]["input_shape"] == [8, 8]


def test_the_marks_per_class_add_up_to_the_rows(run, digits):
    assert [line["class"] for line in run.metrics] == list("0123456789")
    assert list(run.metrics[0]) == ["class", "precision", "recall", "f1", "support"]
    assert sum(line["support"] for line in run.metrics) == len(digits.label)


def test_fifty_seeded_predictions_carry_the_probability_of_what_was_said(run, digits, tmp_path):
    assert len(run.predictions) == 50
    assert all(0.1 <= line["probability"] <= 1 for line in run.predictions)
    assert write(tmp_path / "again", digits).predictions == run.predictions
    assert write(tmp_path / "other", digits, settings={"seed": 1}).predictions != run.predictions


def test_the_page_is_one_closed_file_that_loads_nothing(run):
    text = (run.path / "report.html").read_text()
    page = PageReader(text)
    assert page.open == []
    assert "script" not in page.tags
    assert all(address.startswith("data:") for address in page.loads)
    assert not re.search(r"https?://|@import|url\(", text)
    assert len(text) < 600_000


def test_the_page_says_what_matters(run, digits):
    text = (run.path / "report.html").read_text()
    accuracy = (digits.label == digits.prediction).mean()
    assert f"<strong>{100 * accuracy:.1f} %</strong>" in text
    assert "<b>10.4 %</b> is what always saying the commonest class gets" in text
    assert text.count("<figcaption>label <b>") == 25
    assert "load_model(&quot;" in text
    assert "--epochs 2" in text
    assert "<b>" not in re.search("<title>(.*)</title>", text)[1]


def test_texts_from_outside_are_escaped(digits, tmp_path):
    evil = "<script>alert('&')</script>"
    run = write(
        tmp_path / "run",
        TestRows(digits.label, digits.prediction, mistakes=digits.mistakes),
        data={"name": evil, "source": evil, "task": "classification", "class_names": [evil] * 10},
        model={"name": evil, "layers": [{"name": evil, "type": evil, "output_shape": None, "parameters": 0}]},
        settings={evil: evil, "backend": evil},
        versions={evil: evil},
        seconds={evil: 1.0},
    )
    assert "<script" not in (run.path / "report.html").read_text()


def test_the_command_that_was_given_is_shown_as_it_was(digits, tmp_path):
    run = write(tmp_path / "run", digits, settings={"command": "sparkeras train --data 'my file.csv'"})
    text = (run.path / "report.html").read_text()
    assert '<span class="keep">sparkeras train</span> <span class="keep">--data &#x27;my file.csv&#x27;</span>' in text


def test_a_model_without_mistakes_is_told_so(digits, tmp_path):
    run = write(tmp_path / "run", TestRows(digits.label, digits.label))
    text = (run.path / "report.html").read_text()
    assert "No mistakes among 797 test rows." in text
    assert "<strong>100.0 %</strong>" in text


def test_a_table_s_mistakes_are_the_classes_it_mixes_up(digits, tmp_path):
    run = write(tmp_path / "run", TestRows(digits.label, digits.prediction), shape=(64,))
    assert 'alt="Mixed-up classes"' in (run.path / "report.html").read_text()


def test_one_class_in_the_test_is_enough(tmp_path):
    run = write(tmp_path / "run", TestRows([3, 3], [3, 4]), shape=None)
    assert [line["recall"] for line in run.metrics][2:5] == [None, 0.5, None]


def test_a_regression_leaves_its_figures_and_its_baseline(tmp_path):
    x, y = load_diabetes(return_X_y=True)
    said = LinearRegression().fit(x[:300], y[:300]).predict(x[300:])
    run = write(tmp_path / "run", TestRows(y[300:], said), task="regression", shape=(10,))
    marks = {line["figure"]: line["value"] for line in run.metrics}
    assert marks["mean_absolute_error"] < 45 < 60 < marks["baseline_mean_absolute_error"]
    assert sorted(path.name for path in run.path.iterdir()) == sorted(
        {*FILES} - {"classes.png", "confusion.png"} | {"residuals.png", "scatter.png"}
    )
    assert run.predictions[0]["probability"] is None
    assert "test mean absolute error" in (run.path / "report.html").read_text()
    assert "always saying the mean gets" in shown(run)


def shown(run):
    console = Console(file=io.StringIO(), width=120)
    show_run(run, console)
    return console.file.getvalue()


def test_the_terminal_shows_the_main_figure_the_marks_and_the_files(run, digits):
    text = shown(run)
    assert f"{100 * (digits.label == digits.prediction).mean():.1f} % test accuracy" in text
    assert "10.4 % is what always saying the commonest class gets" in text
    assert re.search(r"2/2\s+0\.9000\s+0\.8000", text)
    assert str(run.path / "report.html") in text


def test_a_terminal_shows_the_weakest_of_many_classes(tmp_path):
    label = np.repeat(np.arange(40), 2)
    run = write(tmp_path / "run", TestRows(label, np.where(label == 7, 8, label)), shape=None)
    text = shown(run)
    assert "The 30 weakest of 40 classes" in text
    assert re.search(r"\n\s+7\s+–\s+0\.000\s+0\.000", text)


def test_logistic_regression_s_two_classes_make_a_report(tmp_path):
    x, y = load_digits(return_X_y=True)
    model = LogisticRegression(max_iter=50).fit(x[:200] / 16, y[:200] > 4)
    chance = model.predict_proba(x[200:300] / 16)
    test = TestRows((y[200:300] > 4).astype(int), chance.argmax(axis=1), chance[:, 1])
    run = write(tmp_path / "run", test, data={"num_classes": 2, "task": "classification"})
    assert all(line["probability"] >= 0.5 for line in run.predictions)
