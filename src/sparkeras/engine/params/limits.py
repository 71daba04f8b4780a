"""The limits of settings: each function returns a checked value, or raises InvalidParamError with the limit.

Runs on: driver.
"""

import json
import math
import numbers
import re
from collections.abc import Sequence
from typing import Any

from sparkeras.errors import InvalidParamError


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def whole(name: str, value: Any, low: int) -> int:
    """A whole number of ``low`` or more."""
    if not _is_real(value) or not float(value).is_integer() or value < low:
        raise InvalidParamError(f"{name!r} must be a whole number of {low} or more; got {value!r}.")
    return int(float(value))


def seed(name: str, value: Any) -> int:
    """A whole number that NumPy takes as a seed."""
    if whole(name, value, low=0) >= 1 << 32:
        raise InvalidParamError(f"{name!r} must be a whole number from 0 to {(1 << 32) - 1}; got {value!r}.")
    return int(value)


def workers(name: str, value: Any) -> int | str:
    """A whole number of 1 or more, or ``"auto"``."""
    if value == "auto":
        return "auto"
    try:
        return whole(name, value, low=1)
    except InvalidParamError:
        raise InvalidParamError(f"{name!r} must be a whole number of 1 or more, or 'auto'; got {value!r}.") from None


def fraction(name: str, value: Any) -> float:
    """A number between 0 and 1, both excluded."""
    if not _is_real(value) or not 0 < value < 1:
        raise InvalidParamError(f"{name!r} must be a number between 0 and 1; got {value!r}.")
    return float(value)


def boolean(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise InvalidParamError(f"{name!r} must be True or False; got {value!r}.")
    return value


def text(name: str, value: Any) -> str:
    """A name."""
    if not isinstance(value, str) or not value:
        raise InvalidParamError(f"{name!r} must be a name (text); got {value!r}.")
    return value


def columns(name: str, value: Any) -> Any:
    """A column name, a list of them, {input or output name: column or list}, or a column spec."""
    if hasattr(value, "blocks"):  # see engine/columns/encoder.Spec
        return value
    values = value.values() if isinstance(value, dict) else [value]
    lists = [[each] if isinstance(each, str) else each for each in values]
    if not lists or not all(
        isinstance(names, list | tuple) and names and all(isinstance(n, str) and n for n in names) for names in lists
    ):
        raise InvalidParamError(
            f"{name!r} must be a column name, a list of them, or {{input name: column}}; got {value!r}."
        )
    return value


def class_weight(name: str, value: Any) -> dict[int | str, float]:
    """{class number or name: weight}; JSON makes texts of class numbers."""
    good = isinstance(value, dict) and bool(value)
    if good and all(str(label).isdecimal() and str(int(label)) == str(label) for label in value):
        value = {int(label): weight for label, weight in value.items()}
    for label, weight in value.items() if good else ():
        known = isinstance(label, int | str) and not isinstance(label, bool)
        good = good and known and isinstance(weight, numbers.Real) and math.isfinite(weight) and float(weight) >= 0
    if not good:
        raise InvalidParamError(f"{name!r} must be {{class: weight}} with weights of 0 or more; got {value!r}.")
    return {label: float(weight) for label, weight in value.items()}


def validation(name: str, value: Any) -> float | str:
    """A fraction of the rows or the name of a boolean column."""
    if isinstance(value, str):
        return text(name, value)
    if not isinstance(value, numbers.Real):
        raise InvalidParamError(
            f"{name!r} must be a number between 0 and 1, or the name of a boolean column that is true for rows to "
            f"validate with; got {type(value).__name__}."
        )
    return fraction(name, value)


def callbacks(name: str, value: Any) -> list[Any]:
    """A list of Keras callbacks."""
    if isinstance(value, list | tuple):
        classes = [each.__name__ for each in value if isinstance(each, type)]
        if classes:
            raise InvalidParamError(f"{name!r} holds the class {classes[0]}; make a callback of it: {classes[0]}(...).")
    if not isinstance(value, list | tuple) or not all(hasattr(each, "on_epoch_end") for each in value):
        raise InvalidParamError(f"{name!r} must be a list of keras.callbacks.Callback; got {value!r}.")
    return list(value)


def memory(name: str, value: Any) -> int:
    """Bytes, as a number or as Spark writes it, e.g. ``"512m"``."""
    match = re.fullmatch(r"(\d+)\s*([kmgt])(i?b)?", value.strip().lower()) if isinstance(value, str) else None
    size = int(match[1]) * 1024 ** ("kmgt".index(match[2]) + 1) if match else value
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InvalidParamError(f"{name!r} must be a size like '512m' or '4g', or a number of bytes; got {value!r}.")
    return size


def columns_list(name: str, value: Any) -> list[str]:
    """Several column names."""
    if isinstance(value, str | dict):
        raise InvalidParamError(f"{name!r} must be a list of column names; got {value!r}.")
    return list(columns(name, value))


def positive(name: str, value: Any) -> float:
    """A number above 0."""
    if not _is_real(value) or not 0 < value < math.inf:
        raise InvalidParamError(f"{name!r} must be a number above 0; got {value!r}.")
    return float(value)


def one_of(name: str, value: Any, choices: Sequence[str]) -> str:
    """One of a few texts."""
    if value not in choices:
        raise InvalidParamError(f"{name!r} must be {' or '.join(map(repr, choices))}; got {value!r}.")
    return value


def json_object(name: str, value: Any) -> dict[str, Any]:
    """A dict that JSON can hold, with names as keys, so that it can be saved and compared."""
    try:
        good = isinstance(value, dict) and json.loads(json.dumps(value)) == value
    except (TypeError, ValueError):
        good = False
    if not good:
        raise InvalidParamError(
            f"{name!r} must be a dict of names to plain values (numbers, text, True, None, lists, dicts), as JSON has "
            f"them; got {value!r}."
        )
    return value
