"""A predict request as arrays, and the outputs in the form that it asked for.

Runs on: driver.

A request has ``instances``, a list of rows, or ``inputs``, a list per input; a row of several inputs is an object
{input: value}. A value is a number, nested lists of numbers, ``{"b64": ...}`` of an image file, or a text. The answer
has ``predictions`` or ``outputs``, accordingly.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkeras.serving import table_rows
from sparkeras.serving.http import photos, requests
from sparkeras.serving.http.responses import Refusal

if TYPE_CHECKING:
    from PIL.Image import Image

    from sparkeras.serving.model import ServedModel, Tensor

MOST_PIXELS = 50_000_000  # of all images of a request together
_NUMBERS: set[type] = {int, float, bool}
_KEYS = {"instances", "inputs", "signature_name"}


def arrays_of(body: dict[str, Any], model: ServedModel) -> tuple[list[np.ndarray], bool]:
    """Return (arrays, one per input of the model, and whether the request is row by row).

    Raises
    ------
    Refusal
        400, with the instance and its fault.
    """
    unknown = sorted(set(body) - _KEYS)
    if unknown:
        raise Refusal(400, f"Unknown key {unknown[0]!r}; expected instances or inputs.")
    if ("instances" in body) == ("inputs" in body):
        raise Refusal(400, "Give either 'instances', a list of rows, or 'inputs', a list per input.")
    if body.get("signature_name", "serving_default") != "serving_default":
        raise Refusal(400, "The only signature is 'serving_default'.")
    by_row = "instances" in body
    if model.spec:
        return table_rows.arrays_of(body["instances" if by_row else "inputs"], by_row, model), by_row
    columns = _columns_of_rows(body["instances"], model) if by_row else _columns(body["inputs"], model)
    counts = {len(column) for column in columns}
    if len(counts) > 1:
        raise Refusal(400, f"The inputs have different numbers of rows: {sorted(counts)}.")
    requests.require_few(counts.pop())
    return [_array(column, each, model) for column, each in zip(columns, model.inputs, strict=True)], by_row


def answer_of(outputs: list[np.ndarray], model: ServedModel, by_row: bool) -> dict[str, Any]:
    """Return the answer; ``outputs`` are float arrays (rows, ...), one per output."""
    names = [each.name for each in model.outputs]
    if by_row:
        if len(names) == 1:
            return {"predictions": outputs[0]}
        return {"predictions": [dict(zip(names, row, strict=True)) for row in zip(*outputs, strict=True)]}
    return {"outputs": outputs[0] if len(names) == 1 else dict(zip(names, outputs, strict=True))}


def _columns_of_rows(rows: object, model: ServedModel) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise Refusal(400, f"'instances' must be a list of rows; got {_kind(rows)}.")
    names = [each.name for each in model.inputs]
    if not any(_is_named(row, names) for row in rows):
        if len(names) == 1:
            return [rows]
        raise Refusal(400, f"Each instance must be an object with the inputs {_listed(names)}.")
    for number, row in enumerate(rows):
        if not _is_named(row, names) or set(row) != set(names):
            raise Refusal(400, f"Instance {number} must be an object with the inputs {_listed(names)}, and no others.")
    return [[row[name] for row in rows] for name in names]


def _is_named(row: object, names: Collection[str]) -> bool:
    return isinstance(row, dict) and (set(row) != {"b64"} or "b64" in names)


def _columns(inputs: object, model: ServedModel) -> list[list[Any]]:
    names = [each.name for each in model.inputs]
    if isinstance(inputs, dict) and set(inputs) == set(names):
        columns = [inputs[name] for name in names]
    elif isinstance(inputs, list) and len(names) == 1:
        columns = [inputs]
    else:
        raise Refusal(400, f"'inputs' must be an object with a list for each of {_listed(names)}.")
    wrong = next((name for name, each in zip(names, columns, strict=True) if not isinstance(each, list)), None)
    if wrong is not None:
        raise Refusal(400, f"The input {wrong!r} must be a list of rows.")
    return columns


def _array(column: list[Any], tensor: Tensor, model: ServedModel) -> np.ndarray:
    """Return a list of values as an array (rows, *shape) of the input's type."""
    if model.words and all(isinstance(value, str) for value in column):
        return model.words.ids(column)
    if any(isinstance(value, dict) for value in column):
        return _images(column, tensor)
    array = _numbers(column)
    if array is None or not array.size:
        raise Refusal(400, _why_no_numbers(column, tensor))
    return _shaped(array, tensor)


def _numbers(value: object) -> np.ndarray | None:
    """Return a number or nested lists of them as an array, None for anything else."""
    if not requests.kinds_of([value]) <= _NUMBERS:
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return None
    return array if array.dtype.kind in "biuf" else None


def _shaped(array: np.ndarray, tensor: Tensor) -> np.ndarray:
    """Return numbers in the shape and the type of an input; Refusal (400) where they do not fit it."""
    given, expected = array.shape[1:], tensor.shape
    if len(given) != len(expected) or any(e not in (None, g) for e, g in zip(expected, given, strict=True)):
        sizes = [size for size in expected if size is not None]
        if len(sizes) < len(expected) or array[:1].size != math.prod(sizes):
            raise Refusal(
                400, f"The input {tensor.name!r} takes {_shape_text(expected)} per instance; got {_shape_text(given)}."
            )
        array = array.reshape(len(array), *sizes)  # a flat row of as many numbers is one, too
    if np.dtype(tensor.dtype).kind in "iu":
        limits = np.iinfo(tensor.dtype)
        if (array != np.floor(array)).any() or array.min() < limits.min or array.max() > limits.max:
            raise Refusal(400, f"The input {tensor.name!r} takes whole numbers from {limits.min:,} to {limits.max:,}.")
    with np.errstate(over="ignore"):
        array = array.astype(tensor.dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise Refusal(400, f"The input {tensor.name!r} holds a number too large for {tensor.dtype}.")
    return array


def _images(column: list[Any], tensor: Tensor) -> np.ndarray:
    from sparkeras.files.image_files import fitted

    arrays, pixels = [], 0
    for number, value in enumerate(column):
        image = _image(value, number, tensor)
        pixels += image.width * image.height
        if pixels > MOST_PIXELS:
            raise Refusal(413, f"The images of a request hold {MOST_PIXELS:,} pixels together, at the most.")
        arrays.append(fitted(image, tuple(axis or 1 for axis in tensor.shape)).astype(tensor.dtype))
    return np.stack(arrays)


def _image(value: object, number: int, tensor: Tensor) -> Image:
    if not isinstance(value, dict) or set(value) != {"b64"} or not isinstance(value["b64"], str):
        raise Refusal(400, f"Instance {number} must be {{'b64': ...}} as the others, an image file in base64.")
    if len(tensor.shape) not in (2, 3) or None in tensor.shape or (*tensor.shape, 1)[2] not in (1, 3, 4):
        raise Refusal(400, f"The input {tensor.name!r} takes {_shape_text(tensor.shape)}, which is not an image.")
    return photos.of_base64(value["b64"], f"Instance {number}")


def _why_no_numbers(column: list[Any], tensor: Tensor) -> str:
    """Return the sentence that names the first instance without numbers, or of another shape than the first."""
    shapes = []
    for number, value in enumerate(column):
        array, kinds = _numbers(value), requests.kinds_of([value])
        if array is None and kinds <= {*_NUMBERS, list}:
            return f"Instance {number} is a list of lists of different lengths, or a number in it is too large."
        if array is None or not array.size:
            return f"Instance {number} must hold numbers; it takes {_shape_text(tensor.shape)}. Null is none."
        shapes.append(array)
        if shapes[-1].shape != shapes[0].shape:
            return (
                f"Instance {number} is {_shape_text(shapes[-1].shape)}, the first is {_shape_text(shapes[0].shape)}. "
                "All must have one shape."
            )
    return f"The input {tensor.name!r} must hold numbers, {_shape_text(tensor.shape)} per instance."


def _shape_text(shape: Sequence[int | None]) -> str:
    if shape in ((), (1,)):
        return "one number"
    return " x ".join("any" if size is None else str(size) for size in shape) + " numbers"


def _listed(names: Collection[str]) -> str:
    return ", ".join(map(repr, names))


def _kind(value: object) -> str:
    names = {dict: "an object", str: "a text", bool: "true or false", int: "a number", float: "a number"}
    return names.get(type(value), "null")
