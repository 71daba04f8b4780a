"""The Keras habit on real Spark: the same result as plain Keras, in place, and clear words when it cannot be."""

import time

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras import datasets
from sparkeras.engine.shards import row_keys, row_order
from sparkeras.errors import InvalidColumnError, InvalidModelError, InvalidParamError
from tests.models import Tutorial, custom_model, digits_model


@pytest.fixture(scope="module")
def digits(spark):
    train, test = datasets.load("digits", spark)
    return train.cache(), test.cache()


class Collector(keras.callbacks.Callback):
    """Write a file with a relative path, and remember things."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def on_epoch_end(self, epoch, logs=None):
        self.seen.append((epoch, sorted(logs)))
        with open("seen.txt", "a") as file:
            file.write(f"{epoch}\n")


def weights_of(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def plain_weights(epochs, batch_size, seed):
    """Return the weights that plain Keras reaches over the batches that the seeded order names."""
    arrays = datasets.load_arrays("digits")
    x = arrays.x_train.reshape(-1, 64).astype(np.int16)
    y = arrays.y_train.astype(np.int32)
    order = np.argsort(row_keys([x, y]), kind="stable")
    model = digits_model()
    for epoch in range(epochs):
        rows = order[row_order(len(order), seed, epoch)]
        for first in range(0, len(rows), batch_size):
            chosen = rows[first : first + batch_size]
            model.train_on_batch(x[chosen], y[chosen])
    return weights_of(model)


def test_fit_trains_in_place_as_plain_keras_does_and_continues(digits, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, collector = digits_model(), Collector()
    history = sparkeras.fit(model, digits[0], epochs=2, batch_size=100, seed=3, callbacks=[collector])
    np.testing.assert_allclose(weights_of(model), plain_weights(2, 100, 3), rtol=1e-4, atol=1e-5)
    assert isinstance(history, keras.callbacks.History)
    assert set(history.history) == {"loss", "accuracy"}
    assert len(history.history["loss"]) == len(history.training.seconds) == 2
    assert history.training.steps == 15  # 1,437 rows in batches of 100
    assert collector.seen == [(0, ["accuracy", "loss"]), (1, ["accuracy", "loss"])]
    assert (tmp_path / "seen.txt").read_text() == "0\n1\n"
    sparkeras.fit(model, digits[0], epochs=1, batch_size=100)
    assert int(model.optimizer.iterations.value) == 45


@pytest.mark.thorough
def test_the_same_seed_gives_the_same_weights_whatever_the_partitions(digits):
    first, second = digits_model(), digits_model()
    sparkeras.fit(first, digits[0], epochs=1)
    sparkeras.fit(second, digits[0].repartition(7), epochs=1)
    np.testing.assert_array_equal(weights_of(first), weights_of(second))


def test_evaluate_equals_keras_own(digits):
    model, arrays = digits_model(), datasets.load_arrays("digits")
    rows = digits[1].withColumnRenamed("features", "the.features")
    figures = sparkeras.evaluate(model, rows, features="the.features")
    plain = model.evaluate(arrays.x_test.reshape(-1, 64), arrays.y_test, verbose=0, return_dict=True)
    assert figures == pytest.approx(plain, rel=1e-5)


def test_predict_keeps_all_columns_and_agrees_with_keras(digits):
    model = digits_model()
    rows = digits[1].selectExpr("features AS `the.features`", "label", "'kept' AS `a word.`").repartition(3)
    said = sparkeras.predict(model, rows, features="the.features")
    assert said.columns == ["the.features", "label", "a word.", "prediction"]
    assert said.schema["prediction"].dataType.simpleString() == "array<float>"
    collected = said.collect()
    x = np.array([row["the.features"] for row in collected])
    expected = model.predict(x, verbose=0)
    np.testing.assert_allclose([row.prediction for row in collected], expected, rtol=1e-5, atol=1e-6)


def test_code_of_the_users_own_module_travels(spark):
    random = np.random.default_rng(0)
    x, y = random.random((64, 4)).astype(np.float32), random.random((64, 3)).astype(np.float32)
    frame = datasets.frame_from_arrays(spark, x, y)
    model = custom_model()
    names = model.output_names
    history = sparkeras.fit(model, frame, label=dict.fromkeys(names, "label"), epochs=3, batch_size=16)
    assert history.history["loss"][-1] < history.history["loss"][0]
    said = sparkeras.predict(model, frame)
    assert said.columns == ["features", "label", "prediction_first", "prediction_second"]
    row = said.first()
    expected = model.predict(np.array([row.features]), verbose=0)
    np.testing.assert_allclose(row.prediction_first, expected[0][0], rtol=1e-4, atol=1e-5)


def test_a_subclassed_model_of_a_tutorial_is_built_trained_and_scored(digits):
    keras.utils.set_random_seed(0)
    model = Tutorial()
    model.compile("adam", "sparse_categorical_crossentropy")
    sparkeras.fit(model, digits[0], epochs=1)
    assert (model.built, int(model.optimizer.iterations.value)) == (True, 12)
    sparkeras.fit(model, digits[0], epochs=1, shuffle=False)
    assert int(model.optimizer.iterations.value) == 24
    row = sparkeras.predict(model, digits[1]).first()
    expected = model.predict(np.array([row.features]), verbose=0)[0]
    np.testing.assert_allclose(row.prediction, expected, rtol=1e-4, atol=1e-5)


def test_row_and_class_weights_equal_keras_own(digits, spark):
    arrays = datasets.load_arrays("digits")
    x, y = arrays.x_train.reshape(-1, 64).astype(np.int16)[:64], arrays.y_train[:64]
    weights = np.linspace(0.1, 2, 64).astype(np.float32)
    frame = datasets.frame_from_arrays(spark, x, y)
    import pyarrow as pa

    frame = spark.createDataFrame(frame.toArrow().append_column("w", pa.array(weights)))
    ours = digits_model(optimizer="sgd")
    sparkeras.fit(ours, frame, weight="w", class_weight={3: 5.0}, epochs=1, batch_size=64)
    plain = digits_model(optimizer="sgd")
    plain.train_on_batch(x, y, sample_weight=weights * np.where(y == 3, 5.0, 1.0).astype(np.float32))
    np.testing.assert_allclose(weights_of(ours), weights_of(plain), rtol=1e-4, atol=1e-6)


def test_validation_by_fraction_and_by_column(digits):
    import pyspark.sql.functions as F

    history = sparkeras.fit(digits_model(), digits[0], epochs=1, validation=0.25)
    assert history.training.rows == 1437 - 359
    assert "val_accuracy" in history.history
    marked = digits[0].withColumn("held_out", F.col("label") == 9)
    history = sparkeras.fit(digits_model(), marked, epochs=1, validation="held_out")
    assert history.training.rows == digits[0].filter("label != 9").count()
    assert history.history["val_accuracy"][0] < 0.05  # a class that training never saw


def test_arrays_and_pandas_frames_are_taken_and_said_once(spark):
    arrays = datasets.load_arrays("digits")
    model = keras.Sequential([keras.layers.Rescaling(1 / 16), keras.layers.Flatten(), keras.layers.Dense(10)])
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    with pytest.warns(UserWarning, match="The arrays became a Spark DataFrame") as caught:
        sparkeras.fit(model, arrays.x_train.reshape(-1, 64), arrays.y_train, epochs=1)
    assert len([each for each in caught if "Spark DataFrame" in str(each.message)]) == 1
    assert model.built  # it was not before
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [0.0, 1.0, 2.0, 3.0], "label": [1.0, 3.0, 5.0, 7.0]})
    line = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    line.compile(keras.optimizers.SGD(0.05), "mse")
    with pytest.warns(UserWarning, match="The pandas frame became"):
        history = sparkeras.fit(line, table, features="a", epochs=20, batch_size=4)
    assert history.history["loss"][-1] < history.history["loss"][0]


BEFORE_ANY_JOB = [
    ({"model": keras.Sequential([keras.Input((64,)), keras.layers.Dense(1)])}, InvalidModelError, "not compiled"),
    ({"features": "nosuch"}, InvalidColumnError, "Column 'nosuch' is not in the DataFrame"),
    ({"label": "name"}, InvalidColumnError, "Column 'name' is string"),
    ({"model": digits_model(loss="categorical_crossentropy")}, InvalidModelError, "takes one-hot labels"),
    ({"validation": [1]}, InvalidParamError, "or the name of a boolean column .*; got list"),
    ({"epochs": 0}, InvalidParamError, "'epochs' must be a whole number of 1 or more; got 0"),
    ({"batch_size": 2.5}, InvalidParamError, "'batch_size' must be a whole number"),
    (
        {"verbose": "yes"},
        InvalidParamError,
        "'verbose' must be True, False, None, or Keras' 0, 1, 2 or 'auto'",
    ),
    ({"checkpoint_dir": "/proc/no"}, InvalidParamError, "The checkpoint directory '/proc/no' cannot be written"),
    ({"validation": 1.5}, InvalidParamError, "between 0 and 1; got 1.5"),
    ({"class_weight": {"a": 1}}, InvalidParamError, "Class weights name 'a', and the labels are numbers"),
    ({"class_weight": {1: "much"}}, InvalidParamError, "must be {class: weight} with weights of 0 or more"),
    ({"handle_invalid": "keep"}, InvalidParamError, "'handle_invalid' must be 'error' or 'skip'; got 'keep'"),
    ({"callbacks": ["early"]}, InvalidParamError, "list of keras.callbacks.Callback"),
    ({"y": [1]}, InvalidColumnError, "give label=... instead of y"),
]


@pytest.mark.parametrize(("wrong", "error", "words"), BEFORE_ANY_JOB, ids=lambda value: str(value)[:30])
def test_what_cannot_work_is_said_before_any_job(wrong, error, words, digits):
    rows = digits[0].selectExpr("*", "'word' AS name")
    arguments = {"model": digits_model(), "df": rows} | wrong
    began = time.monotonic()
    with pytest.raises(error, match=words):
        sparkeras.fit(**arguments)
    assert time.monotonic() - began < 3


IN_THE_ROWS = [
    ("label + 5 AS label", "features", "holds the label 1[0-4]; the model's output takes whole numbers from 0 to 9"),
    (
        "label",
        "transform(features, n -> if(n > 15, null, n)) AS features",
        r"Null, NaN or broken image found in column 'features'",
    ),
    ("label", "slice(features, 1, 60) AS features", "rows have 60 numbers; the model's input .* takes 64"),
]


@pytest.mark.parametrize(("label", "features", "words"), IN_THE_ROWS)
def test_rows_that_do_not_fit_are_described(label, features, words, digits):
    with pytest.raises(InvalidColumnError, match=words):
        sparkeras.fit(digits_model(), digits[0].selectExpr(label, features), epochs=1)


def test_an_empty_dataframe_is_said_to_be_empty(digits):
    with pytest.raises(InvalidColumnError, match="The DataFrame has no row"):
        sparkeras.fit(digits_model(), digits[0].filter("label > 100"), epochs=1)
