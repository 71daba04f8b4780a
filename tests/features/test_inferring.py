"""The kind of a column, by its type and its values alone."""

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql.types import LongType, StringType

from sparkeras.features.inferring import LeftOut, infer
from sparkeras.features.kinds import Number
from sparkeras.features.summaries import Sizes, Summary

KEPT = np.random.default_rng(0).random(600) < 0.8  # as a split keeps training rows


def kind_of(values, type_=None):
    """Return the kind that a column of numbers gets."""
    summary = Summary("column", Sizes.for_columns(1))
    summary.add(pa.array(values))
    return infer("column", type_ or LongType(), summary)


@pytest.mark.parametrize("first", [0, 1, 10_000])
def test_a_number_of_the_row_is_left_out_though_the_test_rows_lack(first):
    numbers = first + np.arange(600)
    assert kind_of(numbers[KEPT]) == LeftOut("it numbers the rows")
    assert kind_of(np.random.default_rng(1).permutation(numbers)) == LeftOut("it numbers the rows")
    assert kind_of(list(map(str, numbers)), StringType()) == LeftOut("it numbers the rows")


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).integers(0, 600, 600),  # with repetitions
        np.arange(600) * 3,  # with gaps that no split makes
        np.arange(25) + (np.arange(25) > 12) * 5,  # few rows: it may be an age
    ],
    ids=["repeated", "sparse", "few rows"],
)
def test_other_whole_numbers_are_numbers(values):
    assert isinstance(kind_of(values), Number)
