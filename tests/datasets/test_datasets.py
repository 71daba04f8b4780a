"""Data sets by name and files of the user: which rows come out, and what export writes."""

import gzip

import numpy as np
import pytest

from sparkeras import datasets
from sparkeras.errors import DataError, InvalidParamError
from tests.datasets.made import X, Y, idx_bytes


def write_csv(path, lines):
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def test_digits_are_split_80_20_by_class_and_seed():
    first, again, other = (datasets.load_arrays("digits", seed=seed) for seed in (0, 0, 1))
    assert (len(first.x_train), len(first.x_test)) == (1437, 360)
    assert first.input_shape == (8, 8)
    assert np.bincount(first.y_test).min() >= 35  # every class has its share
    np.testing.assert_array_equal(first.x_test, again.x_test)
    assert not np.array_equal(first.x_test, other.x_test)


def test_load_gives_two_dataframes_with_narrow_types(spark):
    train, test = datasets.load("digits", spark)
    assert (train.count(), test.count()) == (1437, 360)
    assert train.schema.simpleString() == "struct<features:array<smallint>,label:int>"
    row = test.first()
    arrays = datasets.load_arrays("digits")
    assert row.features == arrays.x_test[0].ravel().tolist()
    assert row.label == arrays.y_test[0]


@pytest.mark.data
def test_mnist_is_read_from_the_data_folder():
    arrays = datasets.load_arrays("mnist")
    assert arrays.x_train.shape == (60_000, 28, 28)
    assert arrays.x_train.dtype == np.uint8
    assert arrays.y_train[:5].tolist() == [5, 0, 4, 1, 9]  # the published first labels
    assert arrays.y_test[:4].tolist() == [7, 2, 1, 0]
    assert arrays.source == "SPARKERAS_DATA"
    assert datasets.describe("mnist").where == "SPARKERAS_DATA"


def save_npz(folder):
    np.savez(folder / "own.npz", x=X, y=Y)
    return str(folder / "own.npz")


def save_idx(folder):
    (folder / "my-images-idx3-ubyte").write_bytes(idx_bytes(X))
    (folder / "my-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx_bytes(Y)))
    return str(folder / "my-images-idx3-ubyte")


def save_csv(folder):
    lines = [",".join(map(str, [*row, label])) for row, label in zip(X.reshape(20, 4), Y, strict=True)]
    return write_csv(folder / "own.csv", ["a,b,c,d,label", *lines])


def save_pair(folder):
    (folder / "x.txt").write_text("\n".join(" ".join(map(str, row)) for row in X.reshape(20, 4)))
    (folder / "y.txt").write_text("\n".join("1,0" if label == 0 else "0,1" for label in Y))
    return f"{folder / 'x.txt'},{folder / 'y.txt'}"


@pytest.mark.parametrize("save", [save_npz, save_idx, save_csv, save_pair])
def test_own_files_give_the_same_rows(save, tmp_path):
    arrays = datasets.load_arrays(save(tmp_path))
    assert (len(arrays.x_train), len(arrays.x_test)) == (16, 4)
    assert (arrays.num_classes, arrays.task) == (2, "classification")
    rows = {
        (*row.ravel().tolist(), int(label))
        for x, y in ((arrays.x_train, arrays.y_train), (arrays.x_test, arrays.y_test))
        for row, label in zip(x, y, strict=True)
    }
    assert rows == {(*row.ravel().tolist(), int(label)) for row, label in zip(X, Y, strict=True)}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", " , "])
def test_csv_keeps_narrow_types_whatever_the_delimiter(delimiter, tmp_path):
    lines = [delimiter.join(cells) for cells in (("a", "b", "label"), *[("0", "255", "1"), ("3", "7", "0")] * 9)]
    arrays = datasets.load_arrays(write_csv(tmp_path / "t.csv", lines))
    assert arrays.x_train.dtype == np.uint8
    assert arrays.num_classes == 2


def test_a_text_pair_keeps_every_digit_of_a_number(tmp_path):
    (tmp_path / "x.txt").write_text("16777217 0.1\n" * 5)
    (tmp_path / "y.txt").write_text("0\n1\n0\n1\n0\n")
    assert datasets.load_arrays(f"{tmp_path}/x.txt,{tmp_path}/y.txt").x_train[0].tolist() == [16777217.0, 0.1]


@pytest.mark.parametrize(
    "dtype", ["bool", "uint8", "uint16", "uint32", "uint64", "int8", "int64", "float16", "float64"]
)
def test_a_dataframe_takes_any_number_type(dtype, spark):
    frame = datasets.frame_from_arrays(spark, np.ones((3, 2), dtype), np.ones((3, 2)))
    assert [(row.features, row.label) for row in frame.collect()] == [([1, 1], [1.0, 1.0])] * 3


def test_real_valued_labels_mean_a_regression(tmp_path):
    path = write_csv(tmp_path / "t.csv", ["a,label", *(f"{i},{i / 2}" for i in range(10))])
    arrays = datasets.load_arrays(path)
    assert (arrays.task, arrays.num_classes, arrays.scaling) == ("regression", None, ("standardize", None))


@pytest.mark.parametrize("format", ["parquet", "csv", "npz"])
def test_what_export_writes_load_reads_back(format, spark, tmp_path):
    datasets.export("digits", spark, tmp_path / "out", format)
    train, test = datasets.load(str(tmp_path / "out"), spark)
    expected_train, expected_test = datasets.load("digits", spark)
    for got, expected in ((train, expected_train), (test, expected_test)):
        got, expected = got.toArrow(), expected.toArrow()
        assert got["features"].to_pylist() == expected["features"].to_pylist()
        assert got["label"].to_pylist() == expected["label"].to_pylist()
    with pytest.raises(DataError, match="exists already"):
        datasets.export("digits", spark, tmp_path / "out", format)
    datasets.export("digits", spark, tmp_path / "out", format, overwrite=True)
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("format", ["parquet", "csv", "npz"])
def test_real_numbers_come_back_exactly(format, spark, tmp_path):
    x, y = np.random.default_rng(0).random((20, 3), np.float32), np.arange(20) / 3
    np.savez(tmp_path / "own.npz", x=x, y=y)
    written = datasets.export(str(tmp_path / "own.npz"), spark, tmp_path / "out", format)
    found = [row for frame in datasets.load(str(written), spark) for row in frame.collect()]
    assert {(*row.features, row.label) for row in found} == {(*map(float, a), b) for a, b in zip(x, y, strict=True)}


def test_two_targets_fit_in_parquet_and_not_in_csv(spark, tmp_path):
    np.savez(tmp_path / "own.npz", x=np.ones((9, 2)), y=np.full((9, 2), 0.5))
    datasets.export(str(tmp_path / "own.npz"), spark, tmp_path / "out", "parquet")
    assert datasets.load(str(tmp_path / "out"), spark)[0].first().label == [0.5, 0.5]
    with pytest.raises(DataError, match="CSV holds one label per row; this data has 2"):
        datasets.export(str(tmp_path / "own.npz"), spark, tmp_path / "out", "csv")


def test_a_seed_outside_its_limits_is_refused():
    with pytest.raises(InvalidParamError, match="'seed' must be 0 to 4294967295; got -1"):
        datasets.load_arrays("digits", seed=-1)
