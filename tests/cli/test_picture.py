"""``sparkeras picture``: each kind from a run's folder, its model, or its data; what cannot be is said."""

import keras
import numpy as np
import pytest
from keras import layers as L
from matplotlib.image import imread

from sparkeras import datasets
from sparkeras.engine.history import TrainingHistory
from sparkeras.runs import held_out
from sparkeras.runs.report import TestRows, write_report
from sparkeras.runs.run_folder import RunFolder
from tests.cli.test_commands import sparkeras

pytestmark = pytest.mark.thorough


def make(path, model, test, task="classification", name="digits", shape=(8, 8), **data):
    """A finished run of a model that nobody trained."""
    facts = {"name": name, "source": "", "train_rows": 9, "test_rows": len(test.label), "input_shape": shape}
    facts |= {"num_classes": 10 if task == "classification" else None, "task": task} | data
    with RunFolder.start(path) as folder:
        model.save(folder.file("model.keras"))
        write_report(
            folder,
            data=facts,
            model={"name": model.name, "layers": []},
            parameters=model.count_params(),
            settings={"data": name, "seed": 0},
            versions={},
            seconds={"epochs": 1.0},
            figures={"test": {"loss": 1.0}},
            history=TrainingHistory([{"loss": 2.0}, {"loss": 1.0}], [1.0, 1.0]),
            test=test,
        )
    return path


@pytest.fixture(scope="module")
def runs(spark, tmp_path_factory):
    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("pictures")
    image = [keras.Input((8, 8)), L.Reshape((8, 8, 1)), L.Conv2D(4, 3, name="conv"), L.Flatten()]
    cnn = keras.Sequential([*image, L.Dense(10, activation="softmax")], name="cnn")
    place = keras.Sequential([keras.Input((3,)), L.Dense(2)], name="places")
    plane = keras.Sequential([keras.Input((2,)), L.Dense(2, activation="softmax")], name="plane")
    y = datasets.load_arrays("digits").y_test
    amounts = np.random.default_rng(0).uniform(-60, 60, (20, 2))
    labels = ["latitude (degrees north)", "longitude (degrees east)"]
    return {
        "cnn": make(folder / "cnn", cnn, TestRows(y, (y + 1) % 10)),
        "twin": make(folder / "below" / "cnn", cnn, TestRows(y, y)),
        "music": make(folder / "music", place, TestRows(amounts, amounts + 1), "regression", "music", (3,),
                      label_names=labels),
        "spiral": make(folder / "spiral", plane, TestRows([0, 1], [0, 0]), name="spiral", shape=(2,)),
    }  # fmt: skip


DRAWN = [
    ("cnn", "history"), ("cnn", "classes"), ("cnn", "confusion"), ("cnn", "mistakes"), ("cnn", "filters"),
    ("cnn", "features"), ("cnn", "diagram"), ("cnn", "images"), ("music", "scatter"), ("music", "residuals"),
    ("music", "map"), ("spiral", "boundary"),
]  # fmt: skip


@pytest.mark.parametrize(("run", "kind"), DRAWN)
def test_a_picture_lies_where_it_is_said_to(run, kind, runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert sparkeras("picture", runs[run], kind) == 0, capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [f"{runs[run].name}-{kind}.png"]
    assert len(np.unique(imread(tmp_path / f"{runs[run].name}-{kind}.png").reshape(-1, 4), axis=0)) > 1
    assert capsys.readouterr().out.startswith(f"{runs[run].name}-{kind}.png: ")


def test_runs_of_one_name_are_overlaid_as_two(runs, tmp_path, monkeypatch):
    drawn = {}
    monkeypatch.setattr("sparkeras.plots.draw_histories", lambda path, histories: drawn.update(histories))
    assert sparkeras("picture", runs["cnn"], runs["twin"], "history", "--out", tmp_path / "both.png") == 0
    assert list(drawn) == [str(runs["cnn"]), str(runs["twin"])]
    assert drawn[str(runs["cnn"])] == {"loss": [2.0, 1.0]}


def test_features_of_an_image_file(runs, tmp_path):
    from PIL import Image

    Image.fromarray(np.full((20, 30, 3), 200, np.uint8)).save(tmp_path / "photo.png")
    options = ("--image", tmp_path / "photo.png", "--layer", "conv", "--out", tmp_path / "maps.png")
    assert sparkeras("picture", runs["cnn"], "features", *options) == 0
    assert (tmp_path / "maps.png").exists()


def test_show_says_where_the_picture_is_when_there_is_no_display(runs, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    assert sparkeras("picture", runs["cnn"], "history", "--out", tmp_path / "it.png", "--show") == 0
    assert f"There is no display here; the picture lies at {tmp_path / 'it.png'}" in capsys.readouterr().out


WRONG = [
    (("{cnn}", "portrait"), 11, "Unknown picture 'portrait'; expected one of history, classes"),
    (("{cnn}", "{twin}", "confusion"), 11, "The picture 'confusion' is of one run; got 2"),
    (("{cnn}", "{music}", "history"), 14, "of regressions and of classes, whose losses share no axis"),
    (("nosuch", "history"), 18, "There is no run at 'nosuch'"),
    (("{cnn}", "history", "--out", "it.jpg"), 14, "name it so, e.g. 'it.png'"),
    (("{cnn}", "history", "--out", "old.png"), 14, "'old.png' exists already. Choose another file, or --overwrite."),
    (("{cnn}", "scatter"), 14, "is a classification, and scatter is of a regression. Take confusion."),
    (("{music}", "confusion"), 14, "is a regression, and confusion is of a classification. Take scatter."),
    (("{music}", "classes"), 14, "Take residuals"),
    (("{cnn}", "map"), 14, "a map needs the labels latitude and longitude"),
    (("{music}", "filters"), 12, "'places' has no two-dimensional convolution"),
    (("{music}", "images"), 14, "are not images"),
    (("{cnn}", "boundary"), 14, "A decision boundary needs classes and rows of two numbers"),
    (("{cnn}", "features", "--row", 999), 14, "There is no test row 999: digits has 360"),
    (("{cnn}", "features", "--layer", "nosuch"), 12, "has no layer 'nosuch'; it has reshape"),
    (("{cnn}", "features", "--image", "nosuch.png"), 14, "'nosuch.png' is not an image that can be read"),
]


@pytest.mark.parametrize(("arguments", "code", "words"), WRONG, ids=lambda value: str(value)[:50])
def test_what_cannot_be_drawn_is_said_in_a_sentence(arguments, code, words, runs, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.png").write_bytes(b"old")
    filled = [str(each).format(**runs) for each in arguments]
    assert sparkeras("picture", *filled) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("old.png", b"old")]


def test_the_same_test_rows_have_the_same_fingerprint_in_any_order(spark):
    x, y = np.arange(12.0).reshape(6, 2), np.arange(6)
    prints = [
        held_out.facts(datasets.frame_from_arrays(spark, x[rows], y[rows]))["test_fingerprint"]
        for rows in ([0, 1, 2], [2, 0, 1], [0, 1, 3], [0, 1, 1], [0, 1])
    ]
    assert prints[0] == prints[1]
    assert len({*prints}) == 4
