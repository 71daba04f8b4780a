"""``sparkeras train`` on images, its checkpoints, and ``data list``, ``data show`` and ``data sample``."""

import csv
import json
import re
import shutil

import numpy as np
import pytest

from tests.cli.test_commands import sparkeras


@pytest.fixture
def sampled(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path / "data"))
    return lambda name: sparkeras("data", "sample", name, tmp_path / "data")


@pytest.mark.thorough
def test_a_folder_of_images_is_trained_shown_and_evaluated(spark, sampled, tmp_path, capsys):
    assert sampled("flowers") == 0
    assert "Made-up rows, not the real flowers" in capsys.readouterr().out
    (tmp_path / "data" / "flowers" / "validation" / "tulips" / "broken.png").write_bytes(b"no image")
    settings = ("--data", "flowers", "--model", "cnn", "--image-size", 16, "--epochs", 1)
    assert sparkeras("train", *settings, "--out", tmp_path / "run") != 0  # the broken file, among the test rows
    said = capsys.readouterr().err
    assert "validation/tulips/broken.png. Delete such files, or leave them out by --invalid skip" in said
    (tmp_path / "data" / "flowers" / "train" / "roses" / "old").mkdir()
    (tmp_path / "data" / "flowers" / "train" / "roses" / "old" / "empty.png").write_bytes(b"")
    assert sparkeras("train", *settings, "--invalid", "skip", "--out", tmp_path / "run") == 0
    assert "1 of 101 rows were left out: null, NaN or a broken image" in capsys.readouterr().out
    page = (tmp_path / "run" / "report.html").read_text()
    assert all(option in page for option in ("--image-size", "--invalid"))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["data"]["name"] == "flowers (synthetic)"
    assert summary["data"]["class_names"][4] == "tulips"
    assert (summary["data"]["input_shape"], summary["data"]["train_rows"]) == ([16, 16, 3], 100)
    with open(tmp_path / "run" / "metrics.csv", newline="") as file:
        assert [row["class"] for row in csv.DictReader(file)][:2] == ["daisy", "dandelion"]
    capsys.readouterr()
    assert sparkeras("evaluate", tmp_path / "run") == 0
    assert f"accuracy                 {summary['figures']['test']['accuracy']:.4f}" in capsys.readouterr().out
    photos = tmp_path / "data" / "flowers" / "train" / "roses"
    for name, count in ((photos, 20), (photos / "synthetic-003.png", 1)):
        assert sparkeras("predict", tmp_path / "run", name, tmp_path / "said.csv", "--overwrite") == 0
        with open(tmp_path / "said.csv", newline="") as file:
            said = list(csv.DictReader(file))
        assert len(said) == count
        assert said[0].keys() == {"path", "prediction", "probability", "class"}
        assert said[0]["class"] == summary["data"]["class_names"][int(said[0]["prediction"])]
    assert {row["path"].rsplit("/", 1)[-1] for row in said} == {"synthetic-003.png"}


@pytest.mark.thorough
def test_sentences_of_ones_own_are_trained_and_told_apart(spark, tmp_path, capsys):
    reviews = tmp_path / "reviews.csv"
    lines = [f'"Good,\nbright ""film"" {i}",praise\na dull bad thing {i},blame\n' for i in range(60)]
    reviews.write_text("text,tone\n" + "".join(lines))
    settings = ("--data", reviews, "--label", "tone", "--epochs", 8, "--out", tmp_path / "run")
    assert sparkeras("train", *settings, "--model", "mlp") != 0
    assert "The rows are texts, and 'mlp' takes numbers. Take --model text." in capsys.readouterr().err
    assert sparkeras("train", *settings, "--model", "text") == 0
    page = (tmp_path / "run" / "report.html").read_text()
    assert "from sparkeras import zoo; zoo.register()" in page
    (tmp_path / "new.csv").write_text('id,text\n7,"such a dull, ""bad""\nthing"\n8,"bright, good"\n')
    assert sparkeras("predict", tmp_path / "run", tmp_path / "new.csv", tmp_path / "said.csv") == 0
    with open(tmp_path / "said.csv", newline="") as file:
        said = list(csv.DictReader(file))
    assert [(row["id"], row["text"], row["prediction"], row["class"]) for row in said] == [
        ("7", 'such a dull, "bad"\nthing', "0", "blame"),
        ("8", "bright, good", "1", "praise"),
    ]
    (tmp_path / "new.csv").write_text("id\n7\n")
    assert sparkeras("predict", tmp_path / "run", tmp_path / "new.csv", tmp_path / "other.csv") != 0
    assert "has no column of texts; the model reads one" in capsys.readouterr().err
    # A file in which one class is all there is counts classes as the model does.
    (tmp_path / "praise.csv").write_text("text,tone\ngood film,praise\nbright film,praise\nbright good,praise\n")
    evaluate = ("evaluate", tmp_path / "run", "--data")
    assert sparkeras(*evaluate, tmp_path / "praise.csv") == 0
    assert re.search(r"accuracy +1\.0000", capsys.readouterr().out)
    (tmp_path / "other.csv").write_text("text,tone\ngood film,joy\nbright film,praise\nbright good,praise\n")
    assert sparkeras(*evaluate, tmp_path / "other.csv") != 0
    said = capsys.readouterr().err
    (tmp_path / "numbers.csv").write_text("text,tone\ngood film,1\nbright film,1\nbad thing,0\n")
    assert sparkeras(*evaluate, tmp_path / "numbers.csv") != 0
    assert "are numbers, and the model was trained with names ('blame', 'praise')" in capsys.readouterr().err
    assert "has rows of the class 'joy', which the model does not know; it tells apart 'blame', 'praise'." in said


@pytest.mark.slow
def test_columns_are_found_by_their_names(spark, tmp_path, capsys):
    rows = [(i % 7, i % 5, 3.5 * (i % 7) - (i % 5)) for i in range(70)]
    for file, order in (("there.csv", (0, 1, 2)), ("swapped.csv", (1, 2, 0))):
        lines = [",".join(("b", "a", "price")[i] for i in order)]
        lines += [",".join(str(row[i]) for i in order) for row in rows]
        (tmp_path / file).write_text("\n".join(lines) + "\n")
    settings = ("--data", tmp_path / "there.csv", "--label", "price", "--epochs", 1)
    assert sparkeras("train", *settings, "--out", tmp_path / "run") == 0
    said = []
    for file in ("there.csv", "swapped.csv"):
        assert sparkeras("predict", tmp_path / "run", tmp_path / file, tmp_path / "said.csv", "--overwrite") == 0
        with open(tmp_path / "said.csv", newline="") as found:
            said.append([float(row["prediction"]) for row in csv.DictReader(found)])
    assert said[0] == said[1]
    figures = []  # of all rows, as neither file is the run's own
    shutil.copy(tmp_path / "there.csv", tmp_path / "again.csv")
    for file in ("again.csv", "swapped.csv"):
        capsys.readouterr()
        assert sparkeras("evaluate", tmp_path / "run", "--data", tmp_path / file, "--label", "price") == 0
        found = capsys.readouterr().out
        figures.append([float(value) for value in re.findall(r"(\d+\.\d+)$", found.replace(" \n", "\n"), re.MULTILINE)])
    assert figures[0]
    np.testing.assert_allclose(figures[1], figures[0], rtol=1e-3)
    (tmp_path / "less.csv").write_text("a,price\n1,2\n2,3\n3,4\n4,5\n5,6.5\n")
    assert sparkeras("evaluate", tmp_path / "run", "--data", tmp_path / "less.csv", "--label", "price") != 0
    assert "less.csv' has no column 'b', which the model was trained with." in capsys.readouterr().err
    (tmp_path / "other.csv").write_text("b,c\n1,2\n")
    assert sparkeras("predict", tmp_path / "run", tmp_path / "other.csv", tmp_path / "x.csv") != 0
    assert "has no column 'a', which the model was trained with" in capsys.readouterr().err
    assert sparkeras("predict", tmp_path / "run", tmp_path / "there.csv", tmp_path / "x.xlsx") != 0
    assert "ends in .xlsx; expected NAME.csv, or a folder for Parquet" in capsys.readouterr().err
    assert sparkeras("train", "--model", "text", "--data", "diabetes", "--out", tmp_path / "other") != 0
    assert "The text model reads texts, or whole numbers of words; these rows are amounts" in capsys.readouterr().err
    assert sparkeras("train", "--image-size", 0, "--out", tmp_path / "other") != 0
    assert "'image_size' must be 1 to 4096 pixels" in capsys.readouterr().err


def test_checkpoints_and_retries_reach_the_training(spark, tmp_path, capsys):
    (tmp_path / "file").write_text("mine")
    asked = ("train", "--epochs", 1, "--out", tmp_path / "run")
    assert sparkeras(*asked, "--checkpoint-dir", tmp_path / "file") != 0
    assert "file' is a file; give a folder" in capsys.readouterr().err
    assert sparkeras(*asked, "--retries", -1) != 0
    assert "'--retries' must be" in capsys.readouterr().err


def test_data_show_tells_what_the_numbers_are(capsys):
    assert sparkeras("data", "show", "music") == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "labels (2): latitude (degrees north), longitude (degrees east)" in said
    assert "sound 68 (standardised)" in said


def test_every_set_is_listed_with_rows_licence_and_source(capsys):
    from sparkeras import datasets

    assert sparkeras("data", "list") == 0
    said = capsys.readouterr().out
    for name in datasets.names():
        facts = datasets.describe(name)
        assert name in said, f"{name} is cut"
        assert f"{facts.rows_train:,}" in said


@pytest.mark.thorough
def test_one_class_alone_is_refused_and_empty_classes_are_told(spark, tmp_path, capsys):
    for file, labels in (("one.csv", ["only"]), ("gaps.csv", [1, 4])):
        lines = "".join(f"{i},{i % 3},{labels[i % len(labels)]}\n" for i in range(40))
        (tmp_path / file).write_text("a,b,label\n" + lines)
    settings = ("--epochs", 1, "--model", "linear")
    assert sparkeras("train", "--data", tmp_path / "one.csv", *settings, "--out", tmp_path / "one") == 14
    assert "All training rows of 'one' are of one class; there is nothing to tell apart." in capsys.readouterr().err
    assert not (tmp_path / "one").exists()
    assert sparkeras("train", "--data", tmp_path / "gaps.csv", *settings, "--out", tmp_path / "gaps") == 0
    assert "3 of 5 classes have no training row" in capsys.readouterr().out
