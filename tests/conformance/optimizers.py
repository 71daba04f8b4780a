"""Cases of ``keras.optimizers`` and their schedules: each class by default, by its settings, and users' own."""

import keras
from keras import optimizers
from keras.optimizers import schedules

from tests.conformance import own
from tests.conformance.building import row
from tests.conformance.case import Case

REASONS = {
    "optimizers.Optimizer": "the base class; an optimizer of the user's own stands for it",
    "schedules.LearningRateSchedule": "the base class; a schedule of the user's own stands for it",
}
_OFTEN = {
    "clipped": {"clipnorm": 0.1},
    "clipped by value": {"clipvalue": 0.02},
    "clipped over all": {"global_clipnorm": 0.1},
    "weight decay": {"weight_decay": 0.1},
    "moving average": {"use_ema": True, "ema_momentum": 0.5, "ema_overwrite_frequency": 2},
    "accumulated": {"gradient_accumulation_steps": 2},
    "loss scaled": {"loss_scale_factor": 8.0},
}
# Class: settings beside the default ones
_KINDS = {
    "SGD": [{"momentum": 0.9}, {"momentum": 0.9, "nesterov": True}, *_OFTEN.values()],
    "RMSprop": [{"centered": True, "momentum": 0.5}],
    "Adam": [{"amsgrad": True}, {"beta_1": 0.5, "epsilon": 0.1}, *_OFTEN.values()],
    "AdamW": [{"weight_decay": 0.2}],
    "Adadelta": [{"rho": 0.5}],
    "Adagrad": [{"initial_accumulator_value": 0.5}],
    "Adamax": [{"beta_2": 0.9}],
    "Adafactor": [{"relative_step": False}],
    "Nadam": [{"beta_1": 0.5}],
    "Ftrl": [{"l1_regularization_strength": 0.1, "beta": 0.2}],
    "Lion": [{"beta_1": 0.5}],
    "Lamb": [{"beta_1": 0.5}],
    "Muon": [{"adam_beta_1": 0.5}],
    "ScheduleFreeAdamW": [{"warmup_steps": 2}],
}
_SCHEDULES = {
    "CosineDecay": (0.1, 4),
    "CosineDecayRestarts": (0.1, 2),
    "ExponentialDecay": (0.1, 2, 0.5),
    "InverseTimeDecay": (0.1, 2, 0.5),
    "PiecewiseConstantDecay": ([1, 2], [0.1, 0.05, 0.01]),
    "PolynomialDecay": (0.1, 4),
}


def _trained_by(make, holds=(), **settings):
    """A case of two layers, deep enough for the optimizers that tell matrices from vectors."""
    return Case(
        lambda: row(keras.layers.Dense(4, activation="tanh"), optimizer=make()),
        holds=tuple(name if "." in name else f"optimizers.{name}" for name in holds),
        **settings,
    )


def _of_class(name):
    kind = getattr(optimizers, name)
    yield name, _trained_by(lambda: kind(0.01), [name])
    for settings in _KINDS[name]:
        told = ", ".join(f"{key} {value}" for key, value in settings.items())
        yield f"{name}, {told}", _trained_by(lambda settings=settings: kind(0.01, **settings), [name])


def _scheduled(name):
    return _trained_by(lambda: optimizers.SGD(getattr(schedules, name)(*_SCHEDULES[name])), [f"schedules.{name}"])


def _without_decay_of_biases():
    optimizer = optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    return optimizer


def _layer_without_decay():
    model = row()
    optimizer = optimizers.AdamW(0.01, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[model.layers[0].kernel])
    model.compile(optimizer, "mse")
    return model


def _by_paths():
    model = row()
    optimizer = own.RatesByPath(0.05)
    optimizer.rates = {model.layers[0].kernel.path: 0.1, model.layers[1].bias.path: 4.0}
    model.compile(optimizer, "mse")
    return model


def _muon_by_paths():
    model = row()
    model.compile(optimizers.Muon(0.01, exclude_layers=[model.layers[0].path]), "mse")
    return model


def _second_fit():
    """A model that plain Keras has trained before: its optimizer goes on from there."""
    model = row(optimizer=optimizers.Adam(0.01))
    some = Case(None)
    model.fit(some.inputs()["x"][:20], some.labels()["y"][:20], verbose=0)
    return model


def _rate_set_later():
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.01
    return optimizer


def _parts():
    return optimizers.OptimizerMap(optimizers.Adam(0.01), {".*bias": optimizers.SGD(0.1)})


# Those that the Keras installed has.
CASES = {label: case for name in _KINDS if hasattr(optimizers, name) for label, case in _of_class(name)}
CASES |= {name: _scheduled(name) for name in _SCHEDULES}
CASES |= {
    "LossScaleOptimizer": _trained_by(
        lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.05), initial_scale=8.0), ["LossScaleOptimizer"]
    ),
    "LossScaleOptimizer, growing": _trained_by(
        lambda: optimizers.LossScaleOptimizer(optimizers.SGD(0.05), initial_scale=8.0, dynamic_growth_steps=2)
    ),
    "biases without decay": _trained_by(_without_decay_of_biases),
    "a layer without decay": Case(_layer_without_decay),
    "own, rates by path": Case(_by_paths, backends=("jax", "torch")),  # TensorFlow's variables have no path
    "a rate set later": _trained_by(_rate_set_later),
    "by its short name": _trained_by(lambda: "rmsprop"),
    "a second fit": Case(_second_fit),
    "own": _trained_by(lambda: own.SignSGD(0.01), ["Optimizer"]),
    "own, a schedule": _trained_by(lambda: optimizers.Adam(own.KeptWarmup()), ["schedules.LearningRateSchedule"]),
    "own, a schedule without get_config": _trained_by(lambda: optimizers.Adam(own.Warmup())),
}
if hasattr(optimizers, "OptimizerMap"):  # later than Keras 3.12
    CASES["OptimizerMap, MultiOptimizer"] = _trained_by(
        lambda: optimizers.MultiOptimizer(_parts()), ["OptimizerMap", "MultiOptimizer"]
    )
if hasattr(optimizers, "Muon"):
    CASES["Muon, layers left out by their path"] = Case(_muon_by_paths)
