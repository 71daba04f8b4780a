"""Values that no training can be right with, each with the one sentence that it must give; arrays keep their axes."""

import keras
import numpy as np
import pytest

import sparkeras
from sparkeras.errors import InvalidColumnError
from tests.models import dense

COLUMN = InvalidColumnError

VALUES = [  # (SQL of one row, settings, words)
    (
        {"label": "array(1.0D, 2.0D)"},
        {},
        "Column 'label': rows have 2 labels, and the model's output .* gives 1",
    ),
    ({"label": "double('infinity')"}, {}, "Column 'label' holds inf; expected finite numbers. Mend or filter it"),
    ({"w": "-1.0D"}, {"weight": "w"}, "Column 'w' holds -1.0; expected weights of 0 or more"),
    ({"w": "double('infinity')"}, {"weight": "w"}, "Column 'w' holds inf; expected weights of 0 or more"),
    (
        {"features": "array(1700000000000L, 4L)"},
        {},
        r"Column 'features' holds the whole number 1700000000000; .*Hash or index ids, e\.g\. pmod\(hash\(id\), n\)",
    ),
    (
        {"features": "array(array(1D), array(2D), array(3D))"},
        {},
        r"Column 'features': rows have the shape \(3, 1\); the model's input .* takes \(2,\)",
    ),
    ({"label": "-6000000000L"}, {}, "Column 'label' holds the whole number -6000000000; models compute with"),
]


@pytest.mark.parametrize(("given", "settings", "words"), VALUES, ids=[str(case[0]) for case in VALUES])
def test_values_that_cannot_be_right_are_told(spark, given, settings, words):
    row = {"features": "array(1.0D, 2.0D)", "label": "1.0D"} | given
    data = spark.range(3).selectExpr(*(f"{value} AS {name}" for name, value in row.items()))
    with pytest.raises(COLUMN, match=words):
        sparkeras.fit(dense(), data, **settings)


def test_a_prediction_that_fails_says_our_sentence_alone(spark):
    data = spark.range(3).selectExpr("array(1D, 2D, 3D) AS features")
    with pytest.raises(Exception, match="rows have 3 numbers; the model's input") as raised:
        sparkeras.predict(dense(), data).collect()
    assert "Traceback" not in str(raised.value)
    assert len(str(raised.value).strip().splitlines()) < 4


@pytest.mark.thorough
def test_arrays_keep_their_axes():
    """Rows of arrays are not flat rows: windows of (features, steps) are not those of (steps, features)."""
    model = keras.Sequential([keras.Input((6, 2)), keras.layers.LSTM(2), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.random.default_rng(0).random((8, 6, 2))
    with pytest.warns(UserWarning, match="became a Spark DataFrame"):
        made = sparkeras.predict(model, x)
    got = np.array([row[0] for row in made.select("prediction").collect()])
    np.testing.assert_allclose(np.sort(got), np.sort(model.predict(x, verbose=0)[:, 0]), rtol=1e-5)
    with pytest.raises(COLUMN, match=r"rows have the shape \(2, 6\).*transpose"), pytest.warns(match="became"):
        sparkeras.fit(model, x.transpose(0, 2, 1), np.zeros(8))
