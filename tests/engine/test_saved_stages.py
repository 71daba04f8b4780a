"""Stages are saved whole or not at all, open as plain Keras models, and never run code unasked."""

import json
import shutil
import sys

import keras
import numpy as np
import pytest
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import VectorAssembler

import sparkeras
from sparkeras import KerasClassifier, KerasEstimator, KerasModel, KerasRegressor, zoo
from sparkeras.engine.history import TrainingHistory
from sparkeras.errors import InvalidModelError, InvalidParamError, SavedStageError
from sparkeras.model import KerasClassificationModel
from sparkeras.spark import folders
from tests.models import digits_model


@pytest.fixture(scope="module")
def frame(spark):
    rows = [(float(i % 7), float(i % 5), 2.0 * (i % 7) - (i % 5), i % 3) for i in range(60)]
    return spark.createDataFrame(rows, "a double, b double, y double, label int").cache()


def line(units=1, loss="mse"):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    model.compile(keras.optimizers.Adam(0.1), loss)
    return model


SET = {
    "featuresCols": ["a", "b"],
    "labelCol": "y",
    "predictionCol": "said",
    "probabilityCol": "p",
    "rawPredictionCol": "raw",
    "modelArgs": {"units": 3, "loss": "mae"},
    "learningRate": 0.5,
    "epochs": 2,
    "batchSize": 7,
    "shuffle": False,
    "seed": 9,
    "weightCol": "w",
    "classWeight": {0: 2.0, 1: 0.5},
    "numWorkers": "auto",
    "threadsPerWorker": 2,
    "maxShardMemory": 2**20,
    "fastConvolutions": False,
    "checkExact": False,
    "backend": "jax",
    "queueTimeoutSeconds": 5,
    "checkpointDir": "/tmp/kept",
    "maxRetries": 3,
    "startTimeoutSeconds": 6,
    "stepTimeoutSeconds": 8,
    "validationFraction": 0.25,
    "validationIndicatorCol": "held_out",
    "handleInvalid": "skip",
}


@pytest.mark.thorough
def test_every_param_of_an_estimator_comes_back(spark, tmp_path):
    estimator = KerasClassifier(model=digits_model(), **SET)
    # All but callbacks, which are code, and featuresCol, which featuresCols replaces.
    assert {param.name for param in estimator.params} == set(SET) | {"callbacks", "featuresCol"}
    estimator.write().save(str(tmp_path / "saved"))
    back = KerasClassifier.load(str(tmp_path / "saved"))
    assert back.uid == estimator.uid
    assert {param.name: value for param, value in back._paramMap.items()} == SET
    assert back.getFeaturesCol() == "features"
    for old, new in zip(estimator.model.get_weights(), back.model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert back.model.compiled


def test_a_fitted_model_comes_back_with_history_and_says_the_same(frame, tmp_path):
    fitted = KerasRegressor(model=line(), featuresCols=["a", "b"], labelCol="y", epochs=2).fit(frame)
    path = str(tmp_path / "fitted")
    fitted.save(path)
    back = KerasModel.load(path)
    assert type(back) is type(fitted)
    assert back.history == fitted.history
    said, again = (model.transform(frame).select("prediction").toPandas() for model in (fitted, back))
    np.testing.assert_array_equal(said, again)
    # And Keras opens it without Spark.
    plain = keras.saving.load_model(tmp_path / "fitted" / "model.keras")
    np.testing.assert_array_equal(plain.get_weights()[0], fitted.keras_model.get_weights()[0])
    assert plain.optimizer.iterations == fitted.keras_model.optimizer.iterations
    about = json.loads((tmp_path / "fitted" / "about.json").read_text())
    assert about["versions"]["keras"] == keras.__version__
    assert about["signature"]["inputs"].popitem()[1]["shape"] == [2]


@pytest.mark.thorough
def test_pipelines_are_saved_with_their_stages(frame, tmp_path):
    stages = [
        VectorAssembler(inputCols=["a", "b"], outputCol="v"),
        KerasRegressor(model=line(), featuresCol="v", labelCol="y", epochs=2),
    ]
    pipeline = Pipeline(stages=stages)
    pipeline.write().save(str(tmp_path / "pipeline"))
    fitted = Pipeline.load(str(tmp_path / "pipeline")).fit(frame)
    fitted.write().save(str(tmp_path / "fitted"))
    back = PipelineModel.load(str(tmp_path / "fitted"))
    said, again = (model.transform(frame).select("prediction").toPandas() for model in (fitted, back))
    np.testing.assert_array_equal(said, again)


def test_nothing_is_overwritten_unasked_and_a_failed_save_leaves_the_old_one(frame, tmp_path, monkeypatch):
    path = str(tmp_path / "saved")
    estimator = KerasRegressor(model=line(), epochs=2)
    estimator.save(path)
    with pytest.raises(SavedStageError, match=r"saved exists already. Save with write\(\).overwrite\(\).save"):
        estimator.save(path)
    estimator.setEpochs(3).write().overwrite().save(path)
    assert KerasRegressor.load(path).getEpochs() == 3

    def full(self, path):
        raise OSError("No space left on device")

    monkeypatch.setattr("sparkeras.engine.saved_stages.StageWriter._put_metadata", full)
    with pytest.raises(SavedStageError, match="saved cannot be written to: No space left on device"):
        estimator.setEpochs(4).write().overwrite().save(path)
    assert KerasRegressor.load(path).getEpochs() == 3
    assert [child.name for child in tmp_path.iterdir()] == ["saved"]


@pytest.mark.classic
def test_a_rename_that_fails_brings_the_old_one_back(spark, tmp_path, monkeypatch):
    path = str(tmp_path / "saved")
    estimator = KerasRegressor(model=line(), epochs=2)
    estimator.save(path)
    rename = folders._Hadoop.rename

    def failing(disk, source, target):
        if ".partial-" in source:
            raise SavedStageError("refused")
        rename(disk, source, target)

    monkeypatch.setattr(folders._Hadoop, "rename", failing)
    with pytest.raises(SavedStageError, match="refused"):
        estimator.setEpochs(3).write().overwrite().save(path)
    assert KerasRegressor.load(path).getEpochs() == 2
    assert [child.name for child in tmp_path.iterdir()] == ["saved"]


def test_code_is_not_opened_unasked(spark, tmp_path):
    path = str(tmp_path / "saved")
    callbacks = [keras.callbacks.EarlyStopping(patience=4)]
    KerasEstimator(modelFn=line, modelArgs={"units": 3}, callbacks=callbacks).save(path)
    with pytest.raises(SavedStageError, match=r"holds code.*trust its maker.*sparkeras.loading\(unpickle=True\)"):
        KerasEstimator.load(path)
    with sparkeras.loading(unpickle=True):
        back = KerasEstimator.load(path)
    assert back.modelFn(**back.getModelArgs()).count_params() == 9
    assert back.getCallbacks()[0].patience == 4


class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x


def test_what_keras_does_not_know_is_named(spark, tmp_path):
    model = keras.Sequential([keras.Input((2,)), Twice(), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    path = str(tmp_path / "saved")
    KerasRegressor(model=model).save(path)
    with pytest.raises(SavedStageError, match=r"Keras does not know 'Twice'.*custom_objects=.*register_keras"):
        KerasRegressor.load(path)
    with sparkeras.loading(custom_objects={"Twice": Twice}):
        assert isinstance(KerasRegressor.load(path).model.layers[0], Twice)


def test_the_zoos_own_layers_need_no_import(spark, tmp_path, monkeypatch):
    KerasModel(zoo.build("mlp-maxout", (4,), 3)).write().save(str(tmp_path / "saved"))
    registered = keras.saving.get_custom_objects()
    for name in [name for name in registered if name.startswith("sparkeras>")]:
        monkeypatch.delitem(registered, name)
    for name in [name for name in sys.modules if name.startswith("sparkeras.zoo.")]:
        monkeypatch.delitem(sys.modules, name)
    assert KerasModel.load(str(tmp_path / "saved")).keras_model.name == "mlp-maxout"


def test_unsafe_models_want_to_be_asked_for(spark, tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: 2 * x), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    path = str(tmp_path / "saved")
    KerasRegressor(model=model).save(path)
    with pytest.raises(SavedStageError, match=r"a Lambda layer.*sparkeras.loading\(safe_mode=False\)"):
        KerasRegressor.load(path)
    with sparkeras.loading(safe_mode=False):
        assert KerasRegressor.load(path).model.count_params() == 3


def test_wrong_folders_are_told(spark, tmp_path):
    with pytest.raises(SavedStageError, match="nowhere holds no saved stage"):
        KerasModel.load(str(tmp_path / "nowhere"))
    path = str(tmp_path / "saved")
    KerasClassificationModel(digits_model()).save(path)
    with pytest.raises(SavedStageError, match="holds a KerasClassificationModel, not a KerasRegressor. Load it with"):
        KerasRegressor.load(path)
    shutil.rmtree(tmp_path / "saved" / "metadata")
    with pytest.raises(SavedStageError, match="holds no saved stage"):
        KerasClassificationModel.load(path)


DAMAGE = {
    "model.keras is gone": ("model.keras", None),
    "model.keras is empty": ("model.keras", b""),
    "model.keras is cut": ("model.keras", b"PK\x03\x04 and no more"),
    "about.json is gone": ("about.json", None),
    "about.json is cut": ("about.json", b"{"),
    "about.json lacks all": ("about.json", b"{}"),
    "history.csv is gone": ("history.csv", None),
    "history.csv is something else": ("history.csv", b"hello\nthere"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_told(spark, tmp_path, name):
    file, content = DAMAGE[name]
    path = tmp_path / "saved"
    KerasClassificationModel(digits_model(), TrainingHistory([{"loss": 1.0}], [0.1])).save(str(path))
    (path / f".{file}.crc").unlink(missing_ok=True)
    (path / file).unlink()
    if content is not None:
        (path / file).write_bytes(content)
    with pytest.raises(SavedStageError, match=f"saved is damaged: its {file} is missing or broken. Save the"):
        KerasClassificationModel.load(str(path))


PLACES = {
    "none": (None, "A stage is saved to a path, e.g. 'models/digits'; got None"),
    "empty": ("", "A stage is saved to a path"),
    "a pattern": ("/tmp/br{a}", "holds '{', which Spark reads as a pattern"),
    "no file system": ("foo://x/y", 'foo://x/y cannot be written to: .*No FileSystem for scheme "foo"'),
    "a file": ("/proc/version/x", "/proc/version/x cannot be written to: "),
}


@pytest.mark.classic
@pytest.mark.parametrize("name", PLACES)
def test_places_that_cannot_be_are_told(spark, name):
    path, words = PLACES[name]
    with pytest.raises(SavedStageError, match=words) as caught:
        KerasRegressor(model=line()).write().save(path)
    assert "\n" not in str(caught.value)


def test_other_versions_are_warned_of(spark, tmp_path):
    path = tmp_path / "saved"
    KerasRegressor(model=line()).save(str(path))
    about = json.loads((path / "about.json").read_text())
    about["versions"]["keras"] = "3.1.0"
    (path / ".about.json.crc").unlink(missing_ok=True)
    (path / "about.json").write_text(json.dumps(about))
    with pytest.warns(UserWarning, match=r"saved with keras 3.1.0 \(here .*\)"):
        KerasRegressor.load(str(path))


def test_a_model_or_a_function_and_never_both():
    with pytest.raises(InvalidParamError, match="got both"):
        KerasEstimator(model=line(), modelFn=line)


class Grown(keras.Model):
    """Its layers are made in build, which Keras' file does not bring back, and it has a number of its own."""

    def build(self, shape):
        self.out, self.by = keras.layers.Dense(1), 1.0
        self.built = True

    def call(self, x):
        return self.out(x) * self.by


def test_a_saved_stage_keeps_what_the_file_of_the_model_does_not(frame, tmp_path):
    model = Grown()
    model(np.ones((1, 2)))
    model.by = 3.0
    stage = KerasModel(model).setFeaturesCols(["a", "b"])
    stage.save(str(tmp_path / "grown"))
    with sparkeras.loading(custom_objects={"Grown": Grown}):
        back = KerasModel.load(str(tmp_path / "grown"))
    said = [row.prediction for row in stage.transform(frame).collect()]
    np.testing.assert_allclose([row.prediction for row in back.transform(frame).collect()], said, rtol=1e-6)


class Near(keras.regularizers.Regularizer):
    """A rule of the user's own."""

    def __call__(self, weight):
        return 0.0


def test_a_saved_stage_keeps_which_weights_train_and_by_which_rules(frame, tmp_path):
    model = line()
    layer = model.layers[-1]
    layer.bias.trainable = False
    layer.kernel.regularizer, layer.kernel.constraint = keras.regularizers.L2(0.25), keras.constraints.NonNeg()
    KerasModel(model).setFeaturesCols(["a", "b"]).save(str(tmp_path / "flags"))
    back = KerasModel.load(str(tmp_path / "flags")).keras_model.layers[-1]
    assert [back.kernel.trainable, back.bias.trainable] == [True, False]
    assert back.kernel.regularizer.l2 == pytest.approx(0.25)
    assert isinstance(back.kernel.constraint, keras.constraints.NonNeg)
    layer.kernel.regularizer = Near()
    with pytest.raises(InvalidModelError, match=r"The regularizer 'Near' of a weight was set .*as kernel_regularizer="):
        KerasModel(model).save(str(tmp_path / "own"))
    assert not (tmp_path / "own").exists()


def test_what_neither_file_nor_numbers_can_keep_is_refused(tmp_path):
    model = line()
    model.layers[0].table = np.ones(3)
    with pytest.raises(InvalidModelError, match=r"The attribute 'table' \(ndarray\) was set after .* get_config"):
        KerasModel(model).save(str(tmp_path / "table"))
    assert not (tmp_path / "table").exists()
