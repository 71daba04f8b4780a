"""Wrong settings, each with the one sentence that it must give when the stage is made."""

import re

import keras
import numpy as np
import pytest

from sparkeras import KerasClassifier, KerasRegressor
from sparkeras.errors import InvalidParamError
from tests.models import dense, digits_model

SETTINGS = [  # of a classifier of digits
    ({"epochs": 0}, "'epochs' must be a whole number of 1 or more; got 0"),
    ({"epochs": 1.5}, "'epochs' must be a whole number of 1 or more; got 1.5"),
    ({"epochs": True}, "'epochs' must be a whole number of 1 or more; got True"),
    ({"epochs": float("inf")}, "'epochs' must be a whole number of 1 or more; got inf"),
    ({"batchSize": "32"}, "'batchSize' must be a whole number of 1 or more; got '32'"),
    ({"batchSize": None}, "'batchSize' must be a whole number of 1 or more; got None"),
    ({"seed": -1}, "'seed' must be a whole number of 0 or more; got -1"),
    ({"seed": 1 << 32}, "'seed' must be a whole number from 0 to 4294967295; got 4294967296"),
    ({"callbacks": [keras.callbacks.TerminateOnNaN]}, "'callbacks' holds the class TerminateOnNaN; make a callback of"),
    ({"shuffle": 1}, "'shuffle' must be True or False; got 1"),
    ({"learningRate": 0}, "'learningRate' must be a number above 0; got 0"),
    ({"learningRate": float("nan")}, "'learningRate' must be a number above 0; got nan"),
    ({"validationFraction": 1}, "'validationFraction' must be a number between 0 and 1; got 1"),
    ({"validationFraction": "10%"}, "'validationFraction' must be a number between 0 and 1; got '10%'"),
    ({"validationIndicatorCol": True}, "'validationIndicatorCol' must be a name (text); got True"),
    ({"featuresCol": []}, "'featuresCol' must be a column name, a list of them, or {input name: column}; got []"),
    ({"featuresCol": 3}, "'featuresCol' must be a column name, a list of them, or {input name: column}; got 3"),
    ({"featuresCols": "a"}, "'featuresCols' must be a list of column names; got 'a'"),
    ({"predictionCol": ""}, "'predictionCol' must be a name (text); got ''"),
    ({"handleInvalid": "keep"}, "'handleInvalid' must be 'error' or 'skip'; got 'keep'"),
    ({"classWeight": {}}, "'classWeight' must be {class: weight} with weights of 0 or more; got {}"),
    ({"classWeight": {0: -1}}, "'classWeight' must be {class: weight} with weights of 0 or more; got {0: -1}"),
    ({"modelArgs": {1: 2}}, "'modelArgs' must be a dict of names to plain values"),
    ({"numWorkers": "all"}, "'numWorkers' must be a whole number of 1 or more, or 'auto'; got 'all'"),
    (
        {"maxShardMemory": "much"},
        "'maxShardMemory' must be a size like '512m' or '4g', or a number of bytes; got 'much'",
    ),
    ({"callbacks": "early"}, "'callbacks' must be a list of keras.callbacks.Callback; got"),
    ({"epoch": 3}, "KerasClassifier has no Param 'epoch'; it has: backend, batchSize"),
]


@pytest.mark.parametrize(("wrong", "words"), SETTINGS, ids=[str(case[0])[:30] for case in SETTINGS])
def test_settings_are_refused_when_they_are_made(wrong, words):
    with pytest.raises(InvalidParamError, match=re.escape(words)):
        KerasClassifier(model=digits_model(), **wrong)


def test_numbers_of_numpy_are_numbers():
    estimator = KerasRegressor(model=dense(), epochs=np.int64(3), learningRate=np.float32(0.5))
    assert (estimator.getEpochs(), type(estimator.getEpochs()), estimator.getLearningRate()) == (3, int, 0.5)
