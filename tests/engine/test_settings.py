"""The one table of settings: typed, checked, frozen, and the same in ``fit``, ``check`` and the estimators."""

import dataclasses
import inspect
import pickle

import pytest

import sparkeras
from sparkeras.engine import params
from sparkeras.errors import InvalidParamError


def test_defaults_are_checked_as_values_of_the_user_are():
    settings = params.settings()
    assert settings == params.Settings()
    assert settings.max_shard_memory == 2**30  # "1g" in signatures
    assert (settings.validation_fraction, settings.validation_column, settings.skips_invalid) == (0.0, None, False)


def test_what_is_given_is_checked_and_the_rest_is_the_default():
    settings = params.settings(epochs=3, validation="held_out", handle_invalid="skip", label=None)
    assert settings == dataclasses.replace(
        params.Settings(), epochs=3, validation="held_out", handle_invalid="skip", label=None
    )
    assert (settings.validation_fraction, settings.validation_column, settings.skips_invalid) == (0.0, "held_out", True)
    with pytest.raises(InvalidParamError, match="'epochs' must be a whole number of 1 or more; got None"):
        params.settings(epochs=None)
    with pytest.raises(InvalidParamError, match=r"Unknown setting 'epoch'; there are: epochs, batch_size, "):
        params.settings(epoch=3)


def test_settings_cannot_be_changed_but_copied_and_pickled():
    settings = params.settings(epochs=3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.epochs = 4
    assert dataclasses.replace(settings, epochs=4).epochs == 4
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_fit_has_each_setting_with_its_default_and_a_word_on_it():
    arguments = inspect.signature(sparkeras.fit).parameters
    listed = inspect.getdoc(sparkeras.fit).split("Returns\n")[0]
    for field in dataclasses.fields(params.Settings):
        assert arguments[field.name].default == params.default(field.name), field.name
        assert field.name in listed, field.name


def test_estimators_have_each_setting_of_fit_as_a_param():
    names = {param.name for param in sparkeras.KerasEstimator(modelFn=lambda: None).params}
    for setting in params.table.IN_PYTHON:
        assert setting.argument == "validation" or setting.param in names


def test_none_leaves_a_param_without_default_unset_as_in_fit():
    stage = sparkeras.KerasEstimator(modelFn=lambda: None, weightCol=None, checkpointDir="kept", threadsPerWorker=2)
    assert not stage.isSet("weightCol")
    assert stage.setParams(checkpointDir=None, threadsPerWorker=None).isSet("checkpointDir") is False
    with pytest.raises(InvalidParamError, match="'epochs' must be a whole number of 1 or more; got None"):
        stage.setParams(epochs=None)
