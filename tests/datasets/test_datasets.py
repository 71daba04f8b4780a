"""Data sets by name and files of the user: what is read, and the sentence for each thing that is wrong."""

import functools
import gzip
import hashlib
import http.server
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sparkeras import datasets
from sparkeras.datasets import cache, mnist, registry
from sparkeras.datasets.contract import RemoteFile
from sparkeras.errors import DataError

X = np.arange(80, dtype=np.uint8).reshape(20, 2, 2)
Y = np.tile([0, 1], 10).astype(np.uint8)


def idx_bytes(array):
    """Return a uint8 array in the IDX format."""
    return b"\0\0\x08" + bytes([array.ndim]) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


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


def test_mnist_is_read_from_the_data_folder():
    if not os.environ.get("SPARKERAS_DATA"):
        pytest.skip("SPARKERAS_DATA names no folder with mnist")
    arrays = datasets.load_arrays("mnist")
    assert arrays.x_train.shape == (60_000, 28, 28)
    assert arrays.x_train.dtype == np.uint8
    assert arrays.y_train[:5].tolist() == [5, 0, 4, 1, 9]  # the published first labels
    assert arrays.y_test[:4].tolist() == [7, 2, 1, 0]
    assert arrays.source == "SPARKERAS_DATA"
    assert datasets.describe("mnist").where == "SPARKERAS_DATA"


@pytest.fixture
def small_mnist(tmp_path, monkeypatch):
    """Serve a small data set of MNIST's format from a local server; yields (served folder, entry)."""
    served = tmp_path / "served" / "mnist"
    served.mkdir(parents=True)
    images = np.tile(np.arange(10, dtype=np.uint8)[:, None, None], (3, 28, 28))
    labels = np.tile(np.arange(10, dtype=np.uint8), 3)
    contents = [images, labels, images, labels]
    files = []
    for array, file in zip(contents, mnist.ENTRY.files, strict=True):
        data = gzip.compress(idx_bytes(array), mtime=0)
        (served / file.name).write_bytes(data)
        files.append(RemoteFile(file.name, len(data), hashlib.sha256(data).hexdigest()))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path / "served"))
    handler.log_message = lambda *_: None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    entry = replace(mnist.ENTRY, files=tuple(files), mirrors=(f"{address}/mnist/",))
    monkeypatch.setitem(registry.ENTRIES, "mnist", entry)
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SPARKERAS_DATA", raising=False)
    yield served, entry
    server.shutdown()


def test_a_download_is_verified_kept_and_found_again(small_mnist):
    assert datasets.describe("mnist").where.startswith("not here")
    arrays = datasets.load_arrays("mnist")
    assert (arrays.source, len(arrays.x_train)) == ("download", 30)
    assert datasets.load_arrays("mnist").source == "cache"
    assert datasets.clean() > 0
    assert datasets.describe("mnist").where == "not here: sparkeras data fetch mnist"


@pytest.mark.parametrize("damage", ["cut", "wrong", "missing"])
def test_a_broken_download_is_refused_and_never_used(small_mnist, damage):
    served, entry = small_mnist
    victim = served / entry.files[2].name
    whole = victim.read_bytes()
    if damage == "missing":
        victim.unlink()
    else:
        victim.write_bytes(whole[:100] if damage == "cut" else whole[:-1] + b"?")
    with pytest.raises(DataError, match=r"t10k-images-idx3-ubyte\.gz of mnist could not be downloaded.*by hand"):
        datasets.fetch("mnist", progress=False)
    assert not (cache.dataset_folder("mnist") / victim.name).exists()
    victim.write_bytes(whole)
    assert datasets.fetch("mnist", progress=False) == cache.dataset_folder("mnist")


def test_the_second_mirror_serves_when_the_first_is_down(small_mnist, monkeypatch):
    _, entry = small_mnist
    monkeypatch.setitem(registry.ENTRIES, "mnist", replace(entry, mirrors=("http://127.0.0.1:9/", *entry.mirrors)))
    assert len(datasets.load_arrays("mnist").x_test) == 30


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


def test_parquet_is_split_by_content_whatever_the_partitions(spark, tmp_path):
    table = pa.table({"a": np.arange(200), "b": np.arange(200) * 0.5, "target": np.arange(200) % 3})
    pq.write_table(table, tmp_path / "one.parquet")
    spark.read.parquet(str(tmp_path / "one.parquet")).repartition(7).write.parquet(str(tmp_path / "many.parquet"))
    found = []
    for name in ("one.parquet", "many.parquet"):
        dataset = datasets.open_dataset(str(tmp_path / name), spark, label="target")
        assert (dataset.input_shape, dataset.num_classes) == ((2,), 3)
        found.append({tuple(row.features) for row in dataset.test.collect()})
        assert 20 <= len(found[-1]) <= 60
        assert dataset.train.count() + dataset.test.count() == 200
    assert found[0] == found[1]


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


def _write(name, content):
    def make(folder):
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return make


def _npz(**arrays):
    def make(folder):
        np.savez(folder / "own.npz", **arrays)
        return str(folder / "own.npz")

    return make


def _pair(x, y):
    def make(folder):
        (folder / "x.txt").write_text(x)
        (folder / "y.txt").write_text(y)
        return f"{folder / 'x.txt'},{folder / 'y.txt'}"

    return make


def _idx_pair(images, labels):
    def make(folder):
        (folder / "images-idx3-ubyte").write_bytes(images)
        (folder / "labels-idx1-ubyte").write_bytes(labels)
        return str(folder / "images-idx3-ubyte")

    return make


WRONG = {
    "unknown name": (lambda folder: "minst", r"Unknown data set 'minst'.*Did you mean 'mnist'\?"),
    "missing file": (lambda folder: str(folder / "no.csv"), "There is no file or folder"),
    "missing label file": (_write("images-idx3-ubyte", idx_bytes(X)), "No labels beside"),
    "unknown kind": (_write("photo.docx", "x"), r"of no kind that sparkeras reads.*\.npz"),
    "empty folder": (str, "holds no data set"),
    "three files": (lambda folder: "a.txt,b.txt,c.txt", "names 3 files; expected two"),
    "truncated gzip": (_idx_pair(gzip.compress(idx_bytes(X))[:-9], idx_bytes(Y)), "truncated or damaged"),
    "truncated idx": (_idx_pair(idx_bytes(X)[:-3], idx_bytes(Y)), r"truncated: its header promises shape \(20, 2, 2\)"),
    "wrong magic": (_idx_pair(b"GIF89a..", idx_bytes(Y)), "is no IDX file"),
    "images for labels": (_idx_pair(idx_bytes(X), idx_bytes(X)), "expected labels"),
    "lengths differ": (_idx_pair(idx_bytes(X), idx_bytes(Y[:-1])), "has 20 rows but .* has 19 labels"),
    "no npz": (_write("own.npz", "hello"), r"is no whole \.npz file"),
    "npz names": (_npz(a=X, b=Y), "holds the arrays a, b; expected x_train"),
    "npz pickle": (_npz(x=np.array([{}, {}]), y=Y[:2]), "holds Python objects"),
    "npz nan": (_npz(x=np.array([[1.0], [np.nan]]), y=Y[:2]), "row 2 of 2, column 1: nan is not a finite number"),
    "negative label": (_npz(x=X, y=Y.astype(int) - 1), "label -1 is below 0"),
    "text label npz": (_npz(x=X, y=np.array(["cat", "dog"] * 10)), "labels are text .'cat'.*StringIndexer"),
    "csv without label": (_write("t.csv", "a,b\n1,2\n"), "has no column 'label'; it has 'a', 'b'"),
    "csv text cell": (_write("t.csv", "a,label\n1,0\nx,1\n"), "row 2, column 'a': 'x' is no number"),
    "csv empty cell": (_write("t.csv", "a,b,label\n1,2,0\n3,,1\n"), "row 2, column 'b': the cell is empty"),
    "csv nan": (_write("t.csv", "a,label\n1.5,0\nnan,1\n"), "row 2 .*column 'a'.*not a finite|row 2, column 'a'"),
    "csv ragged": (_write("t.csv", "a,label\n1,0\n1,2,3\n"), "Expected 2 columns, got 3"),
    "csv text label": (_write("t.csv", "a,label\n1,cat\n2,dog\n"), "labels are text .'cat'"),
    "csv without rows": (_write("t.csv", "a,label\n"), "no rows below its header"),
    "csv without header": (_write("t.csv", "1,2\n3,4\n"), "starts with numbers; expected a header"),
    "empty csv": (_write("t.csv", ""), "no whole CSV file"),
    "text ragged": (_pair("1 2\n3\n", "0\n1\n"), "row 2: 1 numbers, but the first row has 2"),
    "text word": (_pair("1 2\n3 x\n", "0\n1\n"), "row 2: 'x' is no number"),
    "text lengths": (_pair("1 2\n3 4\n", "0\n"), "has 2 rows but .* has 1 labels"),
    "text empty": (_pair("", "0\n"), "has no rows"),
    "one row": (_pair("1 2\n", "0\n"), "has 1 row; a split into training and test needs 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_bad_file_gets_one_clear_sentence(case, tmp_path, monkeypatch):
    make, words = WRONG[case]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=words) as caught:
        datasets.load_arrays(make(tmp_path))
    assert "\n" not in str(caught.value)


PARQUET = {
    "null": ({"features": [[1.0, None], [1.0, 2.0]], "label": [0, 1]}, r"has 1 row\(s\) with null or NaN"),
    "nan": ({"features": [[1.0, float("nan")], [1.0, 2.0]], "label": [0, 1]}, r"has 1 row\(s\) with null or NaN"),
    "ragged": ({"features": [[1.0], [1.0, 2.0]], "label": [0, 1]}, "has rows of 1 and of 2 numbers"),
    "text label": ({"a": [1.0], "label": ["cat"]}, "labels are text .'cat'"),
    "negative label": ({"a": [1.0, 2.0], "label": [-1, 0]}, "label -1 is below 0"),
    "no label": ({"a": [1.0]}, "has no column 'label'"),
    "no features": ({"name": ["a"], "label": [1]}, "no numeric columns beside 'label'"),
    "empty": ({"a": pa.array([], pa.float64()), "label": pa.array([], pa.int32())}, "has no rows"),
}


@pytest.mark.parametrize("case", PARQUET)
def test_bad_parquet_gets_one_clear_sentence(case, spark, tmp_path):
    columns, words = PARQUET[case]
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=words):
        datasets.load(str(tmp_path / "t.parquet"), spark)


def test_a_file_that_is_no_parquet_is_named(spark, tmp_path):
    Path(tmp_path / "t.parquet").write_text("hello")
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        datasets.load(str(tmp_path / "t.parquet"), spark)
