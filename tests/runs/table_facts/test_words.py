"""What a run says of its label, of rare classes, and of columns that are left out."""

import pytest
from pyspark.sql.types import ArrayType, DoubleType, LongType, StringType, StructType

from sparkeras.errors import InvalidParamError
from sparkeras.features import Features, Label
from sparkeras.runs import training_checks
from sparkeras.runs.report import repeating
from sparkeras.runs.table_facts import label_words, overruling

LATE = Label("late", ("no", "yes"), (78, 22), 0.0, 0.0, 0)
STARS = Label("stars", ("1", "2", "3"), (10, 20, 70), 0.0, 0.0, 0)
PRICE = Label("price", None, (), 2.1, 1.0, 0)
MANY = Label("town", tuple("abcdefgh"), (1, 1, 1, 1, 1, 1, 94, 900), 0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("label", "distinct", "inferred", "words"),
    [
        (LATE, 0, True, "label late: two classes, no 78 %, yes 22 %"),
        (STARS, 0, False, "label stars: 3 classes, 1 10 %, 2 20 %, 3 70 %"),
        (STARS, 0, True, "3 70 % (found by its values; --task regression takes them as amounts)"),
        (MANY, 0, True, "label town: 8 classes, the most frequent h 90 %, the rarest a 0.1 %"),
        (PRICE, 900, True, "label price: a number, 0.5 to 5, mean 2.1"),
        (PRICE, 30, False, "label price: a number, 0.5 to 5, mean 2.1"),
        (PRICE, 30, True, "mean 2.1 (found by its values; --task classification takes each value as a class)"),
    ],
)
def test_the_label_is_said_in_one_line(label, distinct, inferred, words):
    assert label_words.sentence(label, 0.5, 5.0, distinct, inferred).endswith(words)


def test_a_class_is_rare_below_a_tenth():
    assert label_words.rarest(LATE) is None
    assert label_words.rarest(PRICE) is None
    assert label_words.rarest(MANY) == ("a", 0.001)


def test_balanced_classes_weigh_the_same_together():
    assert training_checks.balanced([30, 10]) == {0: 2 / 3, 1: 2.0}
    assert training_checks.balanced([5, 0, 5]) == {0: 1.0, 2: 1.0}


def test_weights_and_balance_are_not_taken_together():
    class Classes:
        task = "classification"

    with pytest.raises(InvalidParamError, match="'balance' and 'class_weight' both weigh the classes; give one"):
        training_checks.require_classes_to_balance(Classes, {0: 2.0})


def test_each_column_that_is_left_out_says_how_to_use_it():
    schema = StructType().add("my id", StringType()).add("row", LongType()).add("empty", StringType())
    schema = schema.add("bits", ArrayType(DoubleType())).add("not", StringType()).add("asked", LongType())
    reasons = {
        "my id": "it is an id: 9 values in 9 rows",
        "row": "it numbers the rows",
        "empty": "all its values are missing",
        "bits": "its arrays have 2 and 3 numbers, not as many in each row",
        "not": "left out by request",
        "asked": overruling.UNNAMED,
    }
    lines = overruling.described(Features((), reasons, None, 9), schema)
    assert {line["column"]: line["becomes"] for line in lines} == {
        "my id": "to use it: --kind 'my id=category'",
        "row": "to use it: --kind row=number",
        "empty": "",
        "bits": "",
        "not": "to use it, leave --drop away",
        "asked": "to use it, name it too",
    }


def test_the_command_that_repeats_a_run_names_its_columns():
    settings = {"data": "my table.csv", "model": "tabular", "label": "late", "balance": True, "num_workers": 1}
    settings |= {"features": ["a", "b c"], "kinds": {"zip": "category", "id": "drop"}, "task": None}
    assert repeating.command({"settings": settings}) == (
        "sparkeras train --data 'my table.csv' --model tabular --label late --features a --features 'b c' "
        "--kind zip=category --drop id --balance"
    )
