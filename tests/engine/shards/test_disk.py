"""A shard that is larger than its memory: each row once, in an order of contents and seed, in little memory."""

import os
import random
import threading

import numpy as np
import pyarrow as pa
import pytest

from sparkeras.engine.columns import Field
from sparkeras.engine.shards import DiskShard, MemoryShard, Spool, disk_shuffle, open_shard, row_order, windows
from sparkeras.errors import TrainingError

# Files without a name live as long as the shard that reads them; nobody closes them before the process ends.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <_io.FileIO:pytest.PytestUnraisableExceptionWarning"),
]
ROWS, MEMORY = 1000, 8000  # rows of 32 bytes: 250 are held, 62 make a window
FIELDS = [Field("x", "input", ("x",), (3,)), Field("y", "label", ("y",))]
MARKED = [*FIELDS, Field("validation", "validation", ("held_out",))]


def spooled(folder, arrival, marks=None, memory=MEMORY, beat=None):
    """Spool the rows numbered ``arrival``, whose label is their number, in batches of 90; ``marks`` per number."""
    spool = Spool(MARKED if marks is not None else FIELDS, folder, {})
    for numbers in np.split(arrival, range(90, len(arrival), 90)):
        x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)[numbers]
        columns = {"x": pa.array(x.tolist(), pa.list_(pa.float32())), "y": pa.array(numbers)}
        if marks is not None:
            columns["held_out"] = pa.array(marks[numbers])
        spool.add(pa.record_batch(columns))
    shard = open_shard(spool.file.fileno(), spool.close(), memory, folder, on_progress=beat)
    shard.spool = spool  # the descriptor lives as long as it
    return shard


def numbers(shard, rows, seed=None, epoch=0, batch=32):
    """Return the labels of an epoch in its order, read in batches."""
    reader = shard.reader(rows)
    reader.start(seed, epoch)
    return np.concatenate([reader.take(first, first + batch)["label:y"] for first in range(0, len(rows), batch)])


def mixed(seed):
    return np.random.default_rng(seed).permutation(ROWS)


def test_the_limit_decides_where_the_rows_are(tmp_path):
    assert isinstance(spooled(tmp_path, np.arange(ROWS), memory=ROWS * 28), MemoryShard)
    assert isinstance(spooled(tmp_path, np.arange(ROWS), memory=ROWS * 28 - 1), DiskShard)
    assert os.listdir(tmp_path) == []


def test_every_row_is_read_once_per_epoch_with_its_own_label(tmp_path):
    shard = spooled(tmp_path, np.arange(ROWS))
    train, validation = shard.split(0, seed=3)
    assert (len(train), len(validation)) == (ROWS, 0)
    reader = shard.reader(train)
    reader.start(3, 0)
    rows = reader.take(0, ROWS)
    assert sorted(rows["label:y"]) == list(range(ROWS))
    x = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    np.testing.assert_array_equal(rows["input:x"], x[rows["label:y"]])
    assert rows.keys() == {"input:x", "label:y"}
    assert os.listdir(tmp_path) == []


def test_the_order_is_new_each_epoch_and_a_function_of_contents_and_seed(tmp_path):
    shard, again = spooled(tmp_path, np.arange(ROWS)), spooled(tmp_path, mixed(1))
    train, train_again = shard.split(0, seed=3)[0], again.split(0, seed=3)[0]
    epochs = [numbers(shard, train, 3, epoch) for epoch in range(3)]
    for epoch, order in enumerate(epochs):
        np.testing.assert_array_equal(order, numbers(again, train_again, 3, epoch))
        assert sorted(order) == list(range(ROWS))
    assert not np.array_equal(epochs[0], epochs[1])
    assert not np.array_equal(epochs[0], numbers(shard, train, 4, 0))


def test_an_epoch_is_the_windows_that_the_pure_functions_name(tmp_path):
    shard = spooled(tmp_path, mixed(2))
    train, _ = shard.split(0, seed=3)
    sizes = [len(piece) for piece in train.pieces]
    blocks = np.split(numbers(shard, train), np.cumsum(sizes)[:-1])
    expected = []
    for window, chosen in enumerate(windows(sizes, train.window_rows, seed=3, epoch=5)):
        held = np.concatenate([blocks[block] for block in chosen])
        expected.append(held[row_order(len(held), 3, 5, window)])
    np.testing.assert_array_equal(numbers(shard, train, 3, 5), np.concatenate(expected))


def test_a_window_draws_from_all_over_the_rows(tmp_path):
    shard = spooled(tmp_path, np.arange(ROWS))
    order = numbers(shard, shard.split(0, seed=0)[0], 0, 0)
    # Means of 50 rows in a row: 500 give or take 41 for a whole shuffle, 25 to 975 for none.
    assert np.abs(order.reshape(20, 50).mean(axis=1) - 499.5).max() < 4 * 41


def test_equal_rows_are_spread_over_all_blocks(tmp_path):
    few = np.arange(ROWS) % 5
    shard = spooled(tmp_path, few)
    train, _ = shard.split(0, seed=0)
    blocks = np.split(numbers(shard, train), np.cumsum([len(piece) for piece in train.pieces])[:-1])
    counts = np.array([np.bincount(block, minlength=5) / len(block) for block in blocks])
    np.testing.assert_allclose(counts, 0.2, atol=0.35)
    np.testing.assert_array_equal(
        numbers(shard, train, 1, 1), numbers(*_split(spooled(tmp_path, few[mixed(4)]), 0, 0), 1, 1)
    )


def _split(shard, fraction, seed):
    return shard, shard.split(fraction, seed)[0]


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("by_column", [True, False])
def test_validation_rows_are_apart_and_complete(tmp_path, by_column, shuffle):
    marks = np.arange(ROWS) % 7 == 0 if by_column else None
    found = []
    for arrival in (np.arange(ROWS), mixed(5)):
        shard = spooled(tmp_path, arrival, marks)
        train, validation = shard.split(0 if by_column else 0.143, 3, shuffle)
        assert (len(train), len(validation)) == (857, 143)
        trained, held_out = numbers(shard, train), numbers(shard, validation)
        assert sorted([*trained, *held_out]) == list(range(ROWS))
        if by_column:
            assert sorted(held_out) == np.flatnonzero(marks).tolist()
        if not shuffle:
            np.testing.assert_array_equal(trained, arrival[np.isin(arrival, trained)])
        found.append(set(held_out))
    assert found[0] == found[1]


def test_another_seed_holds_out_other_rows(tmp_path):
    held_out = []
    for seed in (1, 2):
        shard = spooled(tmp_path, np.arange(ROWS))
        held_out.append(set(numbers(shard, shard.split(0.5, seed)[1])))
    assert 150 < len(held_out[0] & held_out[1]) < 350


def test_without_shuffling_rows_stay_as_they_arrived(tmp_path):
    arrival = mixed(6)
    shard = spooled(tmp_path, arrival)
    np.testing.assert_array_equal(numbers(shard, shard.all_rows()), arrival)
    np.testing.assert_array_equal(numbers(shard, shard.split(0, 3, shuffle=False)[0]), arrival)
    spool = shard.spool
    in_memory = MemoryShard.read(spool.file.fileno(), spool.close(), in_order=True)
    train, validation = in_memory.split(0.2, 3, shuffle=False)
    np.testing.assert_array_equal(numbers(in_memory, train), arrival[np.sort(train)])
    assert (len(train), len(validation)) == (800, 200)


def test_batches_may_be_asked_for_in_any_order_by_several_threads(tmp_path):
    shard = spooled(tmp_path, np.arange(ROWS))
    train, _ = shard.split(0, 3)
    expected, reader = numbers(shard, train, 3, 1), shard.reader(train)
    reader.start(3, 1)
    wrong = []

    def ask(seed):
        for _ in range(100):
            first = random.Random(seed).randrange(ROWS)
            if not np.array_equal(reader.take(first, first + 90)["label:y"], expected[first : first + 90]):
                wrong.append(first)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_more_is_held_than_the_setting_allows(tmp_path):
    shard = spooled(tmp_path, np.arange(ROWS))
    train, validation = shard.split(0.5, 3)
    held = 0
    for rows in (train, validation):
        reader = shard.reader(rows)
        for epoch in range(3):
            reader.start(3, epoch)
            for first in range(0, len(rows), 10):
                reader.take(first, first + 10)
        reader.start(3, 9)
        assert len(reader.free) == 2
        held += sum(array.nbytes for arrays in reader.free for array in arrays.values())
    assert held <= MEMORY


def test_ranks_looked_for_part_by_part_are_the_same(tmp_path):
    shard = spooled(tmp_path, mixed(7), np.arange(ROWS) % 2 == 0)
    groups = [[piece] for piece in shard.region.pieces]
    whole = disk_shuffle.key_order(shard.file, groups, ROWS, 10**9, seed=1)
    np.testing.assert_array_equal(whole, disk_shuffle.key_order(shard.file, groups, ROWS, 5000, seed=1))
    assert sorted(whole) == list(range(ROWS))


def test_a_rank_without_validation_rows_borrows_one(tmp_path):
    shard = spooled(tmp_path, mixed(7), np.zeros(ROWS, bool))
    train, validation = shard.split(0, 3)
    assert (len(train), len(validation), len(shard.first_row())) == (ROWS, 0, 1)
    assert len(numbers(shard, shard.first_row())) == 1
    empty = shard.reader(validation)
    empty.start(3, 0)
    assert empty.take(0, 0)["input:x"].shape == (0, 3)


def test_ordering_gives_signs_of_life_and_empties_the_old_file(tmp_path):
    signs = []
    shard = spooled(tmp_path, np.arange(ROWS), beat=lambda: signs.append(1))
    shard.split(0, 3)
    assert len(signs) >= 10
    assert os.fstat(shard.spool.file.fileno()).st_size == 0


def test_a_file_that_lost_its_end_is_told_in_words(tmp_path):
    shard = spooled(tmp_path, np.arange(ROWS))
    train, _ = shard.split(0, 3)
    reader = shard.reader(train)
    reader.start(3, 0)
    os.ftruncate(train.file.descriptor, 10_000)
    with pytest.raises(TrainingError, match="The spooled rows end too early: the disk of Spark's local folder lost"):
        reader.take(0, ROWS)
    shard = spooled(tmp_path, np.arange(ROWS))
    os.ftruncate(shard.file.descriptor, 10_000)
    with pytest.raises(TrainingError, match="end too early"):
        shard.split(0, 3)


def test_a_full_disk_is_told_in_words(tmp_path, monkeypatch):
    def full(descriptor, view, offset):
        raise OSError(28, "No space left on device")

    shard = spooled(tmp_path, np.arange(ROWS))
    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(
        TrainingError, match=r"No space left on device\. Free disk space there or set spark\.local\.dir"
    ):
        shard.split(0, 3)
