"""What goes into a model and comes out of it: names, shapes and types of one row.

Runs on: driver.
"""

import keras

from sparkeras.engine.blueprint.outputs import outputs_of


def signature(model):
    """Describe what goes in and comes out, as plain values.

    Returns
    -------
    dict
        ``{"inputs": {name: {"shape": (784,), "dtype": "float32"}}, "outputs": ...}``, both alike, shapes without the
        batch axis; ``inputs`` is None for a model that has not been built and names no inputs; ``outputs`` likewise,
        and for a subclassed model of one output. Shapes are None where only the losses say how many outputs there are.
    """
    inputs = getattr(model, "inputs", None) if model.built else None
    return {
        "inputs": inputs and {name: _row(tensor) for name, tensor in _named_inputs(model)},
        "outputs": _named_outputs(model),
    }


def rows_of(outputs):
    """Return outputs, of ``outputs.outputs_of``, as ``signature`` describes them."""
    return {name: _row(tensor) for name, tensor in outputs.items()}


def _row(tensor):
    return {"shape": tuple(tensor.shape[1:]), "dtype": tensor.dtype}


def _named_inputs(model):
    """Return (name, tensor) of each input: the keys of a dict of inputs, else the tensors' own names."""
    struct = getattr(model, "_inputs_struct", None)
    if isinstance(struct, dict) and len(struct) == len(model.inputs):
        return list(zip(keras.tree.flatten({name: name for name in struct}), model.inputs, strict=True))
    return [(tensor.name, tensor) for tensor in model.inputs]


def _named_outputs(model):
    """Return the outputs; None for one of a subclassed model, or where nothing says yet how many there are."""
    outputs = outputs_of(model)
    if outputs:
        named = len(outputs) > 1 or getattr(model, "outputs", None)
        return rows_of(outputs) if named else None
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict):
        return {name: {"shape": None, "dtype": None} for name in sorted(loss)}
    if isinstance(loss, list | tuple) and len(loss) > 1:
        return {f"output_{place}": {"shape": None, "dtype": None} for place in range(len(loss))}
    return None


def embedding_size(model, name):
    """Return how many ids the Embedding on the input ``name`` knows, None where there is none."""
    known = model.built and getattr(model, "inputs", None)
    inputs = {id(tensor): name for name, tensor in _named_inputs(model)} if known else {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.Embedding):
            tensors = keras.tree.flatten([node.input_tensors for node in layer._inbound_nodes])
            if any(inputs.get(id(tensor)) == name for tensor in tensors):
                return layer.input_dim
    return None


def fixed_rows(model):
    """Return how many rows a model takes at once, where it was built for just so many; None for any number."""
    inputs = (getattr(model, "inputs", None) if model.built else None) or ()
    return next((tensor.shape[0] for tensor in inputs if tensor.shape[0] is not None), None)
