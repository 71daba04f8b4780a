"""Whoever gives an argument by Keras' own name is told what it is called here, never by a bare TypeError."""

import inspect

import keras
import pytest

import sparkeras
from sparkeras import KerasEstimator, KerasRegressor
from sparkeras.engine.params import settings
from sparkeras.errors import InvalidModelError, InvalidParamError

PAIRS = [("fit", keras.Model.fit), ("evaluate", keras.Model.evaluate), ("predict", keras.Model.predict)]
FOREIGN = [
    (ours, name)
    for ours, theirs in PAIRS
    for name in inspect.signature(theirs).parameters
    if name not in {"self", "kwargs", *inspect.signature(getattr(sparkeras, ours)).parameters}
]


def line():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize(("ours", "name"), FOREIGN)
def test_each_argument_of_keras_that_is_another_here_is_explained(ours, name):
    with pytest.raises(InvalidParamError) as raised:
        getattr(sparkeras, ours)(line(), None, **{name: 1})
    start, has, _ = str(raised.value).partition(" It has: model, df")
    assert start.startswith(f"{ours} has no argument {name!r}. ")
    assert start.endswith(".")
    assert len(start) > len(f"{ours} has no argument {name!r}. ")
    assert has


SAID = [
    ("validation_data", r"boolean column of the same DataFrame: validation='column'\."),
    ("validation_split", r"held out by validation=0\.2\."),
    ("initial_epoch", "goes on from the model's weights and optimizer"),
    ("batchSize", "It is called 'batch_size' here"),
    ("validationFraction", "It is called 'validation' here"),
    ("nonsense", r"'nonsense'\. It has: model, df, y, features"),
]


@pytest.mark.parametrize(("name", "words"), SAID)
def test_fit_says_what_it_is_called(name, words):
    with pytest.raises(InvalidParamError, match=words):
        sparkeras.fit(line(), None, **{name: 1})


def test_the_signature_stays_and_the_rows_may_be_named_as_here():
    assert list(inspect.signature(sparkeras.fit).parameters)[:3] == ["model", "df", "y"]
    assert sparkeras.fit.__doc__.startswith("Train a compiled Keras model")
    assert "Unknown setting 'epoch'" in str(sparkeras.check(None, line(), epoch=3))
    assert "It is called 'batch_size' here" in str(sparkeras.check(None, line(), batchSize=3))


STAGE = [
    ("validation_data", "validationIndicatorCol='column'"),
    ("validation_split", "validationFraction=0.2"),
    ("batch_size", "It is called 'batchSize' here"),
    ("sample_weight", "weightCol='column'"),
]


@pytest.mark.parametrize(("name", "words"), STAGE)
def test_a_stage_says_which_param_it_is(name, words):
    with pytest.raises(InvalidParamError, match=words):
        KerasRegressor(model=line(), **{name: 1})


def test_settings_of_a_search_are_explained_too():
    with pytest.raises(InvalidParamError, match=r"Unknown setting 'validation_split'; .* held out by validation=0\.2"):
        settings(validation_split=0.2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, r"got None\. A function that builds a model must return it: does it end with 'return model'"),
        (line, r"got builtins\.function\. Call it, and give the model that it makes: line\(\.\.\.\)"),
        (keras.Sequential, r"Call it, and give the model that it makes: Sequential"),
        ("mlp", "Models of tf_keras and Keras 2 must be rebuilt"),
    ],
)
def test_what_is_no_model_is_told_from_a_model_of_another_keras(given, words):
    for call in (sparkeras.fit, sparkeras.predict):
        with pytest.raises(InvalidModelError, match=words):
            call(given, None)


def test_a_function_that_returns_no_model_is_told(spark):
    df = spark.createDataFrame([([1.0, 2.0], 1.0)], "features array<double>, label double")
    with pytest.raises(InvalidModelError, match="got None.*must return it"):
        KerasEstimator(modelFn=lambda: None).fit(df)
    assert "must return it" in str(sparkeras.check(df, None))
