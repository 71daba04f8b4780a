"""A table as it is, by one command: trained, shown, evaluated, predicted and served, with what was learned of it."""

import csv
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest

from sparkeras import datasets
from sparkeras.datasets import registry
from sparkeras.errors import DataError, InvalidColumnError
from sparkeras.runs import Run
from sparkeras.serving import instances
from sparkeras.serving.http.responses import Refusal
from sparkeras.serving.model import ServedModel
from tests.cli.test_commands import sparkeras


def table(rows=240):
    random = np.random.default_rng(0)
    city, size = random.choice(["Oslo", "Bergen", "New York"], rows), random.normal(50, 20, rows)
    price = 3 * size + 100 * (city == "Oslo") + random.normal(0, 5, rows)
    return {
        "id": [f"home-{n}" for n in range(rows)],
        "city": [None if n % 30 == 7 else each for n, each in enumerate(city)],
        "size [m.2]": [None if n % 25 == 3 else round(each, 1) for n, each in enumerate(size)],
        "sold": [f"2023-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(rows)],
        "country": ["Norway"] * rows,
        "price": [None if n % 40 == 9 else f"{each:,.1f}" for n, each in enumerate(price)],
        "dear": [None if n % 40 == 9 else "yes" if each > 210 else "no" for n, each in enumerate(price)],
    }


def write(path, columns, delimiter=",", missing="NA", encoding="utf-8", bom=""):
    with open(path, "w", newline="", encoding=encoding) as file:
        file.write(bom)
        lines = csv.writer(file, delimiter=delimiter)
        lines.writerow(columns)
        lines.writerows(
            [missing if cell is None else cell for cell in row] for row in zip(*columns.values(), strict=True)
        )
    return path


@pytest.fixture(scope="module")
def trained(spark, tmp_path_factory):
    """A run on a CSV file, and what the command printed."""
    folder = tmp_path_factory.mktemp("table")
    write(folder / "homes.csv", table())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        settings = ("--label", "dear", "--drop", "price", "--epochs", 15)
        assert sparkeras("train", "--data", "homes.csv", *settings, "--out", "run") == 0
    return folder


def test_a_table_is_learned_trained_and_reported(trained):
    summary = json.loads((trained / "run" / "summary.json").read_text())
    assert summary["model"]["name"] == "tabm"
    assert summary["figures"]["test"]["accuracy"] > 0.85
    assert summary["data"]["class_names"] == ["no", "yes"]
    assert summary["data"]["feature_names"] == ["city", "size [m.2]", "sold"]
    events = [json.loads(line) for line in (trained / "run" / "progress.jsonl").read_text().splitlines()]
    (columns,) = (event["columns"] for event in events if event.get("event") == "columns")
    assert {line["column"]: (line["learned"], line["becomes"]) for line in columns if line["kind"] == "left out"} == {
        "price": ("left out by request", "to use it, leave --drop away"),
        "id": ("it is an id: 187 values in 187 rows", "to use it: --kind id=category"),
        "country": ("it is constant", "to use it: --kind country=category"),
    }
    notes = [event["message"] for event in events if event.get("event") == "note"]
    assert notes == ["6 rows without a label were left out", "label dear: two classes, no 67 %, yes 33 %"]


def test_the_run_evaluates_its_own_rows_and_those_of_another_file(trained, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    figures = json.loads((trained / "run" / "summary.json").read_text())["figures"]["test"]
    assert sparkeras("evaluate", "run") == 0
    assert f"accuracy                 {figures['accuracy']:.4f}" in capsys.readouterr().out
    other = {name: values[:40] for name, values in table().items()}
    other["expensive"] = other.pop("dear")
    write(trained / "other.csv", other)
    assert sparkeras("evaluate", "run", "--data", "other.csv", "--label", "expensive") == 0
    assert "39 rows of other.csv" in capsys.readouterr().out


def test_files_and_requests_are_predicted_alike(trained, monkeypatch):
    monkeypatch.chdir(trained)
    assert sparkeras("predict", "run", "homes.csv", "predicted.csv", "--overwrite") == 0
    lines = list(csv.DictReader((trained / "predicted.csv").read_text().splitlines()))
    assert len(lines) == 240
    assert {line["class"] for line in lines} == {"no", "yes"}
    served = ServedModel(trained / "run")
    rows = [{name: table()[name][n] for name in ("city", "size [m.2]", "sold")} for n in range(60)]
    del rows[7]["city"]  # missing there
    arrays, by_row = instances.arrays_of({"instances": rows}, served)
    (probability,) = served.predict(arrays)
    assert by_row
    np.testing.assert_allclose(probability.max(axis=1), [float(line["probability"]) for line in lines[:60]], rtol=1e-4)
    columns = {name: [row.get(name) for row in rows] for name in rows[0]}
    again, _ = instances.arrays_of({"inputs": columns}, served)
    for one, two in zip(arrays, again, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_pandas_frame_is_predicted_without_spark(trained, monkeypatch):
    monkeypatch.chdir(trained)
    run = Run.open("run")
    assert sparkeras("predict", "run", "homes.csv", "of_file.csv") == 0
    lines, predicted = pd.read_csv("of_file.csv"), run.predict(pd.read_csv("homes.csv"))
    assert list(predicted.columns) == [*table(), "prediction", "probability", "class"]
    assert (predicted["class"] == lines["class"]).all()
    np.testing.assert_allclose(predicted["probability"], lines["probability"], rtol=1e-5)
    frame = pd.DataFrame({"city": ["Paris", None], "size [m.2]": ["big", 80], "sold": ["2023-05-06"] * 2})
    with pytest.raises(InvalidColumnError, match="'size .m.2.' holds 'big'.*leave such rows out"):
        run.predict(frame)
    assert run.predict(frame, handle_invalid="skip").index.tolist() == [1]
    with pytest.raises(InvalidColumnError, match="No row is left to predict"):
        run.predict(frame[:1], handle_invalid="skip")
    with pytest.raises(InvalidColumnError, match="Column 'sold' is missing, .* the frame has 'city', 'size"):
        run.predict(frame.drop(columns="sold"))
    with pytest.raises(InvalidColumnError, match="takes a pandas frame; got list"):
        run.predict([1])


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"instances": [{"town": "Oslo"}]}, "Instance 0 has a column 'town'; the model knows 'city', 'size"),
        ({"instances": [[1, 2]]}, "'instances' must be a list of objects with the columns 'city'"),
        ({"instances": [{"size [m.2]": "big"}]}, "'size .m.2.' holds 'big'"),
        ({"instances": [{"size [m.2]": [1, "x"]}]}, "must hold plain values"),
        ({"instances": []}, "1 to 4,096 instances; this one 0"),
        ({"inputs": {"city": ["Oslo"], "sold": []}}, "different numbers of rows"),
        ({"inputs": [1]}, "'inputs' must be an object with a list for each of 'city'"),
    ],
)
def test_requests_that_are_no_rows_are_refused(trained, body, words):
    with pytest.raises(Refusal, match=words):
        instances.arrays_of(body, ServedModel(trained / "run"))


FILES = [
    ("semicolons.csv", {"delimiter": ";"}),
    ("bars.csv", {"delimiter": "|", "missing": "?"}),
    ("tabs.tsv", {"delimiter": "\t", "missing": "N/A"}),
    ("bom.csv", {"bom": "\ufeff", "missing": ""}),
    ("western.csv", {"encoding": "cp1252", "missing": "null"}),
]


@pytest.mark.parametrize(("name", "written"), FILES)
def test_files_are_read_as_people_write_them(tmp_path, name, written):
    columns = {"city": ["Malmö", None, 'a "b", c', "Oslo"], "n": [1, None, 2.5, 3], "say": ["no", "yes", "no", None]}
    path = write(tmp_path / name, columns, **written)
    read = datasets.raw_csv.read_table(path).to_pydict()
    assert read == {**columns, "n": [1.0, None, 2.5, 3.0]}


def test_parquet_and_json_lines_are_tables_too(spark, tmp_path):
    (tmp_path / "rows.jsonl").write_text(
        "".join(json.dumps({"a": n, "b": f"x{n % 3}", "y": n % 2}) + "\n" for n in range(99))
    )
    frame = spark.read.json(str(tmp_path / "rows.jsonl"))
    frame.write.parquet(str(tmp_path / "rows.parquet"))
    for name in ("rows.jsonl", "rows.parquet"):
        opened = datasets.open_table(str(tmp_path / name), spark, "y")
        assert opened.train.count() + opened.test.count() == 99
        assert opened.train.columns == ["a", "b", "y"]


@pytest.mark.thorough
@pytest.mark.parametrize("name", ["flights", "penguins"])
def test_named_tables_train_on_their_samples(spark, name, tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path))
    datasets.write_sample(name, tmp_path)
    assert sparkeras("train", "--data", name, "--epochs", 8, "--out", tmp_path / "run") == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["data"]["name"] == f"{name} (synthetic)"
    assert summary["figures"]["test"]["accuracy"] > (0.9 if name == "penguins" else 0.5)


@pytest.mark.data
@pytest.mark.parametrize("name", ["flights", "penguins"])
def test_named_tables_have_the_rows_that_the_list_tells(name):
    parts, _, _ = registry.read_table(name, 0)
    facts = datasets.describe(name)
    assert (parts.train.num_rows, parts.test.num_rows) == (facts.rows_train, facts.rows_test)
    assert set(facts.schema.features) | {parts.label} == set(parts.train.column_names)


WRONG = [
    (("--kind", "city"), "'--kind' must be COLUMN=KIND, e.g. zip=category; got 'city'"),
    (("--kind", "city=word"), "Column 'city' cannot be 'word'; a kind is one of number, category"),
    (("--kind", "nosuch=number"), "Column 'nosuch' is not in the DataFrame"),
    (("--drop", "nosuch"), "Column 'nosuch' is not in the DataFrame"),
    (("--features", "city,nosuch"), "Column 'nosuch' is not in the DataFrame"),
    (("--label", "price", "--balance"), "'balance' (--balance) weighs classes, and the label is a number"),
    (("--model", "mlp", "--drop", "price"), "'homes.csv' with the model 'mlp' is taken as rows of numbers"),
    (("--task", "guess"), "'task' must be classification or regression; got 'guess'"),
    (("--label", "nosuch"), "has no column 'nosuch'; it has 'id', 'city'"),
    (("--label", "country"), "'country', the label, holds the same value in all rows, 'Norway'"),
    (("--label", "id"), "column 'id': the labels are in 240 rows as many different texts"),
    (("--label", "city", "--task", "regression"), "'city', the label, holds texts such as '"),
]


def test_a_text_among_numbers_is_named_with_its_line(spark, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    columns = table() | {"size [m.2]": [n * 0.5 for n in range(239)] + ["large"]}
    write(tmp_path / "homes.csv", columns)
    settings = ("--label", "dear", "--seed", 1)  # of the split: the row is one to train on
    assert sparkeras("train", "--data", "homes.csv", *settings, "--out", "run") != 0
    said = " ".join(capsys.readouterr().err.split())
    assert "1 of 187 rows hold other texts, such as 'large' (first in line 241 of 'homes.csv')" in said


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_what_cannot_be_trained_is_one_line(spark, trained, arguments, words, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(trained)
    label = () if "--label" in arguments else ("--label", "dear")
    assert sparkeras("train", "--data", "homes.csv", *label, *arguments, "--out", tmp_path / "run") != 0
    assert words in capsys.readouterr().err.replace("\n", " ")
    assert not (tmp_path / "run").exists()


def test_arrays_of_a_table_are_refused_with_what_to_take(monkeypatch, tmp_path):
    monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path))
    datasets.write_sample("penguins", tmp_path)
    with pytest.raises(DataError, match="sparkeras train --data penguins"):
        datasets.load_arrays("penguins")


@pytest.mark.thorough
def test_amounts_are_predicted_from_texts_of_numbers(spark, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pa.csv.write_csv(pa.table({name: pa.array(values) for name, values in table().items()}), "homes.csv")
    settings = ("--label", "price", "--drop", "dear", "--epochs", 20, "--out", "run")
    assert sparkeras("train", "--data", "homes.csv", *settings) == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["data"]["task"] == "regression"
    lines = list(csv.DictReader((tmp_path / "run" / "metrics.csv").read_text().splitlines()))
    figures = {line["figure"]: float(line["value"]) for line in lines}
    assert figures["mean_absolute_error"] < figures["baseline_mean_absolute_error"] / 2
