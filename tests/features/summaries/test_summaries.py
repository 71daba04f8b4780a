"""One pass over a column, in any batches and partitions, learns what all rows together say."""

import numpy as np
import pyarrow as pa
import pytest

from sparkeras.features.summaries import Quantiles, Sizes, Summary, Values
from sparkeras.files.written_numbers import COMMA, POINT


def summary(*parts, sizes=None):
    """The Summary of Arrow arrays, each seen by another task in batches of 70."""
    found = []
    for part in parts:
        found.append(Summary("x", sizes or Sizes()))
        for first in range(0, len(part), 70):
            found[-1].add(part[first : first + 70])
    for other in found[1:]:
        found[0].merge(other)
    return found[0]


@pytest.mark.parametrize("cut", [0, 1, 333, 1000])
def test_moments_and_counts_are_those_of_all_rows(cut):
    numbers = np.random.default_rng(0).lognormal(3, 2, 1000)
    numbers[::10], numbers[5] = np.nan, np.inf
    column = pa.array(numbers)
    found = summary(column[:cut], column[cut:])
    finite = numbers[np.isfinite(numbers)]
    held = found.numbers[POINT]
    assert (found.rows, found.missing, held.infinite, held.moments.count) == (1000, 100, 1, 899)
    np.testing.assert_allclose(held.moments.mean, finite.mean())
    np.testing.assert_allclose(held.moments.variance, finite.var())
    assert (held.moments.low, held.moments.high) == (finite.min(), finite.max())
    assert found.values.distinct() == 899


def test_texts_of_numbers_are_summed_as_numbers():
    numbers = summary(pa.array([1.0, 2, 2, 1234.5, None]))
    written = summary(pa.array(["1", "2", " 2", "1,234.5", "NA"]))
    assert written.numbers[POINT].moments == numbers.numbers[POINT].moments
    assert (written.missing, written.numbers[POINT].rows, written.numbers[COMMA].rows) == (1, 4, 3)
    odd = summary(pa.array(["€ 1.234,50", "2"]), pa.array(["7", "$1", "x"])).numbers
    assert (odd[COMMA].rows, odd[COMMA].odd, odd[COMMA].units) == (4, "x", {"€", "$"})
    assert (odd[POINT].rows, odd[POINT].odd) == (3, "€ 1.234,50")


def test_quantiles_of_many_numbers_are_near_theirs_in_bounded_memory():
    random, sizes = np.random.default_rng(1), 256
    parts = [random.normal(size=20_000) for _ in range(5)]
    samples = []
    for part in parts:
        samples.append(Quantiles(sizes))
        for first in range(0, len(part), 999):
            samples[-1].add(part[first : first + 999])
    for other in samples[1:]:
        samples[0].merge(other)
    shares = np.linspace(0.01, 0.99, 50)
    ranks = np.searchsorted(np.sort(np.concatenate(parts)), samples[0].read(shares)) / 100_000
    assert np.abs(ranks - shares).max() < 0.02
    assert sum(map(len, samples[0].levels)) < 256 * 12
    assert np.isnan(Quantiles().read(np.array([0.5]))[0])


def test_frequent_values_are_found_among_many_rare_ones():
    random = np.random.default_rng(2)
    texts = [f"rare {n}" for n in range(30_000)] + ["often"] * 3000 + ["also"] * 1000
    random.shuffle(texts)
    half = len(texts) // 2
    found = summary(pa.array(texts[:half]), pa.array(texts[half:]), sizes=Sizes(values=500))
    values = found.values
    assert [name for name, _ in values.most_frequent(2)] == ["often", "also"]
    assert 3000 - values.missed <= values.counts["often"] <= 3000
    assert len(values.counts) <= 1000
    assert abs(values.distinct() / 30_002 - 1) < 0.1


def test_few_values_are_counted_exactly_and_in_one_order():
    found = summary(pa.array(["b", "a", None]), pa.array(["a", "c", "b"]))
    assert (found.values.most_frequent(9), found.values.missed, found.values.distinct()) == (
        [("a", 2), ("b", 2), ("c", 1)],
        0,
        3,
    )
    assert Values().distinct() == 0


def test_dates_in_texts_are_counted_by_format():
    found = summary(pa.array(["2020-01-01", "2020-03-01 12:00", "NA"]), pa.array(["02.01.2020"]))
    dates = found.text.dates
    assert {name: each.days.count for name, each in dates.items()} == {"2024-12-31": 2, "31.12.2024": 1}
    assert dates["2024-12-31"].has_clock
    assert dates["2024-12-31"].days.high - dates["2024-12-31"].days.low == 60.5


def test_words_count_once_in_a_text():
    found = summary(pa.array(["good film, good cast", "a good one"]), pa.array(["bad"]))
    assert (found.text.words["good"], found.text.words["bad"]) == (2, 1)
    assert found.text.mean_words() == pytest.approx(8 / 3)
    assert found.text.length(0.95) == 4


def test_vectors_have_a_mean_for_each_number():
    found = summary(pa.array([[1.0, 2], [3, 6]]), pa.array([[5.0, 1], None]))
    assert (found.missing, found.vector.widths) == (1, {2})
    np.testing.assert_allclose(found.vector.mean, [3, 3])
    np.testing.assert_allclose(found.vector.variance, [8 / 3, 14 / 3])
    assert summary(pa.array([[1.0], [1.0, 2]])).vector.widths == {1, 2}


def test_many_columns_hold_less_each():
    assert Sizes.for_columns(10) == Sizes()
    assert Sizes.for_columns(5000).values == 256
