"""Whatever a loss, a metric or an optimizer was made with is in the model that the training process opens."""

import keras
import pytest

from sparkeras.engine import blueprint
from tests.conformance import settings
from tests.conformance.building import row

LOSSES, METRICS, OPTIMIZERS = (settings.of(space) for space in ("losses", "metrics", "optimizers"))
ALONE = ("AUC label_weights",)  # Keras' own from_config fails: it would take all others with it


@pytest.mark.parametrize("space", ["losses", "metrics", "optimizers"])
def test_every_argument_has_a_value_that_is_not_its_default(space):
    assert settings.without_a_value(space) == []


def _opened(model):
    return blueprint.open_blueprint(blueprint.pack(model))


def _compared(optimizer):
    """Return what is lost of an optimizer on the way there and back."""
    model = row(optimizer=optimizer)
    optimizer.build(model.trainable_variables)  # as the one that is opened is
    return settings.differences(optimizer, _opened(model).optimizer)


@pytest.fixture(scope="module")
def opened_losses():
    """All losses in one model, an output each: a model's way there and back is dear."""
    made = {name: make() for name, make in LOSSES.items()}
    inputs = keras.Input((6,))
    model = keras.Model(inputs, [keras.layers.Dense(3, name=f"o{i}")(inputs) for i in range(len(made))])
    model.compile("sgd", list(made.values()))
    return made, dict(zip(made, _opened(model).loss, strict=True))


def _metrics_of(model):
    return model._compile_metrics._user_metrics


@pytest.fixture(scope="module")
def opened_metrics():
    made = {name: make() for name, make in METRICS.items() if name not in ALONE}
    return made, dict(zip(made, _metrics_of(_opened(row(metrics=list(made.values())))), strict=True))


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_keeps_its_arguments(name, opened_losses):
    made, opened = opened_losses
    assert settings.differences(made[name], opened[name]) == []


@pytest.mark.parametrize("name", [name for name in METRICS if name not in ALONE])
def test_a_metric_keeps_its_arguments(name, opened_metrics):
    made, opened = opened_metrics
    assert settings.differences(made[name], opened[name]) == []


@pytest.mark.parametrize("name", ALONE)
def test_a_metric_that_keras_cannot_open_keeps_its_arguments(name):
    made = METRICS[name]()
    [opened] = _metrics_of(_opened(row(units=3, metrics=[made])))
    assert settings.differences(made, opened) == []


# Each on its own way there and back, a good tenth of a second: by default one class has all of them looked at.
@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[] if n.startswith("SGD ") else pytest.mark.conformance) for n in OPTIMIZERS]
)
def test_an_optimizer_keeps_its_arguments(name):
    assert _compared(OPTIMIZERS[name]()) == []


def _excluding(optimizer):
    optimizer.exclude_from_weight_decay(var_names=["bias"])


def _slower(optimizer):
    optimizer.learning_rate = 0.003


CHANGES = {"exclude_from_weight_decay": _excluding, "learning_rate": _slower}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("kind", ["Adam", "AdamW", "Lion"])
def test_an_optimizer_keeps_what_was_changed_in_it(kind, change):
    optimizer = getattr(keras.optimizers, kind)(weight_decay=0.1)
    CHANGES[change](optimizer)
    assert _compared(optimizer) == []


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("CosineDecay", {"alpha": 0.2, "warmup_target": 0.5, "warmup_steps": 3}),
        ("CosineDecayRestarts", {"t_mul": 1.5, "m_mul": 0.5, "alpha": 0.1}),
        ("ExponentialDecay", {"decay_rate": 0.5, "staircase": True}),
        ("InverseTimeDecay", {"decay_rate": 0.5, "staircase": True}),
        ("PolynomialDecay", {"end_learning_rate": 0.01, "power": 2.0, "cycle": True}),
    ],
)
def test_a_schedule_keeps_its_arguments(kind, arguments):
    steps = "first_decay_steps" if kind == "CosineDecayRestarts" else "decay_steps"
    schedule = getattr(keras.optimizers.schedules, kind)(0.1, **{steps: 7}, **arguments)
    opened = _opened(row(optimizer=keras.optimizers.SGD(schedule))).optimizer
    assert opened._learning_rate.get_config() == schedule.get_config()


def test_a_difference_is_told_by_the_attribute_and_both_values():
    before, after = keras.losses.Huber(delta=0.5), keras.losses.Huber(delta=2.0)
    assert settings.differences(before, after) == ["Huber['_fn_kwargs']['delta'] is 2.0, was 0.5"]
