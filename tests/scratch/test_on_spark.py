"""The same network with its rows divided among Spark's tasks."""

import os

import numpy as np
import pytest

from sparkeras.scratch.building import build
from sparkeras.scratch.on_spark import Blocks, by_averages
from sparkeras.scratch.optimizers import Adam, BoldDriver
from sparkeras.scratch.training import Arrays, Plan, fit

# RDDs and broadcasts are classic Spark's own.
pytestmark = pytest.mark.classic

RNG = np.random.default_rng(0)
ROWS = 300
T = np.eye(3, dtype="float32")[RNG.integers(0, 3, ROWS)]
X = (T @ RNG.normal(size=(3, 4)) + RNG.normal(0, 0.3, (ROWS, 4))).astype("float32")


@pytest.fixture(scope="module")
def frame(spark):
    return spark.createDataFrame(
        [(x.tolist(), t.tolist()) for x, t in zip(X, T, strict=True)], "features array<float>, label array<float>"
    )


@pytest.fixture(scope="module", params=[1, 2, 5])
def blocks(request, frame):
    with Blocks(frame, partitions=request.param) as made:
        yield made


@pytest.mark.parametrize("plan", [Plan(fraction=0.7), Plan(batch_size=100), Plan()], ids=["sample", "batches", "all"])
def test_any_number_of_partitions_trains_what_arrays_train(blocks, plan):
    here, there = (build([4, 6, 3], "tanh", "softmax", dropout=0.2) for _ in range(2))
    expected = fit(here, BoldDriver(), Arrays(X, T), 3, plan)
    history = fit(there, BoldDriver(), blocks, 3, plan)
    np.testing.assert_allclose(history["cost"], expected["cost"], rtol=1e-5)
    np.testing.assert_allclose(history["accuracy"], expected["accuracy"], rtol=1e-9)
    for w, same in zip(there.weights, here.weights, strict=True):
        np.testing.assert_allclose(w, same, rtol=1e-4, atol=1e-6)


def test_averaged_blocks_learn_too(blocks):
    network = build([4, 6, 3])
    history = fit(network, Adam(0.02), blocks, 5, Plan(batch_size=20), way=by_averages)
    assert history["accuracy"][-1] > 0.9
    assert network.weights[0].dtype == np.float32
    assert (network.forward(X).argmax(1) == T.argmax(1)).mean() > 0.9


def test_one_block_alone_is_averaged_with_nobody(frame):
    with Blocks(frame, partitions=1) as blocks:
        network, alone = build([4, 6, 3]), build([4, 6, 3])
        fit(network, Adam(0.02), blocks, 1, Plan(batch_size=20, seed=3), way=by_averages)
        fit(alone, Adam(0.02), Arrays(X, T), 1, Plan(batch_size=20, seed=(3, 0, 0)))
        np.testing.assert_allclose(network.weights[0], alone.weights[0], rtol=1e-5)


def test_a_block_without_a_drawn_row_has_no_say(frame):
    with Blocks(frame.limit(8), partitions=4) as blocks:
        history = fit(build([4, 3]), Adam(), blocks, 6, Plan(fraction=0.3), way=by_averages)
        assert np.isfinite(history["cost"]).all()
        with pytest.raises(ValueError, match=r"No row was drawn: 8 are too few for a fraction of 1e-09\."):
            fit(build([4, 3]), Adam(), blocks, 1, Plan(fraction=1e-9), way=by_averages)


def test_rows_are_read_once_and_their_files_are_removed(spark, frame):
    read = spark.sparkContext.accumulator(0)

    def counted(batches):
        for batch in batches:
            read.add(batch.num_rows)
            yield batch

    with Blocks(frame.mapInArrow(counted, frame.schema)) as blocks:
        folders = [handle.folder for handle in blocks._handles.collect()]
        assert all(os.path.isdir(folder) for folder in folders)
        fit(build([4, 3]), Adam(), blocks, 3)
        assert read.value == ROWS
    assert not any(os.path.exists(folder) for folder in folders)


def test_lost_files_are_written_again(frame):
    with Blocks(frame, partitions=2) as blocks:
        for handle in blocks._handles.collect():
            for name in "xt":
                os.remove(f"{handle.folder}/{name}")
        expected = fit(build([4, 3]), Adam(), Arrays(X, T), 2)
        np.testing.assert_allclose(fit(build([4, 3]), Adam(), blocks, 2)["cost"], expected["cost"], rtol=1e-5)


def test_plain_numbers_are_columns_too(spark):
    frame = spark.createDataFrame([(float(i), float(2 * i)) for i in range(10)], "x double, y double")
    with Blocks(frame, "x", "y") as blocks:
        assert (blocks.inputs, blocks.units, blocks.rows) == (1, 1, 10)


WRONG = {
    "no rows": ("SELECT array(1.0) AS features, 1.0 AS label WHERE 1 = 0", "got no rows"),
    "ragged": (
        "SELECT explode(array(array(1.0D), array(1.0D, 2.0D))) AS features, 1.0D AS label",
        r"Rows must have as many numbers each; got \['1', '2'\]",
    ),
    "null": ("SELECT array(1.0D, null) AS features, 1.0D AS label", "Rows must hold numbers; 1 are null"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rows_are_told(spark, name):
    sql, words = WRONG[name]
    with pytest.raises(ValueError, match=words):
        Blocks(spark.sql(sql))
