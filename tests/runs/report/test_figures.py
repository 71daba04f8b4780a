"""The marks, checked in the head on four rows, and the figure at the top beside its baseline."""

import math

import numpy as np
import pytest

from sparkeras.errors import DataError
from sparkeras.runs.report import TestRows
from sparkeras.runs.report.figures import class_metrics, classes_of, figure_text, headline, regression_metrics
from sparkeras.runs.report.rows import class_text

FOUR = TestRows(label=[0, 0, 0, 1], prediction=[0, 0, 1, 1])


def test_precision_and_recall_of_four_rows():
    zero, one = class_metrics(FOUR, classes_of(FOUR))
    assert (zero["class"], zero["precision"], zero["support"]) == ("0", 1.0, 3)
    assert zero["recall"] == pytest.approx(2 / 3)
    assert (one["precision"], one["recall"], one["support"]) == (0.5, 1.0, 1)


def test_a_class_that_the_test_lacks_has_a_line_without_marks():
    absent = class_metrics(FOUR, classes_of(FOUR, num_classes=3))[2]
    assert (absent["class"], absent["support"]) == ("2", 0)
    assert math.isnan(absent["recall"])


def test_classes_carry_their_names():
    assert [line["class"] for line in class_metrics(FOUR, [0, 1], ["cat", "dog"])] == ["cat", "dog"]
    assert [class_text(value) for value in (3.0, np.int64(3), 3.5, "a")] == ["3", "3", "3.5", "a"]


def test_accuracy_stands_beside_the_share_of_the_commonest_class():
    main = headline({"loss": 0.1, "accuracy": 0.75}, class_metrics(FOUR, [0, 1]))
    assert (main.text, main.baseline_text) == ("75.0 %", "75.0 %")
    assert "did no better" in main.verdict


def test_a_figure_that_keras_did_not_count_is_counted_from_the_rows():
    figures = {"sparse_top_k_categorical_accuracy": 1.0}
    assert headline(figures, class_metrics(FOUR, [0, 1])).value == pytest.approx(0.75)


def test_a_regression_stands_beside_the_error_of_the_mean():
    metrics = regression_metrics(TestRows(label=[0.0, 2.0, 4.0], prediction=[1.0, 2.0, 3.0]))
    marks = {line["figure"]: line["value"] for line in metrics}
    assert marks["mean_squared_error"] == pytest.approx(2 / 3)
    assert marks["baseline_mean_squared_error"] == pytest.approx(8 / 3)
    assert marks["r2"] == pytest.approx(0.75)
    main = headline({"mae": 2 / 3}, metrics)
    assert (main.text, main.baseline_text) == ("0.6667", "1.333")
    assert "did no better" not in main.verdict
    assert headline({"r2": 0.75}, metrics).name == "test r²"
    # The mean that a model could have known is that of the training rows.
    known = regression_metrics(TestRows(label=[0.0, 2.0, 4.0], prediction=[1.0, 2.0, 3.0]), known_mean=1.0)
    assert [line["value"] for line in known if line["figure"].startswith("baseline")] == pytest.approx([11 / 3, 5 / 3])


def test_a_regression_that_says_nan_has_no_figures_but_its_baseline():
    marks = regression_metrics(TestRows(label=[0.0, 2.0], prediction=[np.nan, 1.0]))
    assert [math.isnan(line["value"]) for line in marks] == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("value", "share", "text"),
    [
        (0.9722, True, "97.2 %"),
        (0.9964, True, "99.64 %"),
        (0.99999, True, "99.99 %"),
        (1.0, True, "100.0 %"),
        (23860.1, False, "23,860"),
        (None, False, "–"),
        (float("nan"), True, "–"),
    ],
)
def test_figures_are_written_as_people_read_them(value, share, text):
    assert figure_text(value, share) == text


def test_the_probability_is_that_of_what_was_said():
    two = TestRows([0, 1], [1, 0], [[0.3, 0.7], [0.8, 0.2]])
    np.testing.assert_allclose(two.predicted_probability(), [0.7, 0.8])
    sigmoid = TestRows([0, 1], [1, 0], [[0.7], [0.2]])
    np.testing.assert_allclose(sigmoid.predicted_probability(), [0.7, 0.8])


def test_a_report_without_test_rows_says_so():
    with pytest.raises(DataError, match="got 0 labels and 0 predictions"):
        TestRows([], [])
