"""Nulls and NaNs: refused with their count, or left out as ``handleInvalid`` says, in training and in scoring."""

import keras
import pytest
from pyspark.ml.linalg import Vectors

import sparkeras
from sparkeras import KerasRegressor
from sparkeras.errors import InvalidColumnError, InvalidParamError, SparkerasError


def line():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module")
def holed(spark):
    """Ten rows, of which four are whole."""
    nan, null = float("nan"), None
    rows = [(1.0, 2.0, 3.0)] * 4 + [(nan, 1.0, 1.0), (null, 1.0, 1.0), (1.0, 1.0, null)] + [(null, null, null)] * 3
    return spark.createDataFrame(rows, "a double, b double, y double").coalesce(1)


def regressor(**settings):
    return KerasRegressor(model=line(), featuresCols=["a", "b"], labelCol="y", epochs=1, **settings)


def test_refused_rows_are_counted_by_column(holed):
    words = r"columns 'a', 'b': 5 row\(s\); column 'y': 4 row\(s\).*dropna.*handle_invalid='skip'"
    with pytest.raises(InvalidColumnError, match=words):
        regressor().fit(holed)


def test_skipped_rows_are_left_out_of_training_and_counted(holed):
    fitted = regressor(handleInvalid="skip").fit(holed)
    assert (fitted.history.rows, fitted.history.skipped) == (4, 6)


@pytest.mark.slow
def test_scoring_skips_what_it_cannot_score(holed):
    scored = regressor(handleInvalid="skip").fit(holed).transform(holed)
    # A label may be missing: nobody needs it here.
    assert sorted(map(str, (row.y for row in scored.collect()))) == ["3.0"] * 4 + ["None"]
    whole = regressor().fit(holed.dropna())
    with pytest.raises(
        Exception, match=r"Null, NaN or broken image found in columns 'a', 'b': 5 row\(s\) of one batch"
    ):
        whole.transform(holed).collect()
    assert whole.setParams(handleInvalid="skip").transform(holed).count() == 5
    assert sparkeras.predict(whole.keras_model, holed, features=["a", "b"], handle_invalid="skip").count() == 5


@pytest.mark.slow
def test_vectors_with_holes_are_skipped_too(spark):
    rows = [(Vectors.dense(1.0, 2.0), 1.0), (None, 1.0), (Vectors.dense(1.0, float("nan")), 1.0)]
    frame = spark.createDataFrame(rows, ["features", "label"])
    fitted = KerasRegressor(model=line(), epochs=1, handleInvalid="skip").fit(frame)
    assert fitted.history.skipped == 2
    assert fitted.transform(frame).count() == 1


def test_nothing_left_says_why(holed):
    with pytest.raises(SparkerasError, match="no row but 3 with a null or NaN, which handle_invalid='skip' leaves out"):
        regressor(handleInvalid="skip").fit(holed.where("a is null and b is null"))
    with pytest.raises(InvalidParamError, match="'handleInvalid' must be 'error' or 'skip'; got 'keep'"):
        regressor(handleInvalid="keep")
