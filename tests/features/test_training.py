"""A model trains, is evaluated and predicts on raw columns by a column spec, on each way with the same arrays."""

import keras
import numpy as np
import pyarrow as pa
import pytest

import sparkeras
from sparkeras import features, zoo
from sparkeras.errors import InvalidColumnError
from tests.features.test_learning import ROWS, table


@pytest.fixture(scope="module")
def df(spark):
    return spark.createDataFrame(table()).coalesce(1).cache()


@pytest.fixture(scope="module")
def spec(df):
    return features.learn(df, label="label")


def small(spec, seed=0):
    keras.utils.set_random_seed(seed)
    inputs = features.inputs(spec)
    x = features.encoded(spec, inputs, width=2)
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def labels():
    return np.array([name == "yes" for name in table()["label"].to_pylist()], np.int32)


def test_columns_train_what_their_arrays_train(df, spec):
    model, plain = small(spec), small(spec)
    settings = {"epochs": 2, "batch_size": 50, "shuffle": False}
    history = sparkeras.fit(model, df, features=spec, verbose=0, **settings)
    expected = plain.fit(spec.encode(table()), labels(), verbose=0, **settings)
    for one, two in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)
    np.testing.assert_allclose(history.history["loss"], expected.history["loss"], rtol=1e-4)
    assert history.training.rows == ROWS
    figures = sparkeras.evaluate(model, df, features=spec)
    np.testing.assert_allclose(figures["loss"], model.evaluate(spec.encode(table()), labels(), verbose=0)[0], rtol=1e-4)


def test_several_workers_train_on_columns(df, spec):
    model = small(spec)
    history = sparkeras.fit(model, df, features=spec, num_workers=2, batch_size=50, verbose=0)
    assert history.training.rows == ROWS


@pytest.mark.parametrize("workers", [1, 2])
def test_numbers_alone_train_as_one_named_input(df, workers):
    spec = features.learn(df, label="label", columns=["size", "written"])
    model = small(spec)
    assert list(model.input) == ["numbers"]
    history = sparkeras.fit(model, df, features=spec, num_workers=workers, batch_size=50, validation=0.2, verbose=0)
    assert history.history["val_loss"]
    assert sparkeras.evaluate(model, df, features=spec)["loss"] > 0


def test_predictions_are_those_of_the_encoded_arrays(df, spec):
    model = small(spec)
    predicted = sparkeras.predict(model, df, features=spec).select("prediction").toArrow()["prediction"]
    expected = model.predict(spec.encode(table()), verbose=0)
    np.testing.assert_allclose(np.stack(predicted.to_pylist()), expected, rtol=1e-5)


def test_the_zoos_model_for_tables_learns_and_is_plain_keras(df, spec, tmp_path):
    keras.utils.set_random_seed(0)
    model = zoo.build("tabular", (1,), 2, table=features.table(spec), steps=120)
    history = sparkeras.fit(model, df, features=spec, epochs=20, batch_size=50, verbose=0)
    assert history.history["accuracy"][-1] > 0.9
    model.save(tmp_path / "model.keras")
    opened = keras.saving.load_model(tmp_path / "model.keras")  # safe mode, nothing of ours registered
    encoded = spec.encode(table())
    np.testing.assert_array_equal(opened.predict(encoded, verbose=0), model.predict(encoded, verbose=0))
    assert not any(type(layer).__module__.startswith("sparkeras") for layer in opened.layers)


def test_networks_in_one_train_on_several_workers_as_on_one(df, spec):
    weights = []
    for workers in (1, 2):
        keras.utils.set_random_seed(0)
        model = zoo.build("tabm", (1,), 2, table=features.table(spec), members=3)
        for layer in model.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
        model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        settings = {"num_workers": workers, "batch_size": ROWS, "epochs": 2, "verbose": 0}
        sparkeras.fit(model, df, features=spec, **settings)
        weights.append(model.get_weights())
    for one, two in zip(*weights, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-5)


def changed(spark, **columns):
    changed = table().slice(0, 6)
    for name, values in columns.items():
        place = changed.column_names.index(name)
        changed = changed.remove_column(place)
        changed = changed if values is None else changed.append_column(name, pa.array(values))
    return spark.createDataFrame(changed).coalesce(1)


AT_ONCE = [
    ({"city": None}, "Column 'city' is missing, and the model was trained with it; the DataFrame has 'size'"),
    ({"size": [[1.0]] * 6}, "Column 'size' is array<double>, and the model was trained with it as a number"),
    ({"pair": [1.0] * 6}, "Column 'pair' is double, and the model was trained with it as a vector"),
]
IN_ROWS = [
    (
        {"written": ["1", "2", "x", "4", "y", "6"]},
        r"'written' holds 'x' \(2 of 6 rows of one batch\).* as a number.*skip",
    ),
    ({"day": ["2020-01-01"] * 5 + ["soon"]}, r"'day' holds 'soon' \(1 of 6 rows of one batch\).* as a date"),
    (
        {"pair": [[1.0, 2.0]] * 5 + [None]},
        "'pair' has no value in 1 of 6 rows of one batch; in training each row had one",
    ),
]


@pytest.mark.parametrize(("columns", "words"), AT_ONCE)
def test_other_columns_are_refused_before_any_job(spark, spec, columns, words):
    with pytest.raises(InvalidColumnError, match=words):
        sparkeras.predict(small(spec), changed(spark, **columns), features=spec)


@pytest.mark.parametrize(("columns", "words"), IN_ROWS)
def test_rows_that_cannot_be_encoded_are_refused_or_left_out(spark, spec, columns, words):
    model, rows = small(spec), changed(spark, **columns)
    with pytest.raises(Exception, match=words):
        sparkeras.predict(model, rows, features=spec).collect()
    with pytest.raises(InvalidColumnError, match=words):
        sparkeras.fit(model, rows, features=spec, verbose=0)
    left = sparkeras.predict(model, rows, features=spec, handle_invalid="skip").count()
    assert left == 6 - int(words.split(" of 6")[0][-1])


def test_values_that_training_had_not_are_predicted(spark, spec):
    rows = changed(spark, city=["Paris", None, "Oslo", "NA", " Oslo ", "oslo"], size=[None, 1, 2, 3, 4, 5])
    assert sparkeras.predict(small(spec), rows, features=spec).count() == 6


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            ["no", "yes", "maybe", "no", "no", "no"],
            r"the label 'maybe' \(1 of 6 rows of one batch\), which is none of 'no'",
        ),
        (["no", None, "yes", "no", "no", "no"], "the label, is missing in 1 of 6 rows"),
    ],
)
def test_labels_that_training_had_not_are_refused_or_left_out(spark, spec, values, words):
    with pytest.raises(InvalidColumnError, match=words):
        sparkeras.evaluate(small(spec), changed(spark, label=values), features=spec)
    assert sparkeras.evaluate(small(spec), changed(spark, label=values), features=spec, handle_invalid="skip")


def test_a_model_with_other_inputs_is_told_what_the_spec_makes(df, spec):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    with pytest.raises(InvalidColumnError, match=r"make the inputs 'numbers' \(\d+,\), 'ids' \(2,\), 'note'"):
        sparkeras.predict(model, df, features=spec)
