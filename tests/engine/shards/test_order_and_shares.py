"""Rows on disk come back as they were, in an order that depends on their contents and the seed alone."""

import itertools
import os

import numpy as np
import pyarrow as pa
import pytest

from sparkeras.engine.columns import Field
from sparkeras.engine.shards import MemoryShard, Spool, StepRanges, require_rows, row_keys, row_order
from sparkeras.errors import InvalidColumnError

FIELDS = [Field("x", "input", ("x",), (3,)), Field("y", "label", ("y",))]
LIMITS = {"label:y": (0, 9)}


def batch(x, y):
    return pa.record_batch({"x": pa.array(x.tolist(), pa.list_(pa.float32())), "y": pa.array(y)})


def spooled(folder, batches, limits=LIMITS):
    spool = Spool(FIELDS, folder, limits)
    for each in batches:
        spool.add(each)
    with spool.file:
        return MemoryShard.read(spool.file.fileno(), spool.close())


@pytest.fixture
def rows():
    random = np.random.default_rng(0)
    return random.normal(size=(50, 3)).astype(np.float32), random.integers(0, 10, 50)


def test_rows_come_back_as_they_were(tmp_path, rows):
    x, y = rows
    shard = spooled(tmp_path, [batch(x[:20], y[:20]), batch(x[20:], y[20:])])
    np.testing.assert_array_equal(shard.arrays["input:x"], x)
    np.testing.assert_array_equal(shard.arrays["label:y"], y)
    assert shard.rows == 50


def test_the_order_does_not_depend_on_arrival(tmp_path, rows):
    x, y = rows
    one = spooled(tmp_path, [batch(x, y)])
    mixed = np.random.default_rng(1).permutation(50)
    two = spooled(tmp_path, [batch(x[part], y[part]) for part in np.array_split(mixed, 4)])
    for name in one.arrays:
        np.testing.assert_array_equal(one.arrays[name][one.order], two.arrays[name][two.order])


def test_the_spool_has_no_name(tmp_path, rows):
    spool = Spool(FIELDS, tmp_path, LIMITS)
    with spool.file:
        spool.add(batch(*rows))
        assert os.listdir(tmp_path) == []
        assert spool.file.tell() > 50 * 12


def test_rows_that_differ_have_different_keys():
    x = np.array([[1.0, 2], [-1, -2], [2, 1], [1, -2], [0, 0]], np.float32)  # signs and places count
    assert len(np.unique(row_keys([x]))) == 5
    many = np.random.default_rng(0).integers(0, 3, (20_000, 12)).astype(np.int16)
    assert len(np.unique(row_keys([many]))) == len(np.unique(many, axis=0))


def test_the_order_of_an_epoch_is_a_function_of_seed_and_epoch():
    np.testing.assert_array_equal(row_order(10, 3, 1), row_order(10, 3, 1))
    assert not np.array_equal(row_order(10, 3, 1), row_order(10, 3, 2))
    assert not np.array_equal(row_order(10, 3, 1), row_order(10, 4, 1))
    assert sorted(row_order(10, 3, 1)) == list(range(10))


def test_a_label_outside_its_range_is_refused(tmp_path, rows):
    x, y = rows
    with pytest.raises(InvalidColumnError, match="Column 'y' holds the label 10; .* from 0 to 9"):
        spooled(tmp_path, [batch(x, y + (y == y[7]) * (10 - y[7]))])


def test_holes_are_counted_over_all_batches(tmp_path, rows):
    x, y = rows
    x[3, 1] = x[30, 2] = np.nan
    with pytest.raises(InvalidColumnError, match=r"Null, NaN or broken image found in column 'x': 2 row\(s\).*dropna"):
        spooled(tmp_path, [batch(x[:20], y[:20]), batch(x[20:], y[20:])])


@pytest.mark.parametrize("counts", [(7,), (50, 51), (99, 2, 0), (1, 0, 0)])
def test_shares_are_even_and_use_each_row_once(counts):
    shares = [StepRanges(rank, counts, batch_size=10) for rank in range(len(counts))]
    assert {share.steps for share in shares} == {-(-sum(counts) // 10)}
    for share, count in zip(shares, counts, strict=True):
        bounds = [share.bounds(step) for step in range(share.steps)]
        assert (bounds[0][0], bounds[-1][1]) == (0, count)
        assert all(before[1] == after[0] for before, after in itertools.pairwise(bounds))
        sizes = [last - first for first, last in bounds]
        assert max(sizes) <= share.width
        assert max(sizes) - min(sizes) <= 1
    assert sum(shares[0].real_rows(step) for step in range(shares[0].steps)) == sum(counts)


def test_a_fraction_is_held_out_by_the_seed(tmp_path, rows):
    shard = spooled(tmp_path, [batch(*rows)])
    train, validation = shard.split(0.2, seed=5)
    assert (len(train), len(validation)) == (40, 10)
    assert not set(train) & set(validation)
    np.testing.assert_array_equal(validation, shard.split(0.2, seed=5)[1])
    with pytest.raises(InvalidColumnError, match="50 rows to train on and 0 to validate with"):
        require_rows(50, len(shard.split(0.001, seed=5)[1]), wanted=True)
