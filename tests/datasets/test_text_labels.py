"""Labels that are texts: classes in the order of the alphabet, the same in every kind of file."""

import numpy as np
import pytest

from sparkeras import datasets
from sparkeras.errors import DataError

ROWS = [(i / 4, i % 7, ("pos", "neg", " neutral")[i % 3]) for i in range(60)]
NAMES = ("neg", "neutral", "pos")


def _csv(path, rows=ROWS):
    path.write_text("a,b,mood\n" + "".join(f"{a},{b},{mood}\n" for a, b, mood in rows))
    return path


def test_a_csv_names_its_classes(tmp_path):
    arrays = datasets.load_arrays(_csv(tmp_path / "t.csv"), label="mood")
    assert (arrays.num_classes, arrays.task, arrays.schema.classes) == (3, "classification", NAMES)
    said = {(a, b): NAMES[y] for x, y in ((arrays.x_train, arrays.y_train), (arrays.x_test, arrays.y_test))
            for (a, b), y in zip(x.tolist(), y, strict=True)}  # fmt: skip
    assert said == {(a, b): mood.strip() for a, b, mood in ROWS}


def test_training_and_test_rows_number_classes_alike(tmp_path):
    _csv(tmp_path / "train.csv", [row for row in ROWS if row[2] != " neutral"])
    _csv(tmp_path / "test.csv")
    arrays = datasets.load_arrays(tmp_path, label="mood")
    assert arrays.schema.classes == NAMES
    assert set(arrays.y_train) == {0, 2}
    assert set(arrays.y_test) == {0, 1, 2}
    (tmp_path / "test.csv").write_text("a,b,mood\n1,2,0\n1,2,1\n")
    with pytest.raises(DataError, match="holds texts and .* numbers; expected the same kind of labels"):
        datasets.load_arrays(tmp_path, label="mood")


def test_an_npz_names_its_classes(tmp_path):
    np.savez(tmp_path / "t.npz", x=np.arange(60.0), y=[mood.strip() for *_, mood in ROWS])
    assert datasets.load_arrays(tmp_path / "t.npz").schema.classes == NAMES


def test_parquet_names_its_classes(spark, tmp_path):
    frame = spark.createDataFrame(ROWS, "a double, b int, mood string")
    frame.write.parquet(str(tmp_path / "t.parquet"))
    data = datasets.open_dataset(tmp_path / "t.parquet", spark, label="mood")
    assert (data.num_classes, data.schema.classes, data.schema.features) == (3, NAMES, ("a", "b"))
    rows = data.train.unionByName(data.test).collect()
    assert {(*row.features, NAMES[row.label]) for row in rows} == {(a, b, mood.strip()) for a, b, mood in ROWS}


def test_parquet_parts_number_classes_alike(spark, tmp_path):
    frame = spark.createDataFrame(ROWS, "a double, b int, mood string")
    frame.filter("mood != 'neg'").write.parquet(str(tmp_path / "train.parquet"))
    frame.write.parquet(str(tmp_path / "test.parquet"))
    data = datasets.open_dataset(tmp_path, spark, label="mood")
    assert data.schema.classes == NAMES
    assert {row.label for row in data.train.collect()} == {1, 2}
    frame.withColumn("mood", frame.b).write.mode("overwrite").parquet(str(tmp_path / "test.parquet"))
    with pytest.raises(DataError, match="holds texts as labels and .* numbers"):
        datasets.open_dataset(tmp_path, spark, label="mood")


def test_true_and_false_and_dates_are_names_too(tmp_path):
    for label, names in (("bought", ("false", "true")), ("day", ("2024-01-01", "2024-01-02"))):
        (tmp_path / "t.csv").write_text(f"a,{label}\n" + "".join(f"{i},{names[i % 2]}\n" for i in range(40)))
        assert datasets.load_arrays(tmp_path / "t.csv", label=label).schema.classes == names


@pytest.mark.parametrize("format", ["csv", "parquet", "npz"])
def test_names_outlive_an_export(spark, tmp_path, format):
    arrays = datasets.load_arrays(_csv(tmp_path / "t.csv"), label="mood")
    path = datasets.export(tmp_path / "t.csv", spark, tmp_path / "out", format, label="mood")
    back = datasets.open_dataset(path, spark)
    assert back.schema.classes == NAMES
    assert back.test.count() == len(arrays.y_test)
    if format == "csv":
        assert back.schema.features == ("a", "b")
