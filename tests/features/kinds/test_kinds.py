"""Each kind of column: what it learns, and how it encodes rows that training had and had not."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features import category, date, hashed, number, text, vector
from sparkeras.features.summaries import Sizes, Summary


def learned(kind, *values):
    column = pa.array(values)
    summary = Summary("x", Sizes())
    summary.add(column)
    return kind.learn("x", summary)


def encoded(column, *values):
    return column.encode({"x": pa.array(values)})


def test_a_gap_gets_the_median_and_a_flag():
    column = learned(number(), 1.0, 2, 3, None)
    array, invalid = encoded(column, None, 5, float("inf"))
    assert array.tolist() == [[2, 1], [5, 0], [2, 1]]
    assert not invalid.any()
    assert column.numbers == ("x", "x missing")
    np.testing.assert_allclose(column.scale, [[2, 0.25], [2 / 3, 0.1875]])


def test_a_gap_where_training_had_none_is_no_number():
    array, invalid = encoded(learned(number(), 1, 2, 3), None, 2)
    assert (array.shape, invalid.tolist()) == ((2, 1), [True, False])
    array, invalid = encoded(learned(number(missing="impute"), 1, 2, 3), None, 2)
    assert (array.tolist(), invalid.any()) == ([[2], [2]], False)
    assert encoded(learned(number(missing="error"), 1, None), None)[1].tolist() == [True]


def test_texts_of_numbers_are_encoded_as_numbers():
    column = learned(number(), "1", "2,000", "3")
    array, invalid = encoded(column, "2,000", "x")
    assert (array[0, 0], invalid.tolist()) == (2000, [False, True])
    assert encoded(column, 2000.0).array[0, 0] == encoded(column, 2000).array[0, 0] == 2000


def test_skewed_numbers_become_their_logarithm():
    skewed = np.random.default_rng(0).lognormal(0, 3, 5000)
    column = learned(number(), *skewed)
    assert column.becomes() == "its logarithm"
    array = encoded(column, *skewed).array[:, 0]
    assert abs(array.mean() - column.mean) < 0.05
    assert abs(array.var() / column.variance - 1) < 0.1
    assert learned(number(scale="plain"), *skewed).unit == 0
    assert learned(number(), *np.random.default_rng(0).normal(size=500)).unit == 0


def test_numbers_by_their_place_are_normal_whatever_their_distribution():
    values = np.random.default_rng(0).lognormal(0, 3, 5000)
    column = learned(number(scale="quantile"), *values, None)
    assert column.becomes() == "its place in a normal distribution and a flag for missing"
    array = encoded(column, *values, -5, 1e12, np.nan).array[:, 0]
    assert abs(array[:5000].mean()) < 0.02
    assert abs(array[:5000].std() - 1) < 0.02
    assert (array[5000], array[5001]) == (array.min(), array.max())  # beyond the range: its ends
    assert abs(array[5002]) < 0.01  # a gap: the median
    assert (np.diff(array[np.argsort(values)]) >= 0).all()
    often = learned(number(scale="quantile"), *[0] * 80, *range(1, 21))
    assert encoded(often, 0, 20).array[:, 0].tolist() == pytest.approx([-0.36, 2.8], abs=0.1)


def test_texts_of_numbers_have_one_style_and_unit():
    column = learned(number(), "1.234,50 €", "3,5", "7 €")
    assert (column.style, column.signs, column.fill, column.learned()) == ("1.234,5", "€", 7, "median 7 €")
    array, invalid = encoded(column, "2.000", "€ 2,5", "$ 2", "2.0")
    assert (array[:2, 0].tolist(), invalid.tolist()) == ([2000, 2.5], [False, False, True, True])
    assert encoded(column, 2.5).array[0, 0] == 2.5  # a number as such
    with pytest.raises(InvalidColumnError, match=r"numbers with the signs '\$', '€'. Convert them to one unit"):
        learned(number(), "$5", "€6")
    assert learned(number(style="1.234,5"), "1,234", "2,5").fill < 3
    for wrong in ({"style": "1 234"}, {"scale": "sqrt"}, {"missing": "drop"}):
        with pytest.raises(InvalidParamError, match="of a number is one of"):
            number(**wrong)


def test_texts_among_numbers_are_gaps_where_training_had_some():
    column = learned(number(), "1", "2", "3", "many")
    array, invalid = encoded(column, "few", "2")
    assert (array.tolist(), invalid.any()) == ([[2, 1], [2, 0]], False)
    assert column.learned() == "median 2, 25 % missing"


def test_the_edges_of_bins_have_as_many_rows_between_them():
    column = learned(number(), *range(1000))
    rows, _ = np.histogram(np.arange(1000), column.bins[0])
    assert len(column.bins[0]) == 65
    assert rows.min() > 12


def test_categories_keep_missing_unknown_and_rare_apart():
    column = learned(category(), "a", "a", "b", "b", "b", "c", None)
    array, invalid = encoded(column, "b", "a", "c", "never", None, " NA ")
    assert array[:, 0].tolist() == [3, 4, 2, 1, 0, 0]
    assert (array.dtype, invalid.any()) == (np.int32, False)
    assert column.ids == (("x", 5),)


def test_of_more_values_than_are_held_those_without_an_id_are_rare():
    summary = Summary("x", Sizes(values=256))
    summary.add(pa.array(["often"] * 50 + [f"v{n}" for n in range(1000)]))
    column = category(most=1).learn("x", summary)
    assert column.values == ("often",)
    assert column.encode({"x": pa.array(["often", "v1", "never"])}).array[:, 0].tolist() == [3, 2, 2]


def test_numbers_and_booleans_can_be_categories():
    column = learned(category(), 7, 7, 8, 8)
    for values in ([8, 9], [8.0, 9.0], ["8", "9"]):
        assert encoded(column, *values).array[:, 0].tolist() == [4, 1]
    column = learned(category(), True, True, False, False)
    assert encoded(column, "false", "true").array.tolist() == encoded(column, False, True).array.tolist() == [[3], [4]]


def test_dates_become_days_and_places_in_periods():
    day = datetime.date(2020, 1, 1)
    days = [day + datetime.timedelta(n) for n in range(400)]
    column = learned(date(), *days)
    array, invalid = encoded(column, days[0], days[7], days[366])
    assert column.numbers[:3] == ("x days", "x sine of year", "x cosine of year")
    assert array[:, 0].tolist() == [0, 7, 366]
    np.testing.assert_allclose(array[0, 3:5], array[1, 3:5], atol=1e-6)  # the same weekday
    np.testing.assert_allclose(array[0, 1:3], array[2, 1:3], atol=0.02)  # the same day of the year
    assert not invalid.any()
    assert encoded(column, None).invalid.tolist() == [True]


def test_dates_in_texts_have_one_format():
    column = learned(date(), "31.12.2020", "1.1.2021", None)
    assert (column.format, column.numbers[-1]) == ("31.12.2024", "x missing")
    assert encoded(column, "2021-01-01", None).invalid.tolist() == [True, False]
    with pytest.raises(InvalidColumnError, match="dates in 2 formats: '2020-12-31'.*'1.2.2021'.* in one"):
        learned(date(), "2020-12-31", "1.2.2021", "2020-12-30")
    with pytest.raises(InvalidColumnError, match=r"1 of 2 rows hold no date like 2024-12-31, such as 'soon'"):
        learned(date(), "2020-12-31", "soon")
    with pytest.raises(InvalidColumnError, match="format is one of"):
        date(format="YYYY")


def test_hours_are_of_the_zone_that_was_asked_for():
    instants = [datetime.datetime(2024, 1, 1, hour, tzinfo=datetime.UTC) for hour in range(24)] * 2
    here, there = learned(date(), *instants), learned(date(zone="Europe/Oslo"), *instants)
    assert there.becomes() == "days since the first, place in day by the clock of Europe/Oslo"
    np.testing.assert_allclose(
        encoded(here, instants[1]).array[:, 1:], encoded(there, instants[0]).array[:, 1:], atol=1e-6
    )
    with pytest.raises(InvalidParamError, match="a time zone such as 'Europe/Oslo'; got 'Oslo'"):
        date(zone="Oslo")


def test_texts_become_the_ids_of_their_words():
    column = learned(text(), "a good film", "a bad film", None)
    assert column.words == ("a", "film")
    assert encoded(column, "film a new", None, "").array.tolist() == [[3, 2, 1], [1, 0, 0], [1, 0, 0]]


def test_hashes_are_the_same_in_each_process():
    column = learned(hashed(buckets=1000), "a", "b")
    assert encoded(column, "user 7", None, "user 7", "8").array[:, 0].tolist() == [380, 0, 380, 124]
    assert encoded(column, 8).array[0, 0] == encoded(column, "8").array[0, 0]
    ids = encoded(column, *map(str, range(2000))).array[:, 0]
    assert (ids.min() >= 1, ids.max() <= 1000, len(np.unique(ids)) > 800) == (True, True, True)
    with pytest.raises(InvalidParamError, match="'buckets' must be a whole number of 2 or more; got 1"):
        hashed(buckets=1)


def test_a_cross_hashes_both_columns():
    pair = hashed(together_with="y").learn("x", Summary("x", Sizes()))
    columns = {"x": pa.array(["a", "a", "b", None]), "y": pa.array(["b", "c", "b", "b"])}
    ids = pair.encode(columns).array[:, 0]
    assert len(set(ids.tolist())) == 4
    assert ids[3] == 0
    assert pair.sources == ("x", "y")


def test_vectors_keep_their_length():
    column = learned(vector(), [1.0, 2.0], [3.0, 4.0])
    assert encoded(column, [5.0, 6.0]).array.tolist() == [[5, 6]]
    with pytest.raises(InvalidColumnError, match="rows of 3 numbers; in training they had 2"):
        encoded(column, [1.0, 2.0, 3.0])
    with pytest.raises(InvalidColumnError, match="rows of 1 and of 2 numbers"):
        learned(vector(), [1.0], [1.0, 2.0])


@pytest.mark.parametrize("kind", [number(), category()])
def test_a_column_without_a_value_is_refused(kind):
    with pytest.raises(InvalidColumnError, match="Leave it out"):
        learned(kind, None, "NA")
