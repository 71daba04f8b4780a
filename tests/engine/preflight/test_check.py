"""``sparkeras.check`` says what a training would stumble over, and the training says the same."""

import os
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest
from keras.callbacks import Callback, CSVLogger, EarlyStopping

import sparkeras
from sparkeras import datasets
from sparkeras.engine import params
from sparkeras.engine.columns import Field
from sparkeras.engine.preflight import capacity, check, planning, probe, requirements
from sparkeras.engine.preflight.finding import Finding
from sparkeras.errors import SetupError
from tests.models import digits_model


@pytest.fixture(scope="module")
def digits(spark):
    train, _ = datasets.load("digits", spark)
    return train.cache()


def line_about(report, subject):
    return " | ".join(str(finding) for finding in report.findings if finding.subject == subject)


def test_a_training_that_works_is_all_ok_with_figures(digits):
    report = sparkeras.check(digits, digits_model(), num_workers=2)
    assert report.ok
    assert {finding.level for finding in report.findings} == {"ok"}
    assert "Spark runs 2 tasks at once, and 2 workers need as many" in line_about(report, "slots")
    assert "1,437, about 12 updates per epoch" in line_about(report, "rows")
    assert "2 worker(s) on 1 host(s)" in line_about(report, "network")
    assert "keras " in line_about(report, "versions")
    assert "free" in line_about(report, "memory")
    assert len(str(report).splitlines()) == len(report.findings)
    assert repr(report) == str(report)


def test_too_few_slots_are_said_with_the_line_that_mends_it_as_by_fit(digits):
    report = sparkeras.check(digits, digits_model(), num_workers=3)
    assert not report.ok
    slots = next(finding for finding in report.findings if finding.subject == "slots")
    assert slots.level == "error"
    assert slots.fix == "Start it with more, e.g. master local[3], or take fewer workers."
    with pytest.raises(SetupError) as raised:
        sparkeras.fit(digits_model(), digits, num_workers=3)
    assert str(raised.value) == f"{slots.message} {slots.fix}"


class Locked(Callback):
    """It holds what no process can hand to another."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()


WRONG = [
    ({"features": "nosuch"}, "columns", "Column 'nosuch' is not in the DataFrame"),
    ({"num_workers": 2, "shuffle": False}, "order", "Set shuffle=True or num_workers=1."),
    ({"num_workers": 0}, "settings", "must be a whole number of 1 or more, or 'auto'; got 0"),
    ({"backend": "nosuch"}, "backend", "Unknown backend 'nosuch'"),
    ({"checkpoint_dir": "/proc/no"}, "checkpoints", "The checkpoint directory '/proc/no' cannot be written"),
    ({"validation": "label"}, "columns", "the column that marks validation rows must be boolean"),
    ({"validation": 1e-6}, "rows", "and 0 to validate with; both need at least one"),
    ({"epochs": 0}, "settings", "'epochs' must be a whole number of 1 or more; got 0"),
    ({"callbacks": [3]}, "settings", "'callbacks' must be a list of keras.callbacks.Callback"),
    (
        {"callbacks": [CSVLogger("nosuch/log.csv")]},
        "callbacks",
        "there is no folder 'nosuch', and CSVLogger makes none",
    ),
    ({"callbacks": [Locked()]}, "callbacks", "The callbacks cannot travel to the training process"),
]


@pytest.mark.parametrize(("wrong", "subject", "message"), WRONG, ids=lambda value: str(value)[:30])
def test_what_is_wrong_is_found_and_not_raised(wrong, subject, message, digits):
    report = sparkeras.check(digits, digits_model(), **wrong)
    assert not report.ok
    assert message in line_about(report, subject)


def test_a_model_that_is_not_compiled_and_swapped_arguments_are_found(digits):
    import keras

    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(10)])
    assert "not compiled" in str(sparkeras.check(digits, model))
    assert "check(df, model); got Sequential" in line_about(sparkeras.check(model, digits), "DataFrame")


@pytest.mark.parametrize("workers", [1, 2])
def test_the_workers_try_the_checkpoint_folder(digits, workers, tmp_path):
    place = str(tmp_path / "kept")
    report = sparkeras.check(digits, digits_model(), checkpoint_dir=place, num_workers=workers)
    assert f"Every worker reaches {place}." in line_about(report, "checkpoints")
    assert not os.path.exists(place)
    os.mkdir(place)
    report = sparkeras.check(digits, digits_model(), checkpoint_dir=place, num_workers=workers)
    assert f"Every worker reaches {place}." in line_about(report, "checkpoints")
    assert os.listdir(place) == []
    report = sparkeras.check(digits, digits_model(), checkpoint_dir="hdfs://127.0.0.1:1/kept", num_workers=workers)
    assert not report.ok
    assert "The checkpoint directory 'hdfs://127.0.0.1:1/kept' cannot be opened" in line_about(report, "checkpoints")


def test_callbacks_that_can_travel_are_ok_and_a_stream_is_not(spark, digits):
    report = sparkeras.check(digits, digits_model(), callbacks=[EarlyStopping("loss"), CSVLogger("log.csv")])
    assert line_about(report, "callbacks") == "ok       callbacks           EarlyStopping, CSVLogger."
    stream = spark.readStream.format("rate").load()
    assert "Streaming DataFrames cannot be trained on, as they have no end. Give a static" in line_about(
        sparkeras.check(stream, digits_model()), "DataFrame"
    )


def test_few_rows_and_none_are_said(digits):
    assert "num_workers=1" in line_about(sparkeras.check(digits.limit(1), digits_model(), num_workers=2), "rows")
    assert "one update per epoch" in line_about(sparkeras.check(digits.limit(9), digits_model()), "rows")
    report = sparkeras.check(digits.filter("label > 100"), digits_model())
    assert "The DataFrame has no row" in line_about(report, "rows")
    assert not report.ok


@pytest.mark.slow
def test_a_slow_dataframe_does_not_hold_the_check(digits):
    def slow(batches):
        time.sleep(60)
        yield from batches

    began = time.monotonic()
    report = sparkeras.check(digits.mapInArrow(slow, digits.schema), digits_model(), timeout_seconds=10)
    assert "warning  rows                The DataFrame's first row was not made within 10 s." in line_about(
        report, "rows"
    )
    assert report.ok  # it may be slow and right
    assert time.monotonic() - began < 40


def facts(**changed):
    known = {"python": "3.11", "sparkeras": "0.1", "keras": "3.15", "jax": "0.10"}
    answer = {"host": "a", "versions": known, "memory": 2**33, "total": 2**34, "disk": 2**36, "folder": "/d"}
    return {**answer, "rank": 0, "unreached": None, "checkpoints": None, **changed}


def test_other_versions_and_closed_ports_are_named(monkeypatch):
    monkeypatch.setattr(probe, "probe", lambda *_: [facts(), facts(host="b", rank=1, unreached="a:7: timed out")])
    _, found = check._machines(None, 2, "jax", 9, [], None)
    lines = "\n".join(map(str, found))
    assert "Rank 1 on host b does not reach rank 0 on host a (a:7: timed out)." in lines
    assert "SPARKERAS_ADDRESS" in lines
    other = {**facts()["versions"], "keras": "9.9"}
    monkeypatch.setattr(probe, "probe", lambda *_: [facts(), facts(host="b", versions=other)])
    assert "different versions of keras: rank 0 on host a has" in str(
        check._machines(None, 2, "jax", 9, [], None)[1][0]
    )
    monkeypatch.setattr(probe, "probe", lambda *_: [facts(versions=other)])
    found = check._machines(None, 1, "jax", 9, [], None)[1][0]
    assert found.level == "warning"
    assert "Workers run " in found.message


def test_little_memory_and_disk_are_said_with_figures():
    gibibyte = 2**30
    machines = [facts(disk=3 * gibibyte), facts(rank=1, disk=3 * gibibyte)]
    found = capacity._room(10 * gibibyte, 10 * gibibyte, machines)
    memory, disk = map(str, found)
    assert "error    memory              2 worker(s) on host a need about 21.2 GiB, and 8.0 GiB are free." in memory
    assert "spark.executor.memoryOverhead=10840m" in memory
    assert "error    disk" in disk
    assert "spark.local.dir=" in disk
    assert capacity._room(gibibyte, gibibyte, [facts(), facts(host="b")])[0].level == "ok"
    # Beyond max_shard_memory rows stay on disk, which then holds them a third time for a moment.
    memory, disk = map(str, capacity._room(10 * gibibyte, gibibyte, machines))
    assert "ok       memory              2 worker(s) on host a need about 3.2 GiB of 8.0 GiB free." in memory
    assert "The rows need about 60.0 GiB in /d on host a, and 3.0 GiB are free." in disk


def test_bytes_of_a_row_are_those_of_its_arrays(spark):
    from pyspark.ml.linalg import Vectors

    frame = spark.createDataFrame([(Vectors.sparse(7, [1], [2.0]), [[1.0, 2.0], [3.0, 4.0]], 5, True)])
    first = frame.first()
    sizes = [capacity._value_bytes(first[name], frame.schema[name].dataType) for name in frame.columns]
    assert sizes == [28, 16, 8, 1]
    photos = spark.createDataFrame([(b"a JPEG",)], "photo binary")
    photo = Field("x", "input", ("photo",), (20, 30, 3))
    assert capacity._field_bytes(photo, photos.first(), photos.schema) == 20 * 30 * 3


def cluster_of(**settings):
    return SimpleNamespace(conf=SimpleNamespace(get=lambda name, default=None: settings.get(name, default)))


def test_a_long_locality_wait_is_said_where_it_matters():
    standalone = {"spark.master": "spark://host:7077"}
    assert check._locality(cluster_of(**{"spark.master": "local[2]"}), 2) == []
    assert check._locality(cluster_of(**standalone), 2)[0].level == "ok"
    found = check._locality(cluster_of(**standalone, **{"spark.locality.wait": "10min"}), 2)[0]
    assert (found.level, found.fix) == ("warning", "Start the session with spark.locality.wait=0s.")
    assert [check._seconds(text) for text in ("3s", "500ms", "2m", "250")] == [3, 0.5, 120, 0.25]


@pytest.mark.parametrize(
    ("master", "message"),
    [
        ("spark://host:7077", "spark.cores.max=4 and spark.executor.cores=1"),
        ("yarn", "spark.executor.instances=4 and spark.executor.cores=1"),
        ("local-cluster[2,1,1024]", "master local-cluster[4,1,1024]"),
    ],
)
def test_the_line_for_more_slots_is_the_masters(master, message, monkeypatch):
    monkeypatch.setattr(requirements.session, "wait_for_slots", lambda *_: 2)
    *_, slots = requirements.several_workers(cluster_of(**{"spark.master": master}), params.settings(), 4)
    assert message in str(slots)
    dynamic = cluster_of(**{"spark.master": master, "spark.dynamicAllocation.enabled": "true"})
    lines = "\n".join(map(str, requirements.several_workers(dynamic, params.settings(), 4)))
    assert "spark.dynamicAllocation.enabled=false" in lines


def test_auto_is_one_worker_per_executor_where_spark_tells(spark):
    def auto(session, **given):
        return planning.number_of_workers(session, params.settings(num_workers="auto", **given))

    assert auto(spark) == 1
    cluster = {"spark.master": "local-cluster[3,1,1024]"}
    assert auto(cluster_of(**cluster)) == 3
    assert auto(cluster_of(**cluster), shuffle=False) == 1
    assert auto(cluster_of(**cluster, **{"spark.dynamicAllocation.enabled": "true"})) == 1
    assert auto(cluster_of(**{"spark.master": "spark://behind-connect:7077"})) == 1


def test_an_error_is_raised_with_its_fix_and_the_rest_is_not():
    Finding("slots", "warning", "Few.").require()
    with pytest.raises(SetupError, match=r"^Too few\. Start more\.$"):
        Finding("slots", "error", "Too few.", "Start more.").require()


def test_sizes_are_said_in_words():
    assert [capacity.size(count) for count in (512, 3 * 2**20, 2**31)] == ["0.5 KiB", "3.0 MiB", "2.0 GiB"]
    assert np.isfinite(capacity._PROCESS_BYTES)


def test_the_question_to_workers_holds_plain_values(digits, monkeypatch):
    """A worker that lacks this package unpickles it, and says in one sentence what it lacks."""
    payloads = []
    portable = probe.tasks.portable
    monkeypatch.setattr(probe.tasks, "portable", lambda *call: payloads.append(call[2]) or portable(*call))
    assert probe.probe(digits.sparkSession, 1, "jax", 60, None)[0]["checkpoints"] is None
    assert [type(value) for value in payloads[0]] == [int, str, type(None), str]


def test_infinite_numbers_among_the_features_are_a_warning_with_their_count(spark):
    rows = [([0.5] * 63 + [last], 0) for last in (0.2, float("inf"), 0.3, float("-inf"))]
    df = spark.createDataFrame(rows, "features array<float>, label int")
    report = sparkeras.check(df, digits_model(), batch_size=2)
    assert report.ok
    (finding,) = [each for each in report.findings if "infinite" in each.message]
    assert finding.level == "warning"
    assert f"{finding.message} {finding.fix}" == (
        "Column 'features': infinite numbers in 2 row(s), of which most models make NaN. "
        "Replace them, or leave these rows out."
    )
