"""Check that an opened copy of a model computes the same as the model: one probe row goes through both.

Runs on: driver.

On JAX nothing runs: a forward pass is traced in both, which takes milliseconds, and the two programs are compared.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from sparkeras.engine.blueprint.models import training_argument
from sparkeras.engine.blueprint.state import shapes_built_with
from sparkeras.engine.internals import keras_internals
from sparkeras.errors import InvalidModelError
from sparkeras.spark.swapping import swapped

_LENGTH = 4  # of an axis without a fixed length
_MANY_LAYERS = 60
_CLOSE = 1e-4  # of the largest output; an op may sum in another order


def require_same(model: keras.Model, opened: keras.Model) -> None:
    """Raise InvalidModelError if an opened copy has other outputs than its model for the same row.

    Parameters
    ----------
    model, opened : keras.Model
        Built, and with the same weights.
    """
    if not model.built or _is_large_and_of_keras(model):
        return
    row = probe_row(model)
    if row is None or _same_program(model, opened, row):
        return
    mine, others = _outputs_by_layer(model, row), _outputs_by_layer(opened, row)
    if not mine or not others or _close(mine[-1].arrays, others[-1].arrays):
        return
    again = _outputs_by_layer(model, row)
    if not _close(mine[-1].arrays, again[-1].arrays):
        return  # it draws random numbers, so its outputs prove nothing
    raise InvalidModelError(_message(mine, others))


class _Output(NamedTuple):
    """The outputs of one call of a layer, and the layer's name and class."""

    layer: str
    kind: str
    arrays: list[np.ndarray]


def probe_row(model: keras.Model) -> Any:
    """Return one row for a model's inputs, drawn by a fixed seed; None where its input shape is unknown."""
    inputs = getattr(model, "inputs", None)
    random = np.random.default_rng(0)
    if inputs:
        arrays = [_draw(tensor.shape[1:], tensor.dtype, random) for tensor in inputs]
        struct = keras_internals.inputs_of(model)
        if isinstance(struct, dict):
            return keras.tree.pack_sequence_as(struct, arrays)
        return arrays[0] if len(arrays) == 1 else arrays
    shape = shapes_built_with(model)
    return shape and keras.tree.map_shape_structure(lambda axes: _draw(axes[1:], "float32", random), shape)


def _draw(axes: Sequence[int | None], dtype: str, random: np.random.Generator) -> np.ndarray:
    shape = (1, *(axis or _LENGTH for axis in axes))
    if dtype in ("string", "bool") or "int" in dtype:
        return np.zeros(shape, bool if dtype == "bool" else object if dtype == "string" else dtype)
    return random.normal(size=shape).astype("float32")


def _is_large_and_of_keras(model: keras.Model) -> bool:
    """Tell whether a large model has Keras' own layers only: attributes and weights were compared one by one."""
    layers = keras_internals.layers_of(model)
    return len(layers) > _MANY_LAYERS and all(type(layer).__module__.startswith("keras.") for layer in layers)


def _same_program(model: keras.Model, opened: keras.Model, row: Any) -> bool:
    """Tell whether JAX traces one program for both; False on other backends, and for a model that cannot be traced."""
    if keras.config.backend() != "jax":
        return False
    with contextlib.suppress(Exception):  # a layer that cannot be traced runs below
        return all(_alike(_program(model, row, mode), _program(opened, row, mode)) for mode in (False, True))
    return False


def _program(model: keras.Model, row: Any, training: bool) -> Any:
    import jax

    def forward(trainable: list[Any], others: list[Any], inputs: Any) -> Any:
        return model.stateless_call(trainable, others, inputs, **training_argument(model, training))

    variables = [[v.value for v in group] for group in (model.trainable_variables, model.non_trainable_variables)]
    return jax.make_jaxpr(forward)(*variables, row)


def _alike(mine: Any, other: Any) -> bool:
    if len(mine.consts) != len(other.consts):
        return False
    same_numbers = all(
        np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(mine.consts, other.consts, strict=True)
    )
    return same_numbers and _text(mine) == _text(other)


def _text(program: Any) -> str:
    return re.sub(r"0x[0-9a-f]+", "", str(program.jaxpr))


def _outputs_by_layer(model: keras.Model, row: Any) -> list[_Output]:
    """Return the outputs of all layers in one forward pass, in the order of the calls; none if it fails."""
    outputs = []
    original = keras.Layer.__call__

    def call(layer: keras.Layer, *arguments: Any, **named: Any) -> Any:
        result = original(layer, *arguments, **named)
        tensors = [each for each in keras.tree.flatten(result) if each is not None]
        if not any(isinstance(each, keras.KerasTensor) for each in tensors):
            arrays = [keras.ops.convert_to_numpy(each) for each in tensors]
            outputs.append(_Output(layer.name, type(layer).__name__, arrays))
        return result

    try:
        with swapped(keras.Layer, "__call__", call):
            model(row, **training_argument(model, False))
    except Exception:  # the model cannot be called on its inputs alone: nothing to compare
        return []
    return outputs


def _close(mine: list[np.ndarray], others: list[np.ndarray]) -> bool:
    return len(mine) == len(others) and all(
        a.shape == b.shape
        and np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE * max(np.abs(a).max(initial=0), 1e-3), equal_nan=True)
        if a.dtype.kind in "biufc"
        else np.array_equal(a, b)
        for a, b in zip(mine, others, strict=True)
    )


def _message(mine: list[_Output], others: list[_Output]) -> str:
    """Return the error that names the first layer that differs."""
    pairs = zip(mine, others, strict=False)
    first = next((a for a, b in pairs if a.kind != b.kind or not _close(a.arrays, b.arrays)), mine[-1])
    return (
        f"The layer {first.layer!r} ({first.kind}) gives different output after it was serialized, so a different "
        "model would be trained: something in it is kept neither in its config nor in a weight, such as an object or a "
        "function that was set after it was made. Return it from get_config, or keep numbers by add_weight."
    )
