"""Plain attributes outside Keras' configs: found by comparing a model with its opened copy, and set there.

``losses.Huber(delta=0.5)`` saves no ``delta``; a layer's number that was set after its construction is in no config.
The copy is built from configs, so it has the defaults. The differences travel by value.

Runs on: driver, Spark task, training process.
"""

from __future__ import annotations

import datetime
import enum
import functools
import re
import types
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sparkeras.engine.internals import keras_internals

# Keras' own bookkeeping, by which two equal objects may differ: names by number, caches, progress.
_BOOKKEEPING = frozenset(
    {
        *("built", "compiled", "_built", "_called", "_lock", "_locked", "_path", "_parent_path", "_is_compiled"),
        *("_call_has_training_arg", "_call_has_mask_arg", "_build_shapes_dict", "_loss_ids", "_losses_override"),
        *("_auto_config", "_tracker", "_obj_type", "_keras_api_names", "_trainable_variables_indices", "autocast"),
        *("_convert_input_args", "_allow_non_tensor_positional_args", "_api_export_path", "_post_track_variable"),
        *("_exclude_from_weight_decay", "_exclude_from_weight_decay_cache"),  # ids of variables, see state
        *("stop_training", "_jax_state_synced", "_cached_dtype", "_called_once", "_run_eagerly", "_jit_compile"),
    }
)
_PLAIN = (
    *(type(None), bool, int, float, complex, str, bytes, np.ndarray, np.generic, np.dtype, range, slice),
    *(re.Pattern, enum.Enum, Path, datetime.date, datetime.timedelta),
)
_MISSING = object()
_OF_KERAS = (
    keras.Layer,
    keras.Loss,
    keras.Metric,
    keras.optimizers.Optimizer,
    keras.optimizers.schedules.LearningRateSchedule,
    keras.Initializer,
    keras.regularizers.Regularizer,
    keras.constraints.Constraint,
)


# The way from a model to a part of it: steps ("attribute", name), ("item", index or key) and ("layer", number).
Step = tuple[str, Any]
Way = tuple[Step, ...]


@dataclass(frozen=True)
class Tensor:
    """A backend's tensor as a NumPy array."""

    array: np.ndarray


def differing(model: keras.Model, opened: keras.Model) -> list[tuple[Way, Any]]:
    """Return the plain attributes of ``model`` that differ in its opened copy, as ``[(way, value)]``."""
    patches: list[tuple[Way, Any]] = []
    seen: set[int] = set()
    for root in roots(model):
        _compare(follow(model, root), follow(opened, root), root, patches, seen)
    layers = zip(keras_internals.layers_of(model), keras_internals.layers_of(opened), strict=False)
    for number, (layer, twin) in enumerate(layers):
        if type(layer).__qualname__ == type(twin).__qualname__:
            _compare(layer, twin, (("layer", number),), patches, seen)
    return patches


def put(model: keras.Model, patches: Iterable[tuple[Sequence[Step], Any]]) -> None:
    """Set the attributes of ``differing`` on an opened model."""
    for way, packed in patches:
        *to_owner, (kind, name) = way
        owner = follow(model, to_owner)
        value = _opened(packed)
        if kind == "attribute":
            try:
                setattr(owner, name, value)
            except AttributeError:  # a property without a setter, over an attribute of that name
                vars(owner)[name] = value
        else:
            owner[name] = value


def roots(model: keras.Model) -> tuple[Way, ...]:
    """Return the ways to a model's optimizer, losses and metrics."""
    if not model.compiled:
        return ()
    names = ("optimizer", "loss", "_compile_loss", "_compile_metrics")
    return tuple((("attribute", name),) for name in names if getattr(model, name, None) is not None)


def follow(model: keras.Model, way: Iterable[Step]) -> Any:
    """Return the part of a model at the end of a way."""
    part = model
    for kind, name in way:
        if kind == "layer":
            part = keras_internals.layers_of(model)[name]
        else:
            part = getattr(part, name) if kind == "attribute" else part[name]
    return part


def _compare(mine: Any, other: Any, way: Way, patches: list[tuple[Way, Any]], seen: set[int]) -> None:
    """Add to ``patches`` the differences below two objects that should be alike."""
    if isinstance(mine, list | tuple) and isinstance(other, list | tuple) and len(mine) == len(other):
        for index, (a, b) in enumerate(zip(mine, other, strict=True)):
            _compare(a, b, (*way, ("item", index)), patches, seen)
    elif isinstance(mine, dict) and isinstance(other, dict):
        for key in mine.keys() & other.keys():
            _compare(mine[key], other[key], (*way, ("item", key)), patches, seen)
    elif is_of_compile(mine) and type(mine).__qualname__ == type(other).__qualname__ and id(mine) not in seen:
        seen.add(id(mine))
        is_of_keras = type(mine).__module__.startswith("keras.")
        for name, value in list(vars(mine).items()):
            if _counts(mine, name):
                theirs = vars(other).get(name, _MISSING)
                if is_of_keras and isinstance(value, np.ndarray) and isinstance(theirs, list | tuple):
                    value = value.tolist()  # as Keras writes an array into a config
                _compare_attribute(value, theirs, (*way, ("attribute", name)), patches, seen)


def _compare_attribute(value: Any, other: Any, way: Way, patches: list[tuple[Way, Any]], seen: set[int]) -> None:
    if is_plain(value):
        if not _equal(value, other):
            patches.append((way, _packed(value)))
    elif not isinstance(value, keras.Layer):  # layers have their own turn
        _compare(value, other, way, patches, seen)


def is_of_compile(obj: object) -> bool:
    """Tell whether an object's class derives from one of Keras, so that a config made it."""
    of_compile = type(obj).__name__ in ("CompileLoss", "CompileMetrics", "MetricsList")
    return (of_compile or isinstance(obj, _OF_KERAS)) and not isinstance(obj, keras.Variable)


def _counts(owner: object, name: str) -> bool:
    """Tell whether an attribute may be the user's: private ones of a layer are Keras' own, unless its class is not."""
    if name in _BOOKKEEPING or name.startswith("_self_"):
        return False
    private = name.startswith("_")
    own_class = not type(owner).__module__.startswith("keras.")
    return not (private and isinstance(owner, keras.Layer)) or (own_class and not _is_of_base(owner, name))


def _is_of_base(layer: keras.Layer, name: str) -> bool:
    """Tell whether Keras gives every layer, or every model, a private attribute of this name."""
    return name in _names_of_keras(isinstance(layer, keras.Model))


@functools.cache
def _names_of_keras(of_models: bool) -> frozenset[str]:
    tensor = keras.Input((1,))
    examples = (
        [keras.Model(), keras.Model(tensor, tensor), keras.Sequential([tensor])] if of_models else [keras.Layer()]
    )
    return frozenset().union(*map(vars, examples))


def is_plain(value: object) -> bool:
    """Tell whether a value is a number, text or array, or holds nothing else."""
    if isinstance(value, dict):
        return all(isinstance(key, str | int | tuple) and is_plain(each) for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return all(map(is_plain, value))
    if isinstance(value, types.FunctionType | keras.Variable | keras.KerasTensor):
        return False
    return isinstance(value, _PLAIN) or _is_tensor(value)


def _is_tensor(value: object) -> bool:
    return bool(keras.ops.is_tensor(value)) and not isinstance(value, keras.KerasTensor)


def _equal(mine: Any, other: Any) -> bool:
    if isinstance(mine, dict):
        return isinstance(other, dict) and mine.keys() == other.keys() and all(_equal(mine[k], other[k]) for k in mine)
    if isinstance(mine, list | tuple):
        alike = isinstance(other, list | tuple) and len(mine) == len(other)
        return alike and all(map(_equal, mine, other))
    if isinstance(mine, set | frozenset):
        return mine == other
    if _is_tensor(mine) or isinstance(mine, np.ndarray | np.generic):
        if not (_is_tensor(other) or isinstance(other, np.ndarray | np.generic | int | float)):
            return False
        a, b = np.asarray(_array(mine)), np.asarray(_array(other))
        return a.shape == b.shape and bool(np.all((a == b) | ((a != a) & (b != b))))
    if isinstance(mine, float) and isinstance(other, float) and mine != mine:
        return other != other
    return type(mine) is type(other) and bool(mine == other)


def _array(value: Any) -> Any:
    return keras.ops.convert_to_numpy(value) if _is_tensor(value) else value


def _packed(value: Any) -> Any:
    """Return a value to travel: Keras' tracked lists and dicts as plain ones, tensors as arrays."""
    if isinstance(value, dict):
        return {key: _packed(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        kind: type = next(kind for kind in (list, tuple, set, frozenset) if isinstance(value, kind))
        return kind(map(_packed, value))
    return Tensor(np.asarray(_array(value))) if _is_tensor(value) else value


def _opened(value: Any) -> Any:
    if isinstance(value, Tensor):
        return keras.ops.convert_to_tensor(value.array)
    if isinstance(value, dict):
        return {key: _opened(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_opened, value))
    return value
