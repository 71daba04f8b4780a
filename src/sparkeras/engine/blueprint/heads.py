"""The columns that a prediction makes of a model's outputs as they are.

Runs on: driver.
"""

from __future__ import annotations

import keras

from sparkeras.engine.blueprint.outputs import outputs_of_subclass
from sparkeras.engine.blueprint.shapes import rows_of, signature
from sparkeras.engine.columns.outputs import Heads
from sparkeras.errors import InvalidModelError


def raw_heads(model: keras.Model, prediction: str) -> Heads:
    """Return the Heads of a model's outputs as they are: ``prediction``, or one such column per output.

    Raises
    ------
    InvalidModelError
        If the model has never seen data, so that it has no weights to predict with.
    """
    if not model.built:
        raise InvalidModelError("The model has never seen data, so it has no weights to predict with. Fit it first.")
    # A subclassed model does not declare its outputs; Keras computes their shapes.
    outputs = signature(model)["outputs"] or rows_of(outputs_of_subclass(model))
    names = (prediction,) if len(outputs) == 1 else tuple(f"{prediction}_{name}" for name in outputs)
    shapes = tuple(output["shape"] or () for output in outputs.values())
    return Heads("raw", names, shapes, dtypes=tuple(output["dtype"] for output in outputs.values()))
