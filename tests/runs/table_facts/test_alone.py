"""A column that alone gives the label away is told from one that helps, and from an id that could be memorised."""

import numpy as np
import pytest

from sparkeras.features import category
from sparkeras.runs.table_facts import alone
from tests.runs.table_facts.tables import sample_of

RANDOM = np.random.default_rng(0)
ROWS = 2000
LATE = RANDOM.random(ROWS) < 0.3
CLASSES = np.where(LATE, "yes", "no")
PRICE = np.exp(RANDOM.normal(4, 1, ROWS)).round(2)
DAYS = np.datetime64("2024-01-01") + np.where(LATE, 200, 0) + RANDOM.integers(0, 150, ROWS)
WORDS = np.array(["red", "green", "blue", "small", "large", "old", "new", "round"])


def sentences(ends):
    """Texts of words by chance, the last of which may say something."""
    return [" ".join([*RANDOM.choice(WORDS, 4), f"n{n % 700}", end]) for n, end in enumerate(ends)]


OF_CLASSES = {
    "a number that leaks": LATE * 5 + RANDOM.random(ROWS),
    "a number between two others that leaks": np.where(LATE, 0.5, RANDOM.choice([0.0, 1.0], ROWS)) + 0.0,
    "a category that leaks": np.where(LATE, RANDOM.choice(["refused", "lost"], ROWS), RANDOM.choice(["a", "b"], ROWS)),
    "a date that leaks": DAYS.astype("M8[D]"),
    "a number that is there only for one class": np.where(LATE, RANDOM.random(ROWS), np.nan),
    "a text that leaks": sentences(np.where(LATE, "cancelled", "delivered")),
    "an honest number": RANDOM.normal(2.0 * LATE, 1.0),
    "an honest category": np.where(RANDOM.random(ROWS) < 0.9, CLASSES, "yes"),
    "an honest text": sentences(np.where(RANDOM.random(ROWS) < 0.5, np.where(LATE, "cross", "fine"), "calm")),
    "an id": [f"id-{n}" for n in range(ROWS)],
    "a family of three": [f"{n}" for n in RANDOM.permutation(ROWS) // 3],
    "noise": RANDOM.normal(size=ROWS),
}


def test_columns_that_give_classes_away_and_others():
    sample = sample_of(OF_CLASSES, CLASSES.tolist(), {"an id": category(), "a family of three": category(at_least=1)})
    found = alone.strengths(sample, 0)
    assert {name for name, value in found.items() if value > alone.LEAK} == {
        name for name in OF_CLASSES if "leak" in name
    } | {"a number that is there only for one class"}
    assert found["an honest number"] == pytest.approx(0.921, abs=0.02)  # two normals, two spreads apart
    assert found["an honest category"] > 0.9
    assert 0.6 < found["an honest text"] < 0.9
    for name in ("an id", "a family of three", "noise"):
        assert found[name] == pytest.approx(0.5, abs=0.06)


def test_columns_that_give_an_amount_away_and_others():
    columns = {
        "with tax": PRICE * 1.19 + 0.5,
        "band": np.floor(np.log2(PRICE)).astype(int).astype(str),
        "rounded to one": PRICE.round(0).astype(int),
        "half of it": PRICE * RANDOM.uniform(0.5, 1.5, ROWS),
        "an id": [f"id-{n}" for n in range(ROWS)],
    }
    sample = sample_of(columns, PRICE.tolist(), {"an id": category()})
    found = alone.strengths(sample, 0)
    assert {name for name, value in found.items() if value > alone.LEAK} == {"with tax", "rounded to one"}
    assert 0.5 < found["half of it"] < 0.95
    assert found["an id"] < 0.01


def test_of_several_classes_all_must_be_given_away():
    kind = RANDOM.integers(0, 3, ROWS)
    columns = {
        "all": kind + 0.1 * RANDOM.random(ROWS),
        "one of three": np.where(kind == 2, "x", RANDOM.choice(["y", "z"], ROWS)),
    }
    found = alone.strengths(sample_of(columns, np.array(["a", "b", "c"])[kind].tolist()), 0)
    assert found["all"] > alone.LEAK
    assert found["one of three"] < 0.8


def test_a_few_rows_say_nothing_of_a_column():
    columns = {"number": [float(n) for n in range(30)]}
    assert alone.strengths(sample_of(columns, ["no"] * 26 + ["yes"] * 4), 0) == {"number": None}
    assert alone.strengths(sample_of({"number": [1.0, 2.0, 4.5]}, [0.5, 1.5, 2.5]), 0) == {"number": None}
