"""Parquet, which Spark reads, checks and splits."""

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sparkeras import datasets
from sparkeras.errors import DataError

pytestmark = pytest.mark.thorough


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


@pytest.mark.parametrize(
    ("column", "kind"),
    [("int64", "int"), ("float64", "int"), ("bool", "int"), ("amounts", "double"), ("two", "array<double>")],
)
def test_labels_of_parquet_get_their_final_type(column, kind, spark, tmp_path):
    rows = np.arange(100)
    label = {"bool": rows % 2 == 0, "amounts": rows * 1000, "two": [[0.5, 1.0]] * 100}.get(column)
    label = (rows % 3).astype(column) if label is None else label
    pq.write_table(pa.table({"a": rows.astype("int8"), "label": label}), tmp_path / "t.parquet")
    dataset = datasets.open_dataset(f"file:{tmp_path}/t.parquet", spark)
    assert dataset.train.schema.simpleString() == f"struct<features:array<tinyint>,label:{kind}>"
    assert dataset.task == ("classification" if kind == "int" else "regression")
    assert dataset.targets == (2 if column == "two" else 1)


def test_columns_that_are_no_numbers_are_left_out_and_vectors_are_taken(spark, tmp_path):
    from pyspark.ml.linalg import Vectors

    pq.write_table(
        pa.table({"b": [1, 2] * 9, "city": ["x"] * 18, "a": [0.5] * 18, "label": range(18)}), tmp_path / "t.parquet"
    )
    assert {tuple(row.features) for row in datasets.load(str(tmp_path / "t.parquet"), spark)[0].collect()} == {
        (1.0, 0.5),
        (2.0, 0.5),
    }
    vectors = spark.createDataFrame([(Vectors.dense([i, 1.0]), i % 2) for i in range(40)], ["features", "label"])
    vectors.write.parquet(str(tmp_path / "v.parquet"))
    assert datasets.open_dataset(str(tmp_path / "v.parquet"), spark).input_shape == (2,)


def test_parquet_damaged_inside_is_named(spark, tmp_path):
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": np.random.default_rng(0).random(20_000), "label": np.arange(20_000) % 2}), path)
    content = bytearray(path.read_bytes())
    content[1_000:90_000] = os.urandom(89_000)
    path.write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as Parquet: (?!An error occurred|java)"):
        datasets.load(str(path), spark)


PARQUET = {
    "null": ({"features": [[1.0, None], [1.0, 2.0]], "label": [0, 1]}, r"has 1 row\(s\) with null or NaN"),
    "nan": ({"features": [[1.0, float("nan")], [1.0, 2.0]], "label": [0, 1]}, r"has 1 row\(s\) with null or NaN"),
    "ragged": ({"features": [[1.0], [1.0, 2.0]], "label": [0, 1]}, "has rows of 1 and of 2 numbers"),
    "no text label": ({"a": [1.0] * 5, "label": ["cat", "dog", "cat", "dog", " "]}, "0 row.* and 1 without a label"),
    "ids for labels": ({"a": [1.0, 2.0], "label": ["k7", "k8"]}, "in 2 rows as many different texts .'k7', 'k8', "),
    "negative label": ({"a": [1.0, 2.0], "label": [-1, 0]}, "label -1 is below 0"),
    "infinity": ({"a": [1.0, float("inf")], "label": [0, 1]}, r"has 1 row\(s\) with null or NaN.*infinity"),
    "null label": ({"a": [1.0, 2.0], "label": [0, None]}, "and 1 without a label"),
    "features of text": ({"features": [["x"]], "label": [0]}, "'features' is array<string>; expected a flat array"),
    "features in no array": ({"features": [1.0], "label": [0]}, "'features' is double; expected a flat array"),
    "one row": ({"a": [1.0], "label": [0]}, "too few different rows to split"),
    "no label": ({"a": [1.0]}, "has no column 'label'"),
    "no features": ({"name": ["a"], "place": ["b"], "label": [1]}, "no numeric columns beside 'label'"),
    "labels in rows": ({"a": [1.0] * 3, "label": [[0.5, 1.0]] * 2 + [[0.5]]}, "rows of 1 and of 2 labels"),
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
