"""The linear baseline, the figures beside it, and what a model loses without a column: checked on made rows."""

import numpy as np
import pytest

from sparkeras.features import hashed
from sparkeras.runs.table_facts import importance, linear, scores
from tests.runs.table_facts.tables import sample_of

RANDOM = np.random.default_rng(1)
ROWS = 1500
CITY = RANDOM.choice(["Oslo", "Rome", "Bonn"], ROWS)
SIZE = RANDOM.normal(50, 10, ROWS)
NOTE = np.array(["a good one with light", "a poor one and dark"])[RANDOM.integers(0, 2, ROWS)]
COLUMNS = {"size": SIZE, "city": CITY, "note": [f"{text} no{n % 800}" for n, text in enumerate(NOTE)]}
PRICE = 3 * SIZE + 40 * (CITY == "Rome") + RANDOM.normal(0, 1, ROWS)


def halves(sample):
    first = np.arange(sample.rows) < sample.rows // 2
    return sample.take(first), sample.take(~first)


def test_a_linear_model_finds_what_is_linear_in_numbers_categories_and_words():
    train, test = halves(sample_of(COLUMNS, PRICE.tolist()))
    found = scores.scores(test.label, linear.of_samples(train, test, None, False))
    assert found["r2"] > 0.99
    assert found["root_mean_squared_error"] < 3
    good = np.where(np.char.find(NOTE, "good") > 0, "yes", "no")
    train, test = halves(sample_of(COLUMNS, good.tolist()))
    output = linear.of_samples(train, test, 2, False)
    np.testing.assert_allclose(output.sum(axis=1), 1.0)
    assert scores.scores(test.label, output)["accuracy"] > 0.99


def test_a_class_that_the_sample_lacks_gets_the_probability_none():
    train, test = halves(sample_of({"size": SIZE}, np.where(SIZE > 50, "b", "a").tolist()))
    assert linear.of_samples(train, test, 3, False)[:, 2].max() == 0
    one = train.take(train.label == 0)
    assert linear.of_samples(one, test, 2, False) is None


def test_figures_are_checked_in_the_head():
    label, output = np.array([0, 0, 0, 1]), np.array([[0.9, 0.1], [0.8, 0.2], [0.4, 0.6], [0.7, 0.3]])
    assert scores.scores(label, output) == {
        "accuracy": 0.5,
        "mean_recall": pytest.approx(1 / 3),
        "auc": pytest.approx(2 / 3),
    }
    assert list(scores.scores(np.zeros(4, int), output)) == ["accuracy", "mean_recall"]
    amounts = scores.scores(np.array([0.0, 2.0, 4.0]), np.array([1.0, 2.0, 3.0]))
    assert amounts == {
        "root_mean_squared_error": pytest.approx((2 / 3) ** 0.5),
        "mean_absolute_error": pytest.approx(2 / 3),
        "r2": pytest.approx(0.75),
    }
    assert np.isnan(scores.scores(np.ones(3), np.ones(3))["r2"])


def test_only_the_columns_that_a_model_looks_at_are_important():
    sample = sample_of(COLUMNS, PRICE.tolist(), {"city": hashed(buckets=50, together_with="note")})
    wanted = sample.label - 3 * SIZE

    def predict(arrays, batch):
        assert sorted(arrays) == ["ids", "numbers"] or sorted(arrays) == ["ids", "note", "numbers"]
        return 3 * arrays["numbers"][:, 0] + wanted.mean()

    found, rows = importance.of_columns(sample, predict, {}, 0)
    assert rows == 1024  # whole batches
    by_column = {each.column: each for each in found}
    assert found[0].column == "size"
    assert by_column["size"].loss > 0.5
    assert by_column["size"].spread < 0.2
    assert (by_column["city"].loss, by_column["note"].loss) == (0, 0)
    assert importance.of_columns(sample, predict, {}, 0)[0] == found  # seeded


def test_of_many_columns_those_are_shuffled_that_say_most():
    columns = {f"c{n}": RANDOM.random(100) for n in range(importance.MOST_COLUMNS + 5)}
    sample = sample_of(columns, RANDOM.random(100).tolist())
    known = {name: float(name == "c44") for name in columns}
    found, _ = importance.of_columns(sample, lambda arrays, batch: arrays["numbers"][:, 0], known, 0)
    assert len(found) == importance.MOST_COLUMNS
    assert "c44" in {each.column for each in found}
