"""Whether an opened copy of a model computes what the model computes: one probe row goes through both.

Runs on: driver.

On JAX nothing runs: a forward pass is traced in both, which takes milliseconds, and the two programs are compared.
"""

import contextlib
import re

import keras
import numpy as np

from sparkeras.engine.blueprint.models import training_argument
from sparkeras.engine.blueprint.state import shapes_built_with
from sparkeras.errors import InvalidModelError

_LENGTH = 4  # of an axis that the model leaves open
_MANY_LAYERS = 60
_CLOSE = 1e-4  # of the largest output; an op may sum in another order


def require_same(model, opened):
    """Raise InvalidModelError if an opened copy gives other outputs than its model for the same row.

    Parameters
    ----------
    model, opened : keras.Model
        Built, and with the same weights.
    """
    if not model.built or _is_kerass_own(model):
        return
    row = probe_row(model)
    if row is None or _same_program(model, opened, row):
        return
    mine, others = _outputs_by_layer(model, row), _outputs_by_layer(opened, row)
    if mine is None or others is None or _close(mine[-1][2], others[-1][2]):
        return
    again = _outputs_by_layer(model, row)
    if not _close(mine[-1][2], again[-1][2]):
        return  # it draws numbers, so its outputs say nothing
    raise InvalidModelError(_words(mine, others))


def probe_row(model):
    """Return one row for a model's inputs, drawn by a fixed seed; None where it does not say what it takes."""
    inputs = getattr(model, "inputs", None)
    random = np.random.default_rng(0)
    if inputs:
        made = [_draw(tensor.shape[1:], tensor.dtype, random) for tensor in inputs]
        named = isinstance(getattr(model, "_inputs_struct", None), dict)
        struct = model._inputs_struct if named else None
        return keras.tree.pack_sequence_as(struct, made) if named else made[0] if len(made) == 1 else made
    shape = shapes_built_with(model)
    return shape and keras.tree.map_shape_structure(lambda axes: _draw(axes[1:], "float32", random), shape)


def _draw(axes, dtype, random):
    axes = (1, *(axis or _LENGTH for axis in axes))
    if dtype in ("string", "bool") or "int" in dtype:
        return np.zeros(axes, bool if dtype == "bool" else object if dtype == "string" else dtype)
    return random.normal(size=axes).astype("float32")


def _is_kerass_own(model):
    """Tell whether a large model is of Keras' own layers alone: attributes and weights were compared one by one."""
    layers = list(model._flatten_layers())
    return len(layers) > _MANY_LAYERS and all(type(layer).__module__.startswith("keras.") for layer in layers)


def _same_program(model, opened, row):
    """Tell whether JAX traces one program for both; False on other backends, and for what cannot be traced."""
    if keras.config.backend() != "jax":
        return False
    with contextlib.suppress(Exception):  # a layer that cannot be traced runs below
        return all(_alike(_program(model, row, mode), _program(opened, row, mode)) for mode in (False, True))
    return False


def _program(model, row, training):
    import jax

    def forward(trainable, others, inputs):
        return model.stateless_call(trainable, others, inputs, **training_argument(model, training))

    variables = [[v.value for v in found] for found in (model.trainable_variables, model.non_trainable_variables)]
    return jax.make_jaxpr(forward)(*variables, row)


def _alike(mine, other):
    if len(mine.consts) != len(other.consts):
        return False
    same_numbers = all(
        np.array_equal(np.asarray(a), np.asarray(b)) for a, b in zip(mine.consts, other.consts, strict=True)
    )
    return same_numbers and _told(mine) == _told(other)


def _told(program):
    return re.sub(r"0x[0-9a-f]+", "", str(program.jaxpr))


def _outputs_by_layer(model, row):
    """Return [(layer's name, class, outputs)] of one forward pass, in the order of the calls; None if it fails."""
    outputs = []
    original = keras.Layer.__call__

    def call(layer, *arguments, **named):
        made = original(layer, *arguments, **named)
        parts = [each for each in keras.tree.flatten(made) if each is not None]
        if not any(isinstance(each, keras.KerasTensor) for each in parts):
            arrays = [keras.ops.convert_to_numpy(each) for each in parts]
            outputs.append((layer.name, type(layer).__name__, arrays))
        return made

    keras.Layer.__call__ = call
    try:
        model(row, **training_argument(model, False))
    except Exception:  # not a model that can be called so: nothing to compare
        return None
    finally:
        keras.Layer.__call__ = original
    return outputs or None


def _close(mine, others):
    return len(mine) == len(others) and all(
        a.shape == b.shape
        and np.allclose(a, b, rtol=_CLOSE, atol=_CLOSE * max(np.abs(a).max(initial=0), 1e-3), equal_nan=True)
        if a.dtype.kind in "biufc"
        else np.array_equal(a, b)
        for a, b in zip(mine, others, strict=True)
    )


def _words(mine, others):
    """Say which layer differs first."""
    pairs = zip(mine, others, strict=False)
    name, kind = next((a[:2] for a, b in pairs if a[1] != b[1] or not _close(a[2], b[2])), mine[-1][:2])
    return (
        f"The layer {name!r} ({kind}) computes other numbers after the model has travelled, so another model would "
        "train: something in it is kept neither in its config nor in a weight, such as an object or a function that "
        "was set after it was made. Return it from get_config, or keep numbers by add_weight."
    )
