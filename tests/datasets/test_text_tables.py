"""Tables of texts: a user's own heap of sentences as CSV or Parquet, and what ``export`` writes of named ones."""

import pytest

from sparkeras import datasets
from sparkeras.errors import DataError

HEAD = 'sentence;label\n"Good; and\nlong, ""very"" long";1\nDull\u0085indeed;0\n'


@pytest.fixture
def reviews(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text(HEAD + "".join(f"Film {i} is {'good' if i % 2 else 'bad'};{i % 2}\n" for i in range(20)))
    return path


def test_a_csv_of_texts_is_read(reviews):
    arrays = datasets.load_arrays(reviews)
    texts = {*arrays.x_train, *arrays.x_test}
    assert {'Good; and\nlong, "very" long', "Dull\u0085indeed", "Film 3 is good"} <= texts
    assert (arrays.num_classes, arrays.input_shape, arrays.scaling) == (2, (), ("rescale", 1.0))


def test_what_is_wrong_with_texts_is_said(reviews, tmp_path, spark):
    reviews.write_text(reviews.read_text() + '"  ";1\n')
    with pytest.raises(DataError, match="row 23, column 'sentence': the text is empty"):
        datasets.load_arrays(reviews)
    (tmp_path / "one.csv").write_text("x,label\n" + "1,0\n" * 9 + "1.o,1\n")
    with pytest.raises(DataError, match=r"row 10, column 'x': '1\.o' is not a number"):
        datasets.load_arrays(tmp_path / "one.csv")
    rows = [("a text", 0), ("", 1), (None, 1)]
    spark.createDataFrame(rows, "t string, label int").write.parquet(str(tmp_path / "bad.parquet"))
    with pytest.raises(DataError, match=r"2 row\(s\) with null or an empty text in their features"):
        datasets.open_dataset(tmp_path / "bad.parquet", spark)


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_exported_texts_are_read_back(reviews, tmp_path, spark, format):
    arrays = datasets.load_arrays(reviews)
    datasets.export(reviews, spark, tmp_path / "out", format)
    back = datasets.open_dataset(tmp_path / "out", spark)
    assert (back.input_shape, back.num_classes, back.scaling) == ((), 2, ("rescale", 1.0))
    for frame, x, y in ((back.train, arrays.x_train, arrays.y_train), (back.test, arrays.x_test, arrays.y_test)):
        assert {tuple(row) for row in frame.select("features", "label").collect()} == set(zip(x, y, strict=True))
    if format == "parquet":
        again = datasets.export(tmp_path / "out", spark, tmp_path / "again", format)
        assert datasets.open_dataset(again, spark).train.count() == len(arrays.x_train)


@pytest.mark.parametrize("format", ["npz", "text"])
def test_formats_of_numbers_refuse_texts(reviews, tmp_path, spark, format):
    with pytest.raises(DataError, match=f"texts, which {format} does not hold. Take parquet or csv"):
        datasets.export(reviews, spark, tmp_path / "out", format)
    assert not (tmp_path / "out").exists()


def test_texts_beside_numbers_are_told_apart(reviews, tmp_path, spark):
    (tmp_path / "both").mkdir()
    (tmp_path / "both" / "train.csv").write_text(reviews.read_text().replace(";", ","))
    (tmp_path / "both" / "test.csv").write_text("sentence,label\n1,0\n2,1\n")
    with pytest.raises(DataError, match=r"has texts and .* has rows of shape \(1,\); expected the same"):
        datasets.load_arrays(tmp_path / "both")
