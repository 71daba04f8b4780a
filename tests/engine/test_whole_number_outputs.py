"""Whole numbers and booleans that a model gives come back as such, to the last digit."""

import keras
import numpy as np
import pytest

import sparkeras

FUNCTIONS = {
    "same": lambda x: x,
    "argmax": lambda x: keras.ops.argmax(x, axis=-1),
    "boolean": lambda x: x[:, :1] > 0.5,
    "vector of int8": lambda x: keras.ops.cast(x, "int8"),
    "bfloat16": lambda x: keras.ops.cast(x[:, :1], "bfloat16"),
    "float32": lambda x: x[:, 2:],
}


class Apply(keras.layers.Layer):
    """One of the functions above."""

    def __init__(self, function, **settings):
        super().__init__(**settings)
        self.function = function

    def call(self, x):
        return FUNCTIONS[self.function](x)


class ArgMax(keras.Model):
    """A subclassed model that says the class itself."""

    def call(self, x):
        return keras.ops.argmax(x, axis=-1)


def model_of(function, shape=(1,), dtype="int64"):
    inputs = keras.Input(shape, dtype=dtype)
    return keras.Model(inputs, Apply(function)(inputs))


@pytest.fixture(scope="module")
def rows(spark):
    """Ids that no float32 tells apart, and three numbers each."""
    values = [(16_777_217 + i, [float(i == 0), float(i == 1), float(i == 2)]) for i in range(3)]
    return spark.createDataFrame(values, "id bigint, numbers array<float>")


@pytest.mark.thorough
def test_ids_come_back_to_the_last_digit(rows):
    scored = sparkeras.predict(model_of("same"), rows, features="id")
    assert dict(scored.dtypes)["prediction"] == (
        "int" if keras.backend.backend() == "jax" else "bigint"
    )  # no 64 bits there
    assert all(row.prediction == row.id for row in scored.collect())


@pytest.mark.parametrize(
    ("function", "kind", "expected"),
    [
        ("argmax", "int", [0, 1, 2]),
        ("boolean", "boolean", [True, False, False]),
        ("vector of int8", "array<int>", [[1, 0, 0], [0, 1, 0], [0, 0, 1]]),
        ("bfloat16", "float", [1.0, 0.0, 0.0]),
        ("float32", "float", [0.0, 0.0, 1.0]),
    ],
)
def test_an_output_keeps_its_kind(function, kind, expected, rows):
    scored = sparkeras.predict(model_of(function, (3,), "float32"), rows, features="numbers")
    assert dict(scored.dtypes)["prediction"] == kind
    assert [row.prediction for row in scored.orderBy("id").collect()] == expected


def test_each_of_several_outputs_has_its_own_kind(rows):
    inputs = keras.Input((3,))
    label, last = Apply("argmax", name="label")(inputs), Apply("float32", name="last")(inputs)
    scored = sparkeras.predict(keras.Model(inputs, {"label": label, "last": last}), rows, features="numbers")
    assert dict(scored.dtypes)["prediction_label"] == "int"
    assert dict(scored.dtypes)["prediction_last"] == "float"


def test_a_subclassed_model_that_gives_classes_gives_whole_numbers(rows):
    model = ArgMax()
    model(np.zeros((1, 3), np.float32))
    scored = sparkeras.predict(model, rows, features="numbers")
    assert dict(scored.dtypes)["prediction"] == "int"
    assert sorted(row.prediction for row in scored.collect()) == [0, 1, 2]


@pytest.mark.thorough
def test_whole_numbers_that_a_layer_declares_as_floats_are_refused_where_a_float_would_change_them(rows):
    inputs = keras.Input((1,), dtype="int64")
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x, output_shape=(1,))(inputs))
    with pytest.raises(Exception, match="'prediction' holds whole numbers beyond 16,777,216 and the model"):
        sparkeras.predict(model, rows, features="id").collect()
    small = rows.selectExpr("id - 16777216 AS id")
    assert {row.prediction for row in sparkeras.predict(model, small, features="id").collect()} == {1.0, 2.0, 3.0}
