"""One clear sentence for each thing that is wrong with a file."""

import gzip
import os

import numpy as np
import pytest

from sparkeras import datasets
from sparkeras.errors import DataError
from tests.datasets.made import X, Y, idx_bytes


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
    "wrong magic": (_idx_pair(b"GIF89a..", idx_bytes(Y)), "is not an IDX file"),
    "images for labels": (_idx_pair(idx_bytes(X), idx_bytes(X)), "expected labels"),
    "lengths differ": (_idx_pair(idx_bytes(X), idx_bytes(Y[:-1])), "has 20 rows but .* has 19 labels"),
    "no npz": (_write("own.npz", "hello"), r"is not a complete \.npz file"),
    "npz names": (_npz(a=X, b=Y), "holds the arrays a, b; expected x_train"),
    "npz pickle": (_npz(x=np.array([{}, {}]), y=Y[:2]), "holds Python objects"),
    "npz nan": (_npz(x=np.array([[1.0], [np.nan]]), y=Y[:2]), "row 2 of 2, column 1: nan is not a finite number"),
    "negative label": (_npz(x=X, y=Y.astype(int) - 1), "label -1 is below 0"),
    "ids for labels npz": (_npz(x=X, y=np.arange(20).astype(str)), "in 20 rows as many different texts .'0', '1', "),
    "csv without label": (_write("t.csv", "a,b\n1,2\n"), "has no column 'label'; it has 'a', 'b'"),
    "csv text cell": (_write("t.csv", "a,label\n1,0\nx,1\n"), "row 2, column 'a': 'x' is not a number"),
    "csv empty cell": (_write("t.csv", "a,b,label\n1,2,0\n3,,1\n"), "row 2, column 'b': the cell is empty"),
    "csv nan": (_write("t.csv", "a,label\n1.5,0\nnan,1\n"), "row 2, column 'a': the cell is empty or NaN"),
    "csv ragged": (_write("t.csv", "a,label\n1,0\n1,2,3\n"), "row 2: 3 cells, but the first row has 2"),
    "csv text label": (_write("t.csv", "a,label\n1,cat\n2, \n3,cat\n"), "column 'label', row 2: the label is empty"),
    "csv of ids": (
        _write("t.csv", "a,label\n" + "".join(f"{i},k{i}\n{i},k{i}\n" for i in range(1_001))),
        "labels are more than 1,000 different texts",
    ),
    "csv without rows": (_write("t.csv", "a,label\n"), "no rows below its header"),
    "csv without header": (_write("t.csv", "1,2\n3,4\n"), "has no header: its first line holds values"),
    "empty csv": (_write("t.csv", ""), "is empty; expected a header"),
    "csv late ragged row": (_write("t.csv", "a,label\n" + "1,0\n" * 300_000 + "1\n"), "row 300001: 1 cells"),
    "csv same name twice": (_write("t.csv", "a,a,label\n1,2,0\n"), "has 2 columns named 'a'"),
    "csv one text label": (
        _write("t.csv", "a,label\n1,0\n2,cat\n"),
        "row 2, column 'label': the label .cat. is not a number, but most labels are",
    ),
    "csv not in utf-8": (_write("t.csv", b"a,label\n1,0\n\xe9,1\n"), "row 2, column 'a'"),
    "csv infinity": (_write("t.csv", "a,label\n1,0\ninf,1\n"), "row 2 of 2, column 'a': inf is not a finite number"),
    "csv.gz truncated": (
        _write("t.csv.gz", gzip.compress(b"a,label\n" + os.urandom(90_000).hex().encode())[:-99]),
        "trunc",
    ),
    "npz without features": (_npz(x=np.ones((4, 0)), y=Y[:4]), "thus without a number"),
    "npz truncated": (_write("t.npz", b"PK\3\4 and no more"), r"is not a complete \.npz file"),
    "text label in a text pair": (_pair("1 2\n3 4\n", "cat\ndog\n"), "row 1.*the label .cat. is not a number"),
    "text empty cell": (_pair("1,,2\n3,4,5\n", "0\n1\n"), "row 1, column 2: the cell is empty"),
    "text empty line": (_pair("1 2\n\n3 4\n", "0\n1\n"), "row 2: the line is empty"),
    "text ragged": (_pair("1 2\n3\n", "0\n1\n"), "row 2: 1 cells, but the first row has 2"),
    "text word": (_pair("1 2\n3 x\n", "0\n1\n"), "row 2, column 2: 'x' is not a number"),
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
