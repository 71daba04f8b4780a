"""The command line with models that learn without labels: trained, tested, shown, and images made of a run."""

import json

import numpy as np
import pytest

from tests.cli.test_commands import REGRESSION_FILES, RUN_FILES, sparkeras

pytestmark = pytest.mark.slow  # zoo/test_gan and the lessons train the like in a whole run


@pytest.fixture(scope="module")
def gan_run(spark, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gan") / "run"
    assert sparkeras("train", "--model", "gan", "--epochs", 2, "--batch-size", 256, "--out", folder) == 0
    return folder


def test_a_gan_is_trained_and_keeps_its_samples(gan_run, capsys):
    assert {path.name for path in gan_run.iterdir()} == RUN_FILES | {"samples"}
    assert [path.name for path in sorted((gan_run / "samples").iterdir())] == ["epoch-001.png", "epoch-002.png"]
    summary = json.loads((gan_run / "summary.json").read_text())
    assert summary["data"]["class_names"] == ["made", "real"]
    assert "real_judged_real" in summary["figures"]["test"]
    page = (gan_run / "report.html").read_text()
    assert "of made and real images told apart" in page
    assert "did no better" not in page
    assert sparkeras("evaluate", gan_run) == 0
    assert "real_judged_real" in capsys.readouterr().out


def test_images_are_made_of_a_run(gan_run, tmp_path, capsys):
    from PIL import Image

    options = ("--count", 10, "--seed", 1)
    assert sparkeras("generate", gan_run, *options, "--out", tmp_path / "a.png", "--npz", tmp_path / "a.npz") == 0
    assert Image.open(tmp_path / "a.png").size == (4 * 33 + 1, 3 * 33 + 1)
    made = np.load(tmp_path / "a.npz")["x"]
    assert made.shape == (10, 8, 8)
    assert made.max() <= 16
    assert sparkeras("generate", gan_run, "--count", 0) == 11
    assert sparkeras("generate", gan_run, "--out", tmp_path / "nowhere" / "a.png") == 14
    assert "There is no folder" in capsys.readouterr().err


def test_an_autoencoder_is_a_regression_of_its_own_rows(spark, tmp_path, capsys):
    folder = tmp_path / "run"
    assert sparkeras("train", "--model", "autoencoder", "--epochs", 3, "--out", folder) == 0, capsys.readouterr().err
    assert {path.name for path in folder.iterdir()} == REGRESSION_FILES
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["data"]["task"] == "regression"
    assert summary["figures"]["test"]["loss"] < 0.06  # an image of the mean pixel has 0.14
    assert sparkeras("evaluate", folder) == 0
    assert sparkeras("generate", folder) == 12
    assert "holds autoencoder, which makes no images" in capsys.readouterr().err


def test_transfer_says_what_its_backbone_is(spark, tmp_path, capsys):
    options = ("--model", "transfer", "--backbone", "digits", "--epochs", 2)
    assert sparkeras("train", *options, "--out", tmp_path / "run") == 0
    assert "trained here and now on 1,437 handwritten digits" in capsys.readouterr().out
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["settings"]["backbone"] == "digits"
    assert sparkeras("train", "--model", "mlp", "--backbone", "digits", "--out", tmp_path / "other") == 12
    assert "has no option 'backbone'" in capsys.readouterr().err
