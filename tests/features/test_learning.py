"""A table as it is: kinds found by type and values, learned in one scan, the same encoding everywhere."""

import datetime

import numpy as np
import pyarrow as pa
import pytest

from sparkeras import features
from sparkeras.errors import InvalidColumnError, InvalidParamError
from sparkeras.features import scan

ROWS = 300


def table():
    random = np.random.default_rng(0)
    day = datetime.date(2020, 1, 1)
    size = random.normal(5, 2, ROWS)
    city = random.choice(["Oslo", "New York", "New Orleans"], ROWS)
    return pa.table(
        {
            "size": pa.array(np.where(random.random(ROWS) < 0.1, np.nan, size), from_pandas=True),
            "city": pa.array([None if n % 20 == 0 else name for n, name in enumerate(city)]),
            "day": pa.array([day + datetime.timedelta(int(n)) for n in random.integers(0, 700, ROWS)]),
            "written": pa.array([f"{n:,}" if n % 9 else "NA" for n in random.integers(0, 5000, ROWS)]),
            "note": pa.array([f"the {name} offer number {n} was good" for n, name in enumerate(city)]),
            "flag": pa.array(random.random(ROWS) < 0.5),
            "pair": pa.array(random.normal(size=(ROWS, 2)).tolist()),
            "row": pa.array(range(ROWS)),
            "key": pa.array([f"key-{n}" for n in range(ROWS)]),
            "same": pa.array([1] * ROWS),
            "empty": pa.array([None] * ROWS, pa.string()),
            "label": pa.array(np.where(size + (city == "Oslo") > 5.3, "yes", "no")),
        }
    )


@pytest.fixture(scope="module")
def df(spark):
    return spark.createDataFrame(table()).repartition(3).cache()


@pytest.fixture(scope="module")
def spec(df):
    return features.learn(df, label="label")


def test_kinds_are_found_by_type_and_values(spec):
    assert {column.sources[0]: column.kind for column in spec.columns} == {
        "size": "number",
        "city": "category",
        "day": "date",
        "written": "number",
        "note": "text",
        "flag": "category",
        "pair": "vector",
    }
    assert spec.left_out == {
        "row": "it numbers the rows",
        "key": "it is an id: 300 values in 300 rows",
        "same": "it is constant",
        "empty": "all its values are missing",
    }
    assert (spec.rows, spec.label.classes, spec.label.task) == (ROWS, ("no", "yes"), "classification")


def test_partitions_do_not_matter(spark, spec, df):
    for partitions in (1, 7):
        other = features.learn(spark.createDataFrame(table()).repartition(partitions), label="label")
        assert other.left_out == spec.left_out
        for one, two in zip(other.columns, spec.columns, strict=True):
            np.testing.assert_allclose(one.scale, two.scale, rtol=1e-9)
        np.testing.assert_array_equal(other.encode(table())["ids"], spec.encode(table())["ids"])


def test_a_table_is_scanned_once(spark, df):
    tracker, group = spark.sparkContext.statusTracker(), "features"
    spark.sparkContext.setJobGroup(group, "learn")
    try:
        scan.run(df, df.columns)
        jobs = tracker.getJobIdsForGroup(group)
    finally:
        spark.sparkContext.setLocalProperty("spark.jobGroup.id", None)
    assert len(jobs) <= 2  # with adaptive execution the scan, and what joins its parts


@pytest.mark.classic
def test_each_row_is_read_once(spark, tmp_path):
    spark.createDataFrame(table()).repartition(3).write.parquet(str(tmp_path / "rows"))
    rows = spark.read.parquet(str(tmp_path / "rows"))
    frame, seen = counted(spark, rows)
    assert features.learn(frame, label="label").rows == ROWS
    assert seen.value == ROWS


def counted(spark, rows):
    """The rows with an accumulator of how many were read of them."""
    seen = spark.sparkContext.accumulator(0)

    def count(batches):
        for batch in batches:
            seen.add(batch.num_rows)
            yield batch

    return rows.mapInArrow(count, rows.schema), seen


def test_inputs_have_the_promised_shapes(spec):
    arrays = spec.encode(table())
    assert {name: (array.dtype.name, array.shape[1:]) for name, array in arrays.items()} == {
        "numbers": ("float32", (len(spec.blocks["numbers"].names),)),
        "ids": ("int32", (2,)),
        "note": ("int32", (8,)),
    }
    assert all(spec.blocks[name].shape == array.shape[1:] for name, array in arrays.items())


def test_a_batch_of_any_size_is_encoded_alike(spec):
    whole = spec.encode(table())
    for first in range(0, ROWS, 37):
        part = spec.encode(table().slice(first, 37))
        for name, array in part.items():
            np.testing.assert_array_equal(array, whole[name][first : first + 37])


def test_a_saved_spec_encodes_alike(spec):
    again = features.Features.from_json(spec.to_json())
    assert again == spec
    assert again.digest() == spec.digest()
    for name, array in again.encode(table()).items():
        np.testing.assert_array_equal(array, spec.encode(table())[name])


@pytest.mark.parametrize(
    ("saved", "words"),
    [("{", "damaged"), ("[]", "damaged"), ('{"version": 99}', "saved in version 99 .* Upgrade it: pip install")],
)
def test_a_spec_that_cannot_be_read_is_refused(saved, words):
    with pytest.raises(InvalidParamError, match=words):
        features.Features.from_json(saved)


def test_a_spec_prints_what_it_made_of_each_column(spec):
    lines = str(spec).splitlines()
    assert lines[0].split() == ["column", "kind", "learned", "becomes"]
    assert len(lines) == 12
    assert lines[2].split("  ")[0] == "city"
    assert " ".join(lines[-1].split()) == "empty left out all its values are missing"


def test_kinds_can_be_named(df):
    kinds = {"row": features.category(), "size": features.number(missing="impute"), "note": None}
    spec = features.learn(df, label="label", columns=["size", "row", "note"], kinds=kinds)
    assert [column.kind for column in spec.columns] == ["number", "category"]
    assert spec.blocks["numbers"].names == ("size",)
    assert spec.left_out == {"note": "left out by request"}


def with_column(spark, name, values, **more):
    return spark.createDataFrame(
        pa.table({name: pa.array(values), "x": pa.array(range(0, 3 * len(values), 3)), **more})
    )


MIXED = [
    (
        [*["1", "2"] * 20, "three"],
        r"holds numbers, but 1 of 41 rows hold other texts, such as 'three'. Mend them; or take it as a number "
        r"\(features.number\(\), --kind mixed=number\), where these count as missing, or as a category",
    ),
    ([*["1,5", "2"] * 20, "x"], "'mixed' holds numbers, but 1 of 41 rows hold other texts, such as 'x'"),
    (["$5", "€6"] * 20, r"'mixed' holds numbers with the signs '\$', '€'. Convert them to one unit"),
    (
        [*["2020-01-01", "2.1.2020"] * 20, "03/13/2020"],
        r"dates in 3 formats: '2020-01-01' \(20\), '2.1.2020' \(20\), '03/13/2020' \(1\). Write all of them in one",
    ),
]


@pytest.mark.parametrize(("values", "words"), MIXED)
def test_columns_of_several_kinds_are_refused_with_an_example(spark, values, words):
    with pytest.raises(InvalidColumnError, match=words):
        features.learn(with_column(spark, "mixed", values))


def test_an_instant_is_encoded_alike_in_any_session_and_as_json(spark):
    moments = [f"2024-06-{1 + n // 24:02d}T{n % 24:02d}:15:00Z" for n in range(0, 240, 7)]
    json = {"t": pa.array(moments), "u": pa.array(moments)}  # as a request to the server has them
    arrays = []
    try:
        for zone in ("UTC", "America/New_York"):
            spark.conf.set("spark.sql.session.timeZone", zone)
            df = spark.createDataFrame(pa.table(json)).selectExpr("cast(t as timestamp) as t", "u")
            spec = features.learn(df, kinds={"u": features.date(zone="Europe/Oslo")})
            assert spec.columns[0].has_clock
            arrays += [spec.encode(df.toArrow())["numbers"], spec.encode(json)["numbers"]]
    finally:
        spark.conf.unset("spark.sql.session.timeZone")
    for each in arrays[1:]:
        np.testing.assert_array_equal(each, arrays[0])
    width = arrays[0].shape[1] // 2
    assert np.abs(arrays[0][:, width - 1] - arrays[0][:, -1]).max() > 0.1  # two hours later in Oslo


def test_values_in_values_are_left_out_with_what_to_do(spark):
    df = spark.sql(
        "select id * 3 as x, named_struct('a', id) as s, array('a', 'b') as tags, map('k', id) as m, "
        "encode('x', 'utf-8') as b, array(double(id), 1) as v, cast(null as string) as n from range(40)"
    )
    spec = features.learn(df)
    assert [column.sources[0] for column in spec.columns] == ["x", "v"]
    assert spec.left_out == {
        "s": "it is struct<a:bigint>; select what it holds into columns of their own",
        "tags": "it is array<string>; select what it holds into columns of their own",
        "m": "it is map<string,bigint>; select what it holds into columns of their own",
        "b": "it holds bytes; a model gets images alone, as its feature column",
        "n": "all its values are missing",
    }


def test_values_of_few_rows_each_are_ids_and_can_be_hashed(spark):
    users = pa.table({"user": [f"u{n % 1500}" for n in range(3000)], "x": range(0, 9000, 3)})
    df = spark.createDataFrame(users)
    assert features.learn(df).left_out == {"user": "it is an id: 1,500 values in 3,000 rows"}
    spec = features.learn(df, kinds={"user": features.hashed(100)})
    assert spec.blocks["ids"].ids == (("user", 101),)


def test_infinite_numbers_are_missing_and_a_flag_says_so(spark):
    spec = features.learn(with_column(spark, "far", [1.0, 2.0, float("inf"), float("-inf")]))
    assert spec.encode({"far": pa.array([float("inf")]), "x": pa.array([0])})["numbers"].tolist() == [[1.5, 1, 0]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"label": "nosuch"}, "Column 'nosuch' is not in the DataFrame; it has 'size'"),
        ({"columns": ["nosuch"]}, "Column 'nosuch' is not in the DataFrame"),
        ({"kinds": {"nosuch": features.number()}}, "Column 'nosuch' is not in the DataFrame"),
        ({"columns": ["same", "key"]}, "No column can be used: 'same': it is constant; 'key': it is an id"),
        ({"label": "same"}, "'same', the label, holds the same value in all rows, '1'"),
        ({"label": "empty"}, "'empty', the label, holds no value"),
        ({"label": "label", "task": "regression"}, "the label, holds texts such as '.*', no amounts"),
        ({"label": "label", "task": "other"}, "'task' must be classification or regression; got 'other'"),
        ({"columns": ["key"], "kinds": {"key": None}}, "No column is left"),
    ],
)
def test_what_cannot_be_learned_is_refused(df, arguments, words):
    with pytest.raises((InvalidColumnError, InvalidParamError), match=words):
        features.learn(df, **arguments)


def test_columns_that_differ_in_case_alone_are_refused(spark):
    df = spark.createDataFrame([(1, 2)], ["Age", "age"])
    with pytest.raises(InvalidColumnError, match="columns 'Age', 'age', which Spark does not tell apart"):
        features.learn(df)


def test_no_rows_are_refused(df):
    with pytest.raises(InvalidColumnError, match="no rows to learn from"):
        features.learn(df.where("false"))


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([1, 2, 3], "classification", ("1", "2", "3")),
        ([-1.0, 1.0, 10.0], "classification", ("-1", "1", "10")),
        (["b", "a", None], "classification", ("a", "b")),
        ([True, False, True], "classification", ("false", "true")),
        ([0.5, 1.5, 2.5], "regression", None),
        (list(range(50)), "regression", None),
        (["1.5", "2", "NA"], "regression", None),
    ],
)
def test_the_kind_of_a_label_is_found(spark, values, task, classes):
    label = features.learn(with_column(spark, "y", values), label="y").label
    assert (label.task, label.classes) == (task, classes)
    assert label.missing == sum(value in (None, "NA") for value in values)
