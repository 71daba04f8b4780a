"""Rows beyond ``max_shard_memory`` over real Spark: the same weights for the same rows, and as good as in memory."""

import keras
import numpy as np
import pyarrow as pa
import pyspark.sql.functions as F
import pytest

import sparkeras
from sparkeras import KerasClassifier, datasets
from sparkeras.engine import params
from sparkeras.engine.columns import Field
from sparkeras.engine.shards import Spool, open_shard
from sparkeras.errors import InvalidParamError
from tests.models import digits_model

SMALL = "64k"  # the digits' rows take 202 KB


@pytest.fixture(scope="module")
def digits(spark):
    train, test = datasets.load("digits", spark)
    return train.cache(), test.cache()


class Seen(keras.callbacks.Callback):
    """Tell from which file the training process reads: one that is open and has no name."""

    def on_train_begin(self, logs=None):
        import os

        links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
        sizes = [os.stat(link).st_size for link in links if os.path.islink(link) and "(deleted)" in os.readlink(link)]
        self.sizes = sorted(sizes)


def weights_of(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def plain_weights(folder, epochs, batch_size, seed):
    """Return the weights that plain Keras reaches over the batches of a shard that never went through Spark."""
    arrays = datasets.load_arrays("digits")
    x, y = arrays.x_train.reshape(-1, 64).astype(np.int16), arrays.y_train.astype(np.int32)
    spool = Spool([Field("x", "input", ("x",), (64,)), Field("y", "label", ("y",))], folder, {})
    spool.add(pa.record_batch({"x": pa.array(x.tolist(), pa.list_(pa.int16())), "y": pa.array(y)}))
    shard = open_shard(spool.file.fileno(), spool.close(), 64 * 1024, folder)
    rows, _ = shard.split(0, seed)
    reader, model = shard.reader(rows), digits_model()
    for epoch in range(epochs):
        reader.start(seed, epoch)
        for first in range(0, len(rows), batch_size):
            taken = reader.take(first, first + batch_size)
            model.train_on_batch(taken["input:x"], taken["label:y"])
    return weights_of(model)


@pytest.mark.slow
def test_the_same_rows_give_the_same_weights_in_whatever_order_they_come(digits, tmp_path):
    first, second, third, seen = digits_model(), digits_model(), digits_model(), Seen()
    common = {"epochs": 2, "batch_size": 100, "seed": 3, "max_shard_memory": SMALL}
    history = sparkeras.fit(first, digits[0], callbacks=[seen], **common)
    assert (history.training.rows, history.training.steps) == (1437, 15)
    assert seen.sizes[0] == 0  # the spool, emptied
    assert seen.sizes[-1] > 1437 * 64 * 2  # the rows in blocks
    sparkeras.fit(second, digits[0].repartition(7), **common)
    np.testing.assert_array_equal(weights_of(first), weights_of(second))
    np.testing.assert_allclose(weights_of(first), plain_weights(tmp_path, 2, 100, 3), rtol=1e-4, atol=1e-5)
    sparkeras.fit(third, digits[0], **common | {"seed": 4})
    assert not np.array_equal(weights_of(first), weights_of(third))


@pytest.mark.slow
def test_two_workers_use_every_row_and_give_the_same_weights_again(digits):
    models = digits_model(), digits_model()
    for model in models:
        history = sparkeras.fit(
            model, digits[0], epochs=2, batch_size=100, num_workers=2, validation=0.2, max_shard_memory="32k"
        )
        assert history.training.rows in (1437 - 287, 1437 - 288)  # each worker rounds its own fifth
        assert len(history.history["val_loss"]) == 2
    np.testing.assert_array_equal(*map(weights_of, models))


@pytest.mark.thorough
def test_training_from_disk_is_as_good_and_evaluating_gives_the_same_figures(digits):
    model = digits_model()
    sparkeras.fit(model, digits[0], epochs=20, batch_size=32, validation=0.1, max_shard_memory=SMALL)
    figures = sparkeras.evaluate(model, digits[1])
    assert figures["accuracy"] > 0.94
    assert sparkeras.evaluate(model, digits[1], max_shard_memory="8k") == pytest.approx(figures, rel=1e-5)


@pytest.mark.slow
def test_an_estimator_validates_by_a_column_and_keeps_the_order(digits):
    marked = digits[0].withColumn("held_out", F.col("label") == 9)
    estimator = KerasClassifier(
        model=digits_model(),
        epochs=1,
        maxShardMemory=SMALL,
        shuffle=False,
        validationIndicatorCol="held_out",
        classWeight={1: 2.0},
    )
    history = estimator.fit(marked).history
    assert history.rows == digits[0].filter("label != 9").count()
    assert history.by_name()["val_accuracy"][0] < 0.05  # a class that training never saw


def test_sizes_are_read_as_spark_writes_them():
    def size(value):
        return params.settings(max_shard_memory=value).max_shard_memory

    assert [size(each) for each in ("64k", "512m", "2G", "1gb", 4096)] == [2**16, 2**29, 2**31, 2**30, 4096]
    assert size("1 GiB") == 2**30
    assert params.settings().max_shard_memory == 2**30
    for wrong in ("1", "much", "-1g", "1.5g", 0, 2.5, True):
        with pytest.raises(InvalidParamError, match="'max_shard_memory' must be a size like '512m' or '4g', or a num"):
            size(wrong)
