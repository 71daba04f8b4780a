"""The torch backend does what JAX does; run with ``pytest -m torch`` where torch is installed."""

import json

import numpy as np
import pytest

from tests.models import digits_model

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def digits(spark):
    from sparkeras import datasets

    return datasets.load("digits", spark)


def test_fit_evaluate_and_predict_agree_with_plain_keras(digits):
    import keras

    import sparkeras
    from sparkeras import datasets

    assert keras.config.backend() == "torch"
    train, test = digits
    model = digits_model()
    history = sparkeras.fit(model, train, epochs=8, batch_size=32, threads_per_worker=1)
    assert history.history["accuracy"][-1] > 0.92
    figures = sparkeras.evaluate(model, test)
    arrays = datasets.load_arrays("digits")
    plain = model.evaluate(arrays.x_test.reshape(-1, 64), arrays.y_test, verbose=0, return_dict=True)
    assert figures["accuracy"] == pytest.approx(plain["accuracy"], abs=1e-6)
    assert figures["loss"] == pytest.approx(plain["loss"], rel=1e-4)
    said = sparkeras.predict(model, test).toPandas()
    assert (np.stack(said["prediction"]).argmax(axis=1) == said["label"]).mean() == pytest.approx(plain["accuracy"])


def test_the_training_process_computes_with_the_threads_it_was_given(digits, tmp_path, monkeypatch):
    import keras

    import sparkeras

    monkeypatch.chdir(tmp_path)

    class Threads(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            import json
            import os

            import torch

            with open("threads.json", "w") as file:
                json.dump([torch.get_num_threads(), os.environ["OMP_NUM_THREADS"]], file)

    sparkeras.fit(digits_model(), digits[0], epochs=1, threads_per_worker=2, callbacks=[Threads()])
    assert json.loads((tmp_path / "threads.json").read_text()) == [2, "2"]


def test_a_torch_train_step_from_this_file_travels(digits):
    import keras
    import torch

    import sparkeras

    class Doubled(keras.Model):
        """Plain torch in the training step, with twice the loss."""

        def train_step(self, data):
            x, y = data
            self.zero_grad()
            loss = 2 * self.compute_loss(y=y, y_pred=self(x, training=True))
            loss.backward()
            weights = list(self.trainable_weights)
            with torch.no_grad():
                self.optimizer.apply([weight.value.grad for weight in weights], weights)
            for metric in self.metrics:  # Keras gives each epoch's logs from these
                metric.update_state(loss.detach())
            return {metric.name: metric.result() for metric in self.metrics}

    inputs = keras.Input((64,))
    model = Doubled(inputs, keras.layers.Dense(10, activation="softmax")(keras.layers.Rescaling(1 / 16)(inputs)))
    model.compile("adam", "sparse_categorical_crossentropy")
    history = sparkeras.fit(model, digits[0], epochs=3)
    assert history.history["loss"][-1] < history.history["loss"][0]


@pytest.mark.slow
def test_the_classifier_scores_with_torch(digits):
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator

    from sparkeras import KerasClassifier

    train, test = digits
    scored = KerasClassifier(model=digits_model(), epochs=10, batchSize=32).fit(train).transform(test)
    assert MulticlassClassificationEvaluator(metricName="accuracy").evaluate(scored) > 0.93


@pytest.mark.slow
def test_two_workers_learn_as_one_does(digits):
    import sparkeras

    model = digits_model()
    history = sparkeras.fit(model, digits[0], epochs=10, batch_size=32, num_workers=2)
    assert (history.training.rows, history.training.steps) == (1437, 45)
    assert sparkeras.evaluate(model, digits[1])["accuracy"] > 0.9


@pytest.mark.slow
def test_two_optimizers_resume_where_they_were(digits, tmp_path):
    import keras

    import sparkeras
    from tests.engine.process.ranks.own import TwoOptimizers
    from tests.engine.spark_job.faults import Does, fail

    def model():
        keras.utils.set_random_seed(3)
        inputs = keras.Input((64,))
        said = keras.layers.Dense(10, activation="softmax")(keras.layers.Dense(16)(inputs))
        made = TwoOptimizers(inputs, said)
        made.compile("adam")
        return made

    undisturbed, disturbed = model(), model()
    settings = {"epochs": 4, "num_workers": 2}
    expected = sparkeras.fit(undisturbed, digits[0], **settings)
    settings |= {"checkpoint_dir": str(tmp_path / "kept"), "max_retries": 1}
    history = sparkeras.fit(disturbed, digits[0], callbacks=[Does(tmp_path / "when", fail)], **settings)
    assert history.history == expected.history
    for found, wanted in zip(disturbed.get_weights(), undisturbed.get_weights(), strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert [int(optimizer.iterations.value) for optimizer in disturbed.parts] == [48, 48]
