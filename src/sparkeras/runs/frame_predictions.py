"""Predictions of a run's model for a pandas frame, on this machine.

Runs on: driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras.engine.blueprint.labels import output_kind
from sparkeras.engine.columns.outputs import classify
from sparkeras.engine.params import limits
from sparkeras.errors import InvalidColumnError
from sparkeras.features.reading import as_numbers, of_values
from sparkeras.runs import table_columns
from sparkeras.spark.names import listed

if TYPE_CHECKING:
    import keras
    import pyarrow as pa

    from sparkeras.features import Features
    from sparkeras.runs.run_folder import Run


def predict(run: Run, model: keras.Model, frame: Any, handle_invalid: str) -> Any:
    """Return a pandas frame with predictions beside its columns; see ``Run.predict``."""
    skips = limits.one_of("handle_invalid", handle_invalid, choices=("error", "skip")) == "skip"
    if not hasattr(frame, "assign"):
        raise InvalidColumnError(f"Run.predict takes a pandas frame; got {type(frame).__name__}.")
    spec, data = table_columns.of_run(run), run.summary["data"]
    names = list(spec.sources if spec else data.get("feature_names") or ())
    if not names:
        raise InvalidColumnError(f"The model of {run.path} reads no columns by name. Take: sparkeras predict RUN FILE")
    columns = {name: _column(frame, name) for name in names}
    arrays, invalid = _encoded(spec, columns, skips) if spec else _numbers(columns, model, skips)
    frame = frame[~invalid]
    if not len(frame):
        raise InvalidColumnError("No row is left to predict: each has a value that cannot be encoded.")
    outputs = np.asarray(model.predict(arrays, batch_size=1024, verbose=0))
    if data.get("task") != "classification":
        return frame.assign(prediction=outputs[:, 0] if outputs.shape[1:] == (1,) else list(outputs))
    _, probability = classify(outputs.astype(np.float64), output_kind(model))
    number = probability.argmax(axis=1)
    classes = {"class": np.array(data["class_names"])[number]} if data.get("class_names") else {}
    return frame.assign(prediction=number, probability=probability.max(axis=1), **classes)


def _column(frame: Any, name: str) -> pa.Array:
    if name not in frame.columns:
        raise InvalidColumnError(
            f"Column {name!r} is missing, and the model was trained with it; the frame has {listed(frame.columns)}."
        )
    return of_values(frame[name])


def _encoded(spec: Features, columns: dict[str, pa.Array], skips: bool) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the model's inputs for the rows that can be encoded, and a mask of the others."""
    encoded = {name: block.encode(columns) for name, block in spec.blocks.items()}
    invalid = np.logical_or.reduce([each.invalid for each in encoded.values()])
    if invalid.any() and not skips:
        spec.encode(columns)  # says why
    return {name: each.array[~invalid] for name, each in encoded.items()}, invalid


def _numbers(columns: dict[str, pa.Array], model: keras.Model, skips: bool) -> tuple[np.ndarray, np.ndarray]:
    """Likewise for a model of numbers, one of each column."""
    array = np.stack([as_numbers(column)[0] for column in columns.values()], axis=1)
    wrong = ~np.isfinite(array)
    invalid = wrong.any(axis=1)
    if invalid.any() and not skips:
        place = int(wrong.any(axis=0).argmax())
        raise InvalidColumnError(
            f"Column {list(columns)[place]!r} has no number in {int(wrong[:, place].sum()):,} of {len(array):,} rows. "
            "Fill it, or leave such rows out (handle_invalid='skip')."
        )
    shape = (-1, *(axis or -1 for axis in model.input_shape[1:]))
    return array[~invalid].astype(np.float32).reshape(shape), invalid
