"""A whole model comes back compiled where its file says how in plain words."""

import warnings

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


@pytest.mark.parametrize("said", ["adam", {"class_name": "Custom>Adam", "config": {"learning_rate": 0.001}}])
def test_optimizers_as_tensorflow_2_15_named_them(said, tmp_path):
    found = revived(tmp_path, optimizer_config=said, loss="mse", weighted_metrics=["mae"])
    assert isinstance(found.model.optimizer, keras.optimizers.Adam)
    assert found.notes == ["Compiled as it was, its optimizer starts anew."]
    found.model.save(tmp_path / "m.keras")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*optimizer.*")
        assert keras.saving.load_model(tmp_path / "m.keras").compiled


@pytest.mark.parametrize(("old", "new"), [("sum", "sum"), ("none", "none"), ("auto", "sum_over_batch_size")])
def test_how_a_loss_is_reduced_stays(old, new, tmp_path):
    loss = {"module": "keras.losses", "class_name": "MeanSquaredError", "config": {"reduction": old, "name": "m"}}
    assert revived(tmp_path, optimizer_config=ADAM, loss=loss).model.loss.reduction == new


def test_a_loss_that_is_a_function_goes_by_its_name(tmp_path):
    loss = {"module": "builtins", "class_name": "function", "config": "my_loss", "registered_name": "function"}
    assert "the loss 'my_loss' is unknown" in revived(tmp_path, optimizer_config=ADAM, loss=loss).notes[0]
