"""Several workers over real Spark: barrier stage, rendezvous, callbacks on the right rank, and clear ends."""

import csv
import threading
import time

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError, SetupError, TrainingError
from tests.engine.spark_job.faults import Does, kill_me, seconds_since
from tests.models import digits_model, weights_of
from tests.places import training_processes


def test_two_workers_use_every_row_and_give_the_same_weights_again(digits, spark):
    import pyspark.sql.functions as F

    # All rows in one of five partitions, the others empty.
    skewed = digits.repartition(5, F.lit(1))
    first, second = digits_model(), digits_model()
    history = sparkeras.fit(first, skewed, epochs=2, batch_size=100, num_workers=2, seed=5)
    sparkeras.fit(second, skewed, epochs=2, batch_size=100, num_workers=2, seed=5)
    np.testing.assert_array_equal(weights_of(first), weights_of(second))
    assert (history.training.rows, history.training.steps) == (1437, 15)
    assert int(first.optimizer.iterations.value) == 30
    assert training_processes() == []


@pytest.mark.thorough
def test_callbacks_decide_alike_and_write_once(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    callbacks = [
        keras.callbacks.CSVLogger("log.csv"),
        keras.callbacks.ModelCheckpoint("best.keras", save_best_only=True),
        keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=0, min_delta=100),
        keras.callbacks.EarlyStopping(patience=1, min_delta=100),
        keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch == 1 else rate),
    ]
    model = digits_model()
    history = sparkeras.fit(model, digits, epochs=9, num_workers=2, validation=0.2, callbacks=callbacks)
    assert len(history.history["val_loss"]) == 2  # nothing gets better by 100
    lines = list(csv.DictReader((tmp_path / "log.csv").read_text().splitlines()))
    assert [float(line["val_loss"]) for line in lines] == pytest.approx(history.history["val_loss"])
    assert keras.saving.load_model(tmp_path / "best.keras").count_params() == model.count_params()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.keras", "log.csv"]


class StopsAlone(keras.callbacks.Callback):
    """Wants to stop in the middle of an epoch, by the loss of a rank's own rows."""

    def on_train_batch_end(self, batch, logs=None):
        if batch == 1 and np.float32(logs["loss"]).view(np.int32) % 2:
            self.model.stop_training = True


@pytest.mark.thorough
def test_metrics_of_all_rows_validate_each_epoch_and_ranks_stop_together(digits):
    def model():
        made = digits_model()
        made.compile("adam", made.loss, metrics=[keras.metrics.MeanIoU(10, sparse_y_pred=False, name="iou")])
        return made

    one, two = (
        sparkeras.fit(model(), digits, epochs=3, batch_size=1437, num_workers=workers, validation=0.2)
        for workers in (1, 2)
    )
    assert list(two.history) == list(one.history)
    assert len(two.history["val_loss"]) == 3
    sparkeras.fit(digits_model(), digits, epochs=2, batch_size=64, num_workers=2, callbacks=[StopsAlone()])


def test_tensorboards_files_come_back_from_rank_0(digits, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard")
    pytest.importorskip("tensorflow", reason="Keras' TensorBoard callback writes by TensorFlow, on any backend")
    monkeypatch.chdir(tmp_path)
    callbacks = [keras.callbacks.TensorBoard("logs", write_graph=False)]
    sparkeras.fit(digits_model(), digits, epochs=2, num_workers=2, validation=0.2, callbacks=callbacks)
    assert sorted(path.parent.name for path in (tmp_path / "logs").rglob("events.*")) == ["train", "validation"]
    from tensorflow.compat.v1.train import summary_iterator

    (written,) = (tmp_path / "logs" / "train").iterdir()
    steps = [event.step for event in summary_iterator(str(written)) for value in event.summary.value]
    assert {0, 1} <= set(steps)


@pytest.mark.thorough
def test_a_killed_worker_is_named_within_seconds(digits, tmp_path):
    with pytest.raises(TrainingError, match=r"Rank \d on host \S+: The training process .* killed by signal SIGKILL"):
        sparkeras.fit(digits_model(), digits, epochs=2000, num_workers=2, callbacks=[Does(tmp_path / "when", kill_me)])
    assert seconds_since(tmp_path / "when") < 10
    assert training_processes() == []


@pytest.mark.slow
def test_a_callback_may_hold_rank_0_for_longer_than_gloos_30_seconds(digits, tmp_path):
    holds = Does(tmp_path / "when", lambda: time.sleep(45), by=0, epoch=1)
    history = sparkeras.fit(digits_model(), digits, epochs=2, num_workers=2, callbacks=[holds])
    assert len(history.training.seconds) == 2
    assert seconds_since(tmp_path / "when") > 45


def test_rows_that_one_rank_cannot_use_are_told_by_that_rank(digits):
    bad = digits.selectExpr("features", "if(label = 3 and rand(1) < 0.02, label + 90, label) AS label")
    with pytest.raises(InvalidColumnError, match="holds the label 93"):
        sparkeras.fit(digits_model(), bad, epochs=1, num_workers=2)
    with pytest.raises(InvalidColumnError, match="The DataFrame has no row"):
        sparkeras.fit(digits_model(), digits.filter("label > 100"), epochs=1, num_workers=2)


def test_what_several_workers_cannot_do_is_said_before_any_job(digits):
    began = time.monotonic()
    with pytest.raises(SetupError, match=r"3 workers need as many task slots .* has 2 \(local\[2\]\).*local\[3\]"):
        sparkeras.fit(digits_model(), digits, num_workers=3)
    with pytest.raises(InvalidParamError, match="can be kept by one worker only"):
        sparkeras.fit(digits_model(), digits, num_workers=2, shuffle=False)
    with pytest.raises(InvalidParamError, match="'num_workers' must be a whole number of 1 or more, or 'auto'; got 0"):
        sparkeras.fit(digits_model(), digits, num_workers=0)
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])
    model.compile("sgd", keras.losses.MeanSquaredError(reduction=None))
    with pytest.raises(InvalidModelError, match="'mean_squared_error' has reduction=None and gives a number per row"):
        sparkeras.fit(model, digits, num_workers=2)
    model = keras.Sequential([keras.Input(batch_shape=(8, 64)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(InvalidModelError, match=r"built for batches of 8 rows .*several workers cannot share"):
        sparkeras.fit(model, digits, batch_size=8, num_workers=2)
    assert time.monotonic() - began < 5


class LessTheMean(keras.layers.Layer):
    """Rows less their mean over the batch: what it gives for a row depends on the others."""

    def call(self, x):
        return x - keras.ops.mean(x, axis=0, keepdims=True)


@pytest.mark.thorough
def test_a_model_that_several_workers_cannot_train_as_one_is_refused_in_the_first_step(digits):
    model = keras.Sequential([keras.Input((64,)), LessTheMean(), keras.layers.Dense(10)])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    before = weights_of(model)
    words = r"2 workers would not train the same .*\(loss 'sparse_cat.*differs by .*%.*Set num_workers=1; check_exact=F"
    with pytest.raises(TrainingError, match=words):
        sparkeras.fit(model, digits, epochs=1, num_workers=2)
    np.testing.assert_array_equal(weights_of(model), before)
    assert sparkeras.fit(model, digits, epochs=1, num_workers=2, check_exact=False).history["loss"]


@pytest.mark.classic
@pytest.mark.thorough
def test_a_cancelled_job_ends_all_workers(digits, spark):
    threading.Timer(8, spark.sparkContext.cancelAllJobs).start()
    with pytest.raises(TrainingError, match="cancelled"):
        sparkeras.fit(digits_model(), digits, epochs=100_000, num_workers=2)
    deadline = time.monotonic() + 10
    while training_processes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert training_processes() == []
