"""A whole model comes back compiled where its file says how in plain words."""

import keras
import pytest

from sparkeras import legacy
from tests.legacy.old_files import numbers, row, write_model

ADAM = {"class_name": "Adam", "config": {"lr": 0.25, "beta_1": 0.8, "epsilon": None, "decay": 0.0, "amsgrad": False}}
DENSE = row(("Dense", {"units": 1}), shape=(3,))


def revived(tmp_path, **training):
    draw = numbers()
    path = write_model(tmp_path / "m.h5", DENSE, {"dense_1": {"w": draw(3, 1), "b": draw(1)}}, training)
    return legacy.read(path)


def test_loss_optimizer_and_metrics(tmp_path):
    found = revived(tmp_path, optimizer_config=ADAM, loss="mse", metrics=["mae", "acc"], loss_weights=None)
    model = found.model
    assert isinstance(model.optimizer, keras.optimizers.Adam)
    assert model.optimizer.learning_rate == 0.25
    assert model.optimizer.beta_1 == 0.8
    assert found.notes == ["Compiled as it was, its optimizer starts anew."]
    said = model.evaluate(numbers()(8, 3), numbers()(8, 1), verbose=0, return_dict=True)
    assert said.keys() == {"loss", "mae", "accuracy"}


def test_decay_is_a_schedule_now(tmp_path):
    sgd = {"class_name": "SGD", "config": {"lr": 0.5, "momentum": 0.9, "decay": 0.1, "nesterov": True}}
    optimizer = revived(tmp_path, optimizer_config=sgd, loss="mse").model.optimizer
    assert float(optimizer._learning_rate(5)) == pytest.approx(0.5 / 1.5)
    assert optimizer.nesterov


def test_metrics_and_losses_of_tf_keras(tmp_path):
    metrics = [[{"class_name": "MeanMetricWrapper", "config": {"name": "mae", "dtype": "float32", "fn": "mae"}},
                {"class_name": "AUC", "config": {"name": "auc"}}]]  # fmt: skip
    loss = {"class_name": "BinaryCrossentropy", "config": {"reduction": "auto", "name": "b", "from_logits": True}}
    found = revived(tmp_path, optimizer_config=ADAM, loss=loss, metrics=metrics)
    assert found.model.loss.from_logits
    assert found.notes == ["Compiled as it was, its optimizer starts anew; without the metrics auc."]


@pytest.mark.parametrize(
    ("loss", "optimizer", "words"),
    [
        ("my_loss", ADAM, "The model is not compiled: the loss 'my_loss' is unknown. Compile it before"),
        (None, ADAM, "The model is not compiled: it had no loss"),
        ("mse", {"class_name": "TFOptimizer", "config": {}}, "the optimizer 'TFOptimizer' is unknown"),
        ("mse", {"class_name": "Adam", "config": {"lr": "fast"}}, "The model is not compiled: "),
    ],
)
def test_what_is_not_plain_is_left_and_said(loss, optimizer, words, tmp_path):
    found = revived(tmp_path, optimizer_config=optimizer, loss=loss)
    assert not found.model.compiled
    assert words in found.notes[0]
