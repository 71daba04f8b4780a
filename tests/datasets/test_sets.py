"""The named sets: each reads its own sample, and the real files where they are; what is wrong with a file is said."""

import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

from sparkeras import datasets
from sparkeras.datasets import registry
from sparkeras.errors import DataError

NAMES = sorted(registry.ENTRIES)
TABLES = [name for name in NAMES if registry.ENTRIES[name].table]  # tests/cli/test_tables.py has them
NAMES = [name for name in NAMES if name not in TABLES]
WITH_FILES = [name for name in NAMES if registry.ENTRIES[name].files]
MARKS = {True: [pytest.mark.data], False: []}


@pytest.fixture
def sampled(tmp_path, monkeypatch):
    """A function that makes a set's sample the one that is found, and gives its folder."""
    monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path))
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "cache"))
    return lambda name: datasets.write_sample(name, tmp_path)


def require_sound(arrays, name):
    entry = registry.ENTRIES[name]
    assert len(arrays.x_train) == len(arrays.y_train) >= len(arrays.x_test) == len(arrays.y_test) > 0
    assert arrays.schema.labels == entry.schema.labels
    assert arrays.targets == len(entry.schema.labels)
    if arrays.num_classes:
        assert arrays.y_train.dtype == np.int32
        assert 0 <= arrays.y_train.min() <= arrays.y_train.max() < arrays.num_classes == len(arrays.schema.classes)
    else:
        assert np.isfinite(arrays.y_train).all()


@pytest.mark.parametrize("name", WITH_FILES)
def test_a_sample_is_read_as_the_set_would_be_and_called_synthetic(name, sampled):
    sampled(name)
    arrays = datasets.load_arrays(name)
    require_sound(arrays, name)
    assert arrays.name == f"{name} (synthetic)"
    assert arrays.source == datasets.describe(name).where == "SPARKERAS_DATA (synthetic)"


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS[name in WITH_FILES]) for name in NAMES])
def test_a_set_that_is_here_has_the_rows_that_the_list_tells(name):
    facts = datasets.describe(name)
    if facts.where.startswith("not here"):
        pytest.skip("needs data sets that the folder SPARKERAS_DATA lacks")
    arrays = datasets.load_arrays(name)
    require_sound(arrays, name)
    if name not in ("flowers", "cats-dogs"):  # a folder of the user may hold a part of the photos
        assert (len(arrays.x_train), len(arrays.x_test)) == (facts.rows_train, facts.rows_test)


@pytest.mark.parametrize("name", ["wine", "music", "spiral", "temperatures"])
def test_the_seed_alone_decides_the_split(name, sampled):
    if name in WITH_FILES:
        sampled(name)
    first, again, other = (datasets.load_arrays(name, seed=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.x_test, again.x_test)
    assert not np.array_equal(first.x_test, other.x_test)


@pytest.mark.parametrize("name", [name for name in NAMES if registry.ENTRIES[name].measured])
def test_measurements_are_a_table_with_the_rows_of_their_arrays(name, sampled):
    if name in WITH_FILES:
        sampled(name)
    arrays, (parts, _, _) = datasets.load_arrays(name, seed=1), registry.read_table(name, 1)
    assert (parts.train.column_names, parts.task) == ([*arrays.schema.features, parts.label], arrays.task)
    for x, y, rows in ((arrays.x_train, arrays.y_train, parts.train), (arrays.x_test, arrays.y_test, parts.test)):
        np.testing.assert_array_equal(np.column_stack([rows[each] for each in arrays.schema.features]), x)
        names = np.array(arrays.schema.classes)[y].tolist() if arrays.schema.classes else y.tolist()
        assert rows[parts.label].to_pylist() == names


def test_wines_that_are_equal_stay_in_one_part(sampled):
    sampled("wine")
    arrays = datasets.load_arrays("wine")
    train, test = ({tuple(row) for row in x} for x in (arrays.x_train, arrays.x_test))
    assert not train & test
    assert len(train) < len(arrays.x_train)  # there are equal ones


@pytest.mark.data
def test_the_red_wines_repeat_240_rows():
    arrays = datasets.load_arrays("wine-red")
    x, y = np.concatenate([arrays.x_train, arrays.x_test]), np.concatenate([arrays.y_train, arrays.y_test])
    rows = np.column_stack([x, y])
    assert len(rows) - len(np.unique(rows, axis=0)) == 240


def test_sentences_are_not_cut_at_a_next_line_character(sampled):
    sampled("imdb-sentences")
    arrays = datasets.load_arrays("imdb-sentences")
    assert len(arrays.x_train) + len(arrays.x_test) == 200
    assert all("\u0085" in text for text in arrays.x_train)


@pytest.mark.data
def test_the_real_sentences_are_a_thousand():
    arrays = datasets.load_arrays("imdb-sentences")
    assert len(arrays.x_train) + len(arrays.x_test) == 1000
    assert sum("\u0085" in text for text in (*arrays.x_train, *arrays.x_test)) == 2


def test_music_has_68_features_and_two_targets(sampled):
    sampled("music")
    arrays = datasets.load_arrays("music")
    assert (arrays.x_train.shape[1], arrays.y_train.shape[1], arrays.scaling) == (68, 2, ("rescale", 1.0))


def test_texts_become_a_column_of_texts(spark, sampled):
    sampled("imdb-sentences")
    train, test = datasets.load("imdb-sentences", spark)
    assert train.dtypes == [("features", "string"), ("label", "int")]
    assert train.count() + test.count() == 200


@pytest.mark.parametrize("name", ["circles", "gauss", "spiral", "xor"])
def test_playgrounds_are_balanced_and_within_the_plane(name):
    arrays = datasets.load_arrays(name)
    assert arrays.y_train.mean() == arrays.y_test.mean() == 0.5
    assert np.abs(arrays.x_train).max() < 8


def test_pythagoras_keeps_its_noise():
    arrays = datasets.load_arrays("pythagoras")
    error = arrays.y_test - np.hypot(*arrays.x_test.T)
    assert np.mean(error**2) == pytest.approx(0.0025, rel=0.05)


def test_an_odd_header_and_quotes_of_elections_are_read(sampled):
    path = sampled("elections") / "1976-2020-president.csv"
    header = "year,state,state_po,fips,cen,ic,office,candidate,party,writein,votes,total,version,notes,simple\n"
    path.write_text(header + path.read_text().replace("DOE, J.", 'DOE, J. ""JAY"" Q.'))
    arrays = datasets.load_arrays("elections")
    assert (len(arrays.x_train), len(arrays.x_test)) == (24, 6)


def replaced(old, new):
    def change(path):
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return change


def written(content):
    return lambda path: path.write_bytes(content)


def shortened(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def renamed_column(path):
    path.write_text(path.read_text().replace("alcohol", "spirit", 1))


def a_letter(path):
    lines = path.read_text().split("\n")
    lines[4] = "x" + lines[4]
    path.write_text("\n".join(lines))


def a_cell_less(path):
    lines = path.read_text().split("\n")
    lines[4] = lines[4].rsplit(",", 1)[0]
    path.write_text("\n".join(lines))


# set, file, what is done to it, words
WRONG = {
    "wine, other columns": ("wine-red", "winequality-red.csv", renamed_column, "begins with the columns .*spirit"),
    "wine, empty": ("wine-red", "winequality-red.csv", written(b""), r"red\.csv' is empty"),
    "wine, header alone": (
        "wine-red",
        "winequality-red.csv",
        lambda path: path.write_text(path.read_text().split("\n")[0] + "\n"),
        "has no rows below its header",
    ),
    "wine, a letter": ("wine-red", "winequality-red.csv", a_letter, r"row 4, column 'fixed acidity': 'x[\d.]+' is no"),
    "music, 69 columns": ("music", "music.csv", written(b"1," * 68 + b"1\n"), "has 69 columns; expected 70"),
    "music, a header": ("music", "music.csv", written(b"mfcc1,mfcc2\n1,2\n"), "begins with the words 'mfcc1,mfcc2'"),
    "music, a cell less": ("music", "music.csv", a_cell_less, r"row 5: 69 cells, but the first row has 70"),
    "housing, a letter": ("housing", "cal_housing.data", a_letter, "row 5, column 'longitude"),
    "housing, no archive": (
        "housing",
        "cal_housing.data",
        lambda path: path.rename(path.with_name("cal_housing.tgz")),
        r"is not an archive with CaliforniaHousing/cal_housing\.data",
    ),
    "mnist, cut": ("mnist", "t10k-images-idx3-ubyte.gz", shortened, "t10k-images.*(truncated|cut|damaged|ends)"),
    "fashion-mnist, labels": (
        "fashion-mnist",
        "t10k-labels-idx1-ubyte.gz",
        lambda path: path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-1] + b"\x0b")),
        "labels is 11; fashion-mnist has 0 to 9",
    ),
    "sentences, no tab": (
        "imdb-sentences",
        "imdb_labelled.txt",
        replaced("\t1", " 1"),
        r"row 2: '.*' is not a sentence, a tab, and 0 or 1",
    ),
    "sentences, other bytes": (
        "imdb-sentences",
        "imdb_labelled.txt",
        written("très bien\t1\n".encode("latin-1")),
        "is not UTF-8 text",
    ),
    "imdb, cut": ("imdb", "aclImdb_v1.tar.gz", shortened, "cannot be read as an archive"),
    "imdb, other archive": ("imdb", "aclImdb_v1.tar.gz", written(b"no archive at all"), "cannot be read as an archive"),
    "shakespeare, another alphabet": ("shakespeare", "tinyshakespeare.txt", replaced("king", "könig"), "is not plain"),
    "shakespeare, an odd letter": ("shakespeare", "tinyshakespeare.txt", replaced("king", "k#ng"), "holds '#'"),
    "shakespeare, short": ("shakespeare", "tinyshakespeare.txt", written(b"To be."), "has 6 letters; expected 800"),
    "temperatures, no place": (
        "temperatures",
        "metoffice/synthetic-eastdata.txt",
        replaced("Location", "Lake"),
        "lacks the station's place",
    ),
    "temperatures, a word": (
        "temperatures",
        "metoffice/synthetic-eastdata.txt",
        replaced("  1990  11", "  1990  11 warm"),
        r"row 15: '1990  11 warm.*' is not a month",
    ),
    "elections, a cell less": ("elections", "1976-2020-president.csv", a_cell_less, r"row 5: 14 cells; expected 15"),
    "elections, a word": (
        "elections",
        "1976-2020-president.csv",
        replaced("1976,NORTHLAND", "then,NORTHLAND"),
        r"row 1: a year or votes are not numbers",
    ),
    "elections, few years": (
        "elections",
        "1976-2020-president.csv",
        lambda path: path.write_text("".join(path.read_text().splitlines(True)[:12])),
        "does not hold the elections of 1976 to 2020",
    ),
    "flights, no zip": ("flights", "flights.csv.zip", shortened, r"flights.csv.zip' is not a zip with flights.csv"),
    "penguins, no header": (
        "penguins",
        "penguins.csv",
        lambda path: path.write_text("1,2\n3,4\n"),
        r"penguins.csv' has no header: its first line holds values",
    ),
    "flowers, broken": (
        "flowers",
        "train/tulips/synthetic-003.png",
        shortened,
        r"tulips/synthetic-003\.png' is empty, broken, or no image",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_of_a_named_set_gets_one_clear_sentence(case, sampled):
    name, file, change, words = WRONG[case]
    change(sampled(name) / file)
    with pytest.raises(DataError, match=words):
        registry.read_table(name, 0) if name in TABLES else datasets.load_arrays(name)


def test_every_set_with_files_has_a_case_of_a_wrong_one():
    same = {"wine": "wine-red", "wine-white": "wine-red", "cats-dogs": "flowers"}
    assert {same.get(name, name) for name in [*WITH_FILES, *TABLES]} == {name for name, *_ in WRONG.values()}


def test_a_sample_never_overwrites(sampled, tmp_path):
    sampled("wine")
    with pytest.raises(DataError, match=r"wine' exists already\. Choose another folder"):
        sampled("wine")
    with pytest.raises(DataError, match="'xor' needs no files"):
        datasets.write_sample("xor", tmp_path)


def test_a_set_that_is_nowhere_says_what_to_put_where(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARKERAS_DATA", str(tmp_path))
    monkeypatch.setenv("SPARKERAS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SPARKERAS_MIRROR", "http://127.0.0.1:9")
    entry = registry.ENTRIES["music"]
    monkeypatch.setitem(registry.ENTRIES, "music", entry.__class__(**{**vars(entry), "mirrors": ()}))
    with pytest.raises(DataError, match=r"music\.csv of music could not.*\$SPARKERAS_DATA/music_origin by hand"):
        datasets.load_arrays("music")


def test_housing_is_read_from_its_archive_too(sampled):
    path = sampled("housing") / "cal_housing.data"
    plain = datasets.load_arrays("housing")
    (path.parent / "CaliforniaHousing").mkdir()
    path.rename(path.parent / "CaliforniaHousing" / path.name)
    shutil.make_archive(str(path.parent / "made"), "gztar", path.parent, "CaliforniaHousing")
    (path.parent / "made.tar.gz").rename(path.parent / "cal_housing.tgz")
    np.testing.assert_array_equal(datasets.load_arrays("housing").x_test, plain.x_test)


def test_no_file_of_the_shared_folder_is_needed_by_name(sampled):
    assert not Path(sampled("wine-white") / "winequality-red.csv").exists()
    assert len(datasets.load_arrays("wine-white").x_train) > 0
