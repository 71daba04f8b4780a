"""Each constructor argument of Keras' losses, metrics and optimizers, with a value that is not its default."""

import functools
import inspect

import keras
from keras import losses, metrics, optimizers

# Values for arguments whose default does not say what else they take.
_VALUES = {
    "name": "mine",
    "dtype": "float64",
    "reduction": "sum",
    "axis": 0,
    "thresholds": [0.3, 0.6],
    "threshold": 0.4,
    "top_k": 2,
    "class_id": 1,
    "ignore_class": 2,
    "average": "macro",
    "target_class_ids": [1],
    "class_aggregation": "variance_weighted_average",
    "curve": "PR",
    "summation_method": "majoring",
    "num_labels": 3,
    "label_weights": [1.0, 2.0, 0.5],
    "weight_decay": 0.3,
    "clipnorm": 0.7,
    "clipvalue": 0.8,
    "global_clipnorm": 0.9,
    "ema_overwrite_frequency": 3,
    "loss_scale_factor": 4.0,
    "gradient_accumulation_steps": 2,
    "exclude_layers": ["last"],
}
# Arguments without a default.
_NEEDED = {
    "recall": 0.4,
    "precision": 0.4,
    "specificity": 0.4,
    "sensitivity": 0.4,
    "num_classes": 3,
    "target_class_ids": [0],
    "inner_optimizer": "sgd",
}
_WITH = {  # what an argument asks for beside itself
    "ema_momentum": {"use_ema": True},
    "ema_overwrite_frequency": {"use_ema": True},
    "nesterov": {"momentum": 0.9},
    "num_labels": {"multi_label": True},
    "label_weights": {"multi_label": True, "num_labels": 3},
}
# By the numbers of objects of this very process.
_BY_IDENTITY = {"_tracker", "_trainable_variables_indices", "_exclude_from_weight_decay_cache"}
_LEFT_OUT = {
    ("losses", "Loss"), ("metrics", "Metric"), ("metrics", "Mean"), ("metrics", "Sum"),
    ("metrics", "MeanMetricWrapper"), ("optimizers", "Optimizer"), ("optimizers", "MultiOptimizer"),
    ("optimizers", "OptimizerMap"),
}  # fmt: skip


def of(space):
    """Return {"Huber delta": function that makes the object} for a catalogue: "losses", "metrics" or "optimizers"."""
    return {
        f"{name} {argument}": functools.partial(_made, kind, settings)
        for name, kind in _classes(space)
        for argument, settings in _changes(kind)
        if settings is not None
    }


def without_a_value(space):
    """Return "Huber delta" for each argument that ``of`` knows no other value for."""
    return [
        f"{name} {argument}"
        for name, kind in _classes(space)
        for argument, settings in _changes(kind)
        if settings is None
    ]


def _classes(space):
    module = {"losses": losses, "metrics": metrics, "optimizers": optimizers}[space]
    kinds = [(name, kind) for name, kind in sorted(vars(module).items()) if inspect.isclass(kind)]
    return [(name, kind) for name, kind in kinds if (space, name) not in _LEFT_OUT]


def _changes(kind):
    """Yield (argument, settings to make ``kind`` with, None for no other value) for each constructor argument."""
    parameters = [
        parameter
        for parameter in inspect.signature(kind.__init__).parameters.values()
        if parameter.name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    ]
    needed = {p.name: _NEEDED.get(p.name) for p in parameters if p.default is p.empty}
    for parameter in parameters:
        value = needed.get(parameter.name) or _other(parameter)
        settings = needed | _WITH.get(parameter.name, {}) | {parameter.name: value}
        yield parameter.name, None if value is None else settings


def _other(parameter):
    """Return a value that is not the default, None where none is known."""
    default, value = parameter.default, _VALUES.get(parameter.name)
    if value is not None and value != default:
        return value
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    return default * 0.75 + 0.05 if isinstance(default, float) else None


def _made(kind, settings):
    settings = dict(settings)
    if settings.get("inner_optimizer") == "sgd":
        settings["inner_optimizer"] = optimizers.SGD(0.3)
    return kind(**settings)


def differences(before, after, path=""):
    """Return in words how two objects of Keras differ, in public attributes and in private ones."""
    if type(before) is not type(after):
        return [f"{path} is {type(after).__name__}, was {type(before).__name__}"]
    if isinstance(before, dict):
        lost = [f"{path} lacks {key!r}" for key in before.keys() - after.keys()]
        both = [key for key in before if key in after]
        return lost + [each for key in both for each in differences(before[key], after[key], f"{path}[{key!r}]")]
    if isinstance(before, list | tuple):
        if len(before) != len(after):
            return [f"{path} has {len(after)} parts, had {len(before)}"]
        pairs = enumerate(zip(before, after, strict=True))
        return [each for i, (a, b) in pairs for each in differences(a, b, f"{path}[{i}]")]
    if isinstance(before, keras.losses.Loss | keras.metrics.Metric | keras.optimizers.Optimizer):
        kept = {key: value for key, value in vars(before).items() if key not in _BY_IDENTITY}
        return differences(kept, vars(after), path or type(before).__name__)
    if isinstance(before, keras.Variable):
        same = (keras.ops.convert_to_numpy(before.value) == keras.ops.convert_to_numpy(after.value)).all()
        return [] if same else [f"{path} is {after.numpy()}, was {before.numpy()}"]
    if before is None or isinstance(before, bool | int | float | str):
        return [] if before == after else [f"{path} is {after!r}, was {before!r}"]
    return []
