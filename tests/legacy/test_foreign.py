"""What only TensorFlow reads is called by its name, with the way out."""

import pytest

from sparkeras import legacy
from sparkeras.engine import model_files
from sparkeras.errors import DataError, InvalidModelError
from tests.legacy.old_files import row, write_json

SAVED_MODEL = (
    r"'.*old' is a SavedModel folder of TensorFlow, which Keras 3 does not open. Load it in the TensorFlow that wrote "
    r"it and save it there: tf.keras.models.load_model\('.*old'\).save\('model.h5'\), or 'model.keras' since"
)


@pytest.fixture
def saved_model(tmp_path):
    """The files of a SavedModel folder, as far as their names tell."""
    (tmp_path / "old" / "variables").mkdir(parents=True)
    for name in ("saved_model.pb", "keras_metadata.pb", "variables/variables.index"):
        (tmp_path / "old" / name).write_bytes(b"\x08\x01")
    return tmp_path / "old"


@pytest.mark.parametrize("name", ["", "saved_model.pb", "keras_metadata.pb"])
def test_a_saved_model(name, saved_model):
    with pytest.raises(DataError, match=SAVED_MODEL):
        legacy.load(saved_model / name)
    with pytest.raises(InvalidModelError, match=SAVED_MODEL):
        model_files.open_file(saved_model / name)


@pytest.mark.parametrize("name", ["old", "old.index", "old.data-00000-of-00001"])
def test_a_checkpoint(name, tmp_path):
    for each in ("old.index", "old.data-00000-of-00001"):
        (tmp_path / each).write_bytes(b"\x00")
    architecture = write_json(tmp_path / "m.json", row(("Dense", {"units": 2}), shape=(3,)))
    words = r"is a checkpoint of TensorFlow, .*: model.load_weights\('.*old'\), then model.save\('model.h5'\)"
    with pytest.raises(DataError, match=words):
        legacy.load(architecture, tmp_path / name)


def test_another_folder(tmp_path):
    with pytest.raises(DataError, match=r"'.*' is a folder; expected a file"):
        legacy.load(tmp_path)
    with pytest.raises(InvalidModelError, match=r"'.*' is a folder; expected a file"):
        model_files.open_file(tmp_path)
