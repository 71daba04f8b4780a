"""A pipeline is fitted, saved, overwritten, loaded and used wherever Spark runs."""

import keras
import pytest
from pyspark.ml import Pipeline, PipelineModel

from sparkeras import KerasClassifier
from sparkeras.errors import SavedStageError

pytestmark = pytest.mark.places


def test_a_pipeline_is_saved_and_loaded(spark, tmp_path):
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Embedding(8, 4), keras.layers.GlobalAveragePooling1D(), keras.layers.Dense(2, "softmax")]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    rows = spark.createDataFrame([("fine film", "good"), ("dull film", "bad")] * 20, "text string, said string")
    estimator = KerasClassifier(model=model, featuresCol="text", labelCol="said", epochs=8, batchSize=8)
    fitted = Pipeline(stages=[estimator]).fit(rows)
    path = str(tmp_path / "reader")
    stage = fitted.stages[0]
    stage.save(path)
    with pytest.raises(SavedStageError, match="exists already"):
        stage.save(path)
    stage.write().overwrite().save(path)
    back = type(stage).load(path)
    assert back.history == stage.history
    assert PipelineModel([back]).transform(rows).where("prediction = said").count() == 40
