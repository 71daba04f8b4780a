"""A model's inputs and outputs: names, shapes and types of one row.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Mapping

import keras

from sparkeras.engine.blueprint.outputs import outputs_of
from sparkeras.engine.columns.signature import Row, Signature
from sparkeras.engine.internals import keras_internals


def signature(model: keras.Model) -> Signature:
    """Return a model's inputs and outputs as plain values.

    Returns
    -------
    Signature
        ``{"inputs": {name: {"shape": (784,), "dtype": "float32"}}, "outputs": ...}``, both alike, shapes without the
        batch axis; ``inputs`` is None for a model that has not been built and names no inputs; ``outputs`` likewise,
        and for a subclassed model of one output. Shapes are None where only the losses tell the number of outputs.
    """
    inputs = getattr(model, "inputs", None) if model.built else None
    return {
        "inputs": {name: _row(tensor) for name, tensor in _named_inputs(model)} if inputs else None,
        "outputs": _named_outputs(model),
    }


def rows_of(outputs: Mapping[str, keras.KerasTensor]) -> dict[str, Row]:
    """Return the rows of ``signature`` for outputs of ``outputs.outputs_of``."""
    return {name: _row(tensor) for name, tensor in outputs.items()}


def _row(tensor: keras.KerasTensor) -> Row:
    return {"shape": tuple(tensor.shape[1:]), "dtype": tensor.dtype}


def _named_inputs(model: keras.Model) -> list[tuple[str, keras.KerasTensor]]:
    """Return (name, tensor) of each input: the keys of a dict of inputs, else the tensors' own names."""
    struct = keras_internals.inputs_of(model)
    if isinstance(struct, dict) and len(struct) == len(model.inputs):
        return list(zip(keras.tree.flatten({name: name for name in struct}), model.inputs, strict=True))
    return [(tensor.name, tensor) for tensor in model.inputs]


def _named_outputs(model: keras.Model) -> dict[str, Row] | None:
    """Return the outputs; None for the one of a subclassed model, or where their number is still unknown."""
    outputs = outputs_of(model)
    if outputs:
        named = len(outputs) > 1 or getattr(model, "outputs", None)
        return rows_of(outputs) if named else None
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict):
        return {name: {"shape": None, "dtype": None} for name in sorted(loss)}
    if isinstance(loss, list | tuple) and len(loss) > 1:
        return {f"output_{number}": {"shape": None, "dtype": None} for number in range(len(loss))}
    return None


def embedding_size(model: keras.Model, name: str) -> int | None:
    """Return the number of ids of the Embedding on the input ``name``, None without one."""
    known = model.built and getattr(model, "inputs", None)
    names = {id(tensor): name for name, tensor in _named_inputs(model)} if known else {}
    for layer in model.layers:
        tensors = keras_internals.tensors_into(layer) if isinstance(layer, keras.layers.Embedding) else []
        if any(names.get(id(tensor)) == name for tensor in tensors):
            return int(layer.input_dim)
    return None


def fixed_rows(model: keras.Model) -> int | None:
    """Return the fixed batch size that a model was built for; None for any."""
    inputs = (getattr(model, "inputs", None) if model.built else None) or ()
    return next((tensor.shape[0] for tensor in inputs if tensor.shape[0] is not None), None)
