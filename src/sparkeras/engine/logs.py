"""The values in a training's logs: numbers, arrays, texts and dicts, as plain values, as JSON, as text.

Runs on: driver, Spark task, training process.

Keras gives a metric's number as a float and its vector as an array of the backend; a callback may add anything. Arrays
become NumPy's here, since the driver may have another backend; values without a plain form become text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

_DIGITS = ".4f"


def plain(value: Any) -> Any:
    """Return ``value`` without the backend: numbers, texts, None, NumPy arrays, and lists, tuples and dicts of them."""
    if isinstance(value, dict):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(plain(each) for each in value) if type(value) in (list, tuple) else list(map(plain, value))
    for kind in (bool, int, float, str):
        if isinstance(value, kind):
            return value if type(value) is kind else kind(value)
    return value if value is None else _from_array(value)


def _from_array(value: Any) -> Any:
    """Return an array or its single number; the text of any other value."""
    import numpy as np

    try:
        if hasattr(value, "detach"):  # torch: NumPy takes no tensor of a graph or a GPU
            value = value.detach().cpu()
        if not hasattr(value, "__array__"):
            return str(value)
        array = np.array(value)  # a copy: torch's would be the metric's own memory, which the next epoch changes
        if array.dtype.kind not in "biufU":  # bfloat16 and the like, which NumPy alone does not know
            array = array.astype(np.float32)
    except Exception:  # a callback's value may raise anything; no log is worth a training
        return str(value)
    return array.item() if array.ndim == 0 else array


def pack(value: Any) -> Any:
    """Return a ``plain`` value JSON-ready, for ``open_packed``."""
    if isinstance(value, dict):
        return {"dict": [[pack(key), pack(each)] for key, each in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [pack(each) for each in value]}
    if isinstance(value, list):
        return [pack(each) for each in value]
    if hasattr(value, "tolist"):
        return {"array": [value.dtype.name if value.dtype.kind != "U" else "str", value.shape, value.ravel().tolist()]}
    return value


def open_packed(value: Any) -> Any:
    """Return the value of ``pack``."""
    if isinstance(value, list):
        return [open_packed(each) for each in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "dict":
        return {open_packed(key): open_packed(each) for key, each in content}
    if kind == "tuple":
        return tuple(open_packed(each) for each in content)
    import numpy as np

    dtype, shape, numbers = content
    return np.array(numbers, dtype).reshape(shape)


def listed(value: Any) -> Any:
    """Return a ``plain`` value in JSON's own types: arrays and tuples as lists, keys as texts."""
    if isinstance(value, dict):
        return {str(key): listed(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [listed(each) for each in value]
    return value.tolist() if hasattr(value, "tolist") else value


def is_number(value: object) -> bool:
    """Tell whether ``value`` is one number."""
    return isinstance(value, int | float)


def numbers(logs: Mapping[str, Any]) -> dict[str, float | None]:
    """Return every number in ``logs`` under a name of its own: ``f1_score`` of two classes is ``f1_score_0``, ``_1``.

    Texts are left out; None, a figure that an epoch lacks, stays.
    """
    flat: dict[str, float | None] = {}
    for name, value in listed(logs).items():
        if isinstance(value, list | dict):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            flat |= numbers({f"{name}_{part}": each for part, each in parts})
        elif value is None or is_number(value):
            flat[name] = value
    return flat


def text(value: Any, digits: str = _DIGITS) -> str:
    """Return a value in one line: ``0.2500``, ``[0.2500 0.5000]``, a text as it is."""
    value = listed(value)
    if isinstance(value, dict):
        return "{" + " ".join(f"{name} {text(each, digits)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + " ".join(text(each, digits) for each in value) + "]"
    return format(value, digits) if isinstance(value, float) else str(value)


def cell(value: Any) -> Any:
    """Return a value as a cell of a CSV file, for ``read_cell``: a number, a text, or JSON."""
    if value is None or (is_number(value) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value == read_cell(value):
        return value
    return json.dumps(listed(value))


def read_cell(content: str) -> Any:
    """Return the value of a cell: a float, an array, a dict or a text."""
    try:
        return float(content)
    except ValueError:
        pass
    try:
        value = json.loads(content)
    except ValueError:
        return content
    return _as_array(value)


def _as_array(value: Any) -> Any:
    if isinstance(value, list) and value:
        import numpy as np

        try:
            array = np.array(value)
        except ValueError:  # lists of several lengths
            return value
        return array if array.dtype.kind in "biuf" else value
    return value


def is_finite(value: Any) -> bool:
    """Tell whether every number in ``value`` is finite."""
    return all(each is None or math.isfinite(each) for each in numbers({"": value}).values())
