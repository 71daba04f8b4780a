"""What logs hold, beyond numbers: kept whole, shown on one line, read back from JSON and CSV."""

import io
import json

import numpy as np
import pytest
from rich.console import Console

from sparkeras.engine import logs
from sparkeras.engine.history import TrainingHistory
from sparkeras.engine.progress_bar import ProgressBar
from sparkeras.errors import InvalidParamError
from sparkeras.tuning.goal import Goal
from sparkeras.tuning.search import _require_metric

EPOCH = {
    "loss": 0.25,
    "f1_score": np.array([0.5, 0.25], np.float32),
    "words": "fell, then rose",
    "like a number": "0.5",
    "classes": {"cat": 0.5, "dog": {"big": 1.0}},
    "steps": 3,
    "absent": None,
    "best": True,
}


class OfABackend:
    """An array as jax, torch and tensorflow give it: NumPy can read it, float cannot."""

    def __init__(self, numbers):
        self.numbers = np.array(numbers)

    def __array__(self, dtype=None, copy=None):
        return self.numbers


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.array(0.5), 0.5),
        (OfABackend(0.5), 0.5),
        ((np.bool_(True), None, "x"), (True, None, "x")),
        ({1: [np.float64(2)]}, {1: [2.0]}),
        (Goal("loss", "minimize"), "Goal(metric='loss', direction='minimize')"),
    ],
)
def test_a_value_becomes_plain(given, kept):
    assert logs.plain(given) == kept
    assert logs.open_packed(json.loads(json.dumps(logs.pack(logs.plain(given))))) == kept


def test_arrays_stay_arrays_of_their_type():
    for array in (np.array([[1, 2]], np.int8), np.array([0.5, np.nan], np.float32), np.array(["a", "bc"])):
        back = logs.open_packed(json.loads(json.dumps(logs.pack(logs.plain(array)))))
        np.testing.assert_array_equal(back, array)
        assert back.dtype == array.dtype
    np.testing.assert_array_equal(logs.plain(OfABackend([1.0, 2.0])), [1.0, 2.0])


def test_a_history_travels_as_json_and_keeps_what_keras_would():
    history = TrainingHistory([EPOCH], [0.1], first=2)
    back = TrainingHistory.opened(json.loads(json.dumps(history.packed())))
    assert back == history
    assert back != TrainingHistory([{"loss": 0.25}], [0.1])
    assert isinstance(back.by_name()["f1_score"][0], np.ndarray)
    assert back.by_name()["classes"] == [EPOCH["classes"]]


def test_a_history_is_read_back_from_csv(tmp_path):
    history = TrainingHistory([EPOCH, EPOCH | {"f1_score": np.array([1.0, 0.0])}], [0.1, 0.2], first=2)
    history.write_csv(tmp_path / "history.csv")
    lines = (tmp_path / "history.csv").read_text().splitlines()
    assert lines[1].startswith('3,0.1,0.25,"[0.5, 0.25]","fell, then rose"')
    back = TrainingHistory.read_csv(tmp_path / "history.csv")
    assert back.first == 2
    np.testing.assert_array_equal(back.epochs[1]["f1_score"], [1.0, 0.0])
    assert {**back.epochs[0], "f1_score": 0} == {name: value for name, value in EPOCH.items() if value is not None} | {
        "f1_score": 0
    }


def test_pictures_and_tables_get_every_number_by_a_name_of_its_own():
    columns = TrainingHistory([EPOCH, {"loss": 0.5}], [0.1, 0.1]).numbers_by_name()
    assert columns["f1_score_0"] == [0.5, None]
    assert columns["classes_dog_big"] == [1.0, None]
    assert "words" not in columns
    assert columns["loss"] == [0.25, 0.5]


def test_one_line_shows_everything():
    shown = Console(file=io.StringIO(), width=300)
    with ProgressBar(4, shown) as bar:
        bar({"event": "epoch", "epoch": 1, "seconds": 0.5, "logs": json.loads(json.dumps(logs.listed(EPOCH)))})
    said = shown.file.getvalue()
    assert "loss 0.2500  f1_score [0.5000 0.2500]  words fell, then rose" in said
    assert "classes {cat 0.5000 dog {big 1.0000}}  steps 3" in said
    assert "f1_score [0.5 0.25]" in str(TrainingHistory([EPOCH], [0.1]))


def test_a_search_over_a_vector_says_what_to_compile():
    with pytest.raises(InvalidParamError, match=r"'f1_score' is not one number per epoch: \[0.5000 0.2500\]\. Compile"):
        _require_metric(Goal("f1_score", "maximize"), EPOCH)
