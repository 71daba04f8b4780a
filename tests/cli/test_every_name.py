"""Every data set of ``data list`` and every model of the zoo trains through the command line, tests and reports."""

import json

import pytest

from sparkeras import datasets, zoo
from sparkeras.datasets import registry
from tests.cli.test_commands import sparkeras

pytestmark = pytest.mark.slow  # seven minutes; test_train and test_unlabelled have some of them
PHOTOS, TEXTS = ("flowers", "cats-dogs"), ("imdb", "imdb-sentences", "shakespeare")


def trained(folder, *settings):
    """Train for an epoch and return the run's summary."""
    assert sparkeras("train", "--epochs", 1, "--batch-size", 64, *settings, "--out", folder) == 0
    return json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize("name", datasets.names())
def test_every_data_set_trains(name, spark, tmp_path, monkeypatch):
    if registry.ENTRIES[name].files:
        monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path / "data"))
        datasets.write_sample(name, tmp_path / "data")
    small_photos = ("--image-size", 16) if name in PHOTOS else ()
    model = "text" if name in TEXTS else "cnn" if name in PHOTOS else "mlp"
    told = trained(tmp_path / "run", "--data", name, "--model", model, *small_photos)
    assert told["data"]["name"].startswith(name)
    assert told["figures"]["test"]["loss"] > 0


@pytest.mark.parametrize("name", zoo.names())
def test_every_model_trains(name, spark, tmp_path, monkeypatch):
    data = "digits"
    if name == "text":
        monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path / "data"))
        datasets.write_sample(data := "imdb-sentences", tmp_path / "data")
    backbone = ("--backbone", "digits") if name == "transfer" else ()
    told = trained(tmp_path / "run", "--data", data, "--model", name, *backbone)
    assert told["model"]["name"] == name
    assert told["figures"]["test"]
