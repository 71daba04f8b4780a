"""Each constructor argument of Keras' losses, metrics and optimizers, with a value that is not its default."""

import inspect

import keras
from keras import losses, metrics, optimizers

# What an argument means where its default does not say what else it takes.
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
    "label_weights": None,
    "weight_decay": 0.3,
    "clipnorm": 0.7,
    "clipvalue": 0.8,
    "global_clipnorm": 0.9,
    "ema_overwrite_frequency": 3,
    "loss_scale_factor": 4.0,
    "gradient_accumulation_steps": 2,
    "learning_rate": 0.07,
    "momentum": 0.3,
    "optimizer": None,
    "exclude_layers": ["last"],
    "exclude_embeddings": False,
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
}
# By the numbers of objects of this very process.
_BY_IDENTITY = {"_tracker", "_trainable_variables_indices", "_exclude_from_weight_decay_cache"}
_LEFT_OUT = {
    ("losses", "Loss"), ("losses", "CTC"), ("metrics", "Metric"), ("metrics", "Mean"), ("metrics", "Sum"),
    ("metrics", "MeanMetricWrapper"), ("optimizers", "Optimizer"), ("optimizers", "MultiOptimizer"),
    ("optimizers", "OptimizerMap"),
}  # fmt: skip


def of(space):
    """Return {"Huber delta": function that makes the object} for a catalogue: "losses", "metrics" or "optimizers"."""
    module = {"losses": losses, "metrics": metrics, "optimizers": optimizers}[space]
    found = {}
    for name, kind in sorted(vars(module).items()):
        if not inspect.isclass(kind) or (space, name) in _LEFT_OUT:
            continue
        for argument, settings in _changes(kind):
            found[f"{name} {argument}"] = lambda kind=kind, settings=settings: _made(kind, settings)
    return found


def _changes(kind):
    """Yield (argument, settings to make ``kind`` with) for each argument of its constructor."""
    parameters = [p for p in inspect.signature(kind.__init__).parameters.values() if p.name not in ("self", "fn")]
    needed = {p.name: _NEEDED[p.name] for p in parameters if p.name in _NEEDED and p.default is p.empty}
    for parameter in parameters:
        value = _other(parameter)
        if value is not None:
            yield parameter.name, needed | _WITH.get(parameter.name, {}) | {parameter.name: value}


def _other(parameter):
    """Return a value that is not the default, None for an argument that has no other."""
    default, name = parameter.default, parameter.name
    if name in _VALUES and _VALUES[name] != default:
        return _VALUES[name]
    if default is parameter.empty or parameter.kind is parameter.VAR_KEYWORD:
        return None
    if isinstance(default, bool):
        return not default
    if isinstance(default, int):
        return default + 1
    if isinstance(default, float):
        return default * 0.75 + 0.05
    return None


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
