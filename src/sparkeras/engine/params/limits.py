"""What the value of a setting may be: each function returns it as it is kept, or says what it must be.

Runs on: driver.
"""

import json
import math
import numbers
import re

from sparkeras.errors import InvalidParamError


def whole(name, value, low):
    """A whole number of ``low`` or more."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not float(value).is_integer() or value < low:
        raise InvalidParamError(f"{name!r} must be a whole number of {low} or more; got {value!r}.")
    return int(value)


def seed(name, value):
    """A whole number that NumPy takes as a seed."""
    if whole(name, value, low=0) >= 1 << 32:
        raise InvalidParamError(f"{name!r} must be a whole number from 0 to {(1 << 32) - 1}; got {value!r}.")
    return int(value)


def workers(name, value):
    """A whole number of 1 or more, or the word that leaves it to Spark."""
    if value == "auto":
        return value
    try:
        return whole(name, value, low=1)
    except InvalidParamError:
        raise InvalidParamError(f"{name!r} must be a whole number of 1 or more, or 'auto'; got {value!r}.") from None


def fraction(name, value):
    """A number between 0 and 1, both excluded."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value < 1:
        raise InvalidParamError(f"{name!r} must be a number between 0 and 1; got {value!r}.")
    return float(value)


def boolean(name, value):
    """True or False."""
    if not isinstance(value, bool):
        raise InvalidParamError(f"{name!r} must be True or False; got {value!r}.")
    return value


def text(name, value):
    """A name."""
    if not isinstance(value, str) or not value:
        raise InvalidParamError(f"{name!r} must be a name (text); got {value!r}.")
    return value


def columns(name, value):
    """A column name, a list of them, or {input or output name: column or list}."""
    values = value.values() if isinstance(value, dict) else [value]
    lists = [[each] if isinstance(each, str) else each for each in values]
    if not lists or not all(
        isinstance(names, list | tuple) and names and all(isinstance(n, str) and n for n in names) for names in lists
    ):
        raise InvalidParamError(
            f"{name!r} must be a column name, a list of them, or {{input name: column}}; got {value!r}."
        )
    return value


def class_weight(name, value):
    """{class number or name: weight}; JSON makes texts of class numbers."""
    good = isinstance(value, dict) and value
    if good and all(str(label).isdecimal() and str(int(label)) == str(label) for label in value):
        value = {int(label): weight for label, weight in value.items()}
    for label, weight in value.items() if good else ():
        known = isinstance(label, int | str) and not isinstance(label, bool)
        good = good and known and isinstance(weight, numbers.Real) and math.isfinite(weight) and weight >= 0
    if not good:
        raise InvalidParamError(f"{name!r} must be {{class: weight}} with weights of 0 or more; got {value!r}.")
    return {label: float(weight) for label, weight in value.items()}


def validation(name, value):
    """A fraction of the rows or the name of a boolean column."""
    if isinstance(value, str):
        return text(name, value)
    if not isinstance(value, numbers.Real):
        raise InvalidParamError(
            f"{name!r} must be a number between 0 and 1, or the name of a boolean column that is true for rows to "
            f"validate with; got {type(value).__name__}."
        )
    return fraction(name, value)


def callbacks(name, value):
    """A list of Keras callbacks."""
    if isinstance(value, list | tuple):
        classes = [each.__name__ for each in value if isinstance(each, type)]
        if classes:
            raise InvalidParamError(f"{name!r} holds the class {classes[0]}; make a callback of it: {classes[0]}(...).")
    if not isinstance(value, list | tuple) or not all(hasattr(each, "on_epoch_end") for each in value):
        raise InvalidParamError(f"{name!r} must be a list of keras.callbacks.Callback; got {value!r}.")
    return list(value)


def memory(name, value):
    """Bytes, as a number or in Spark's words."""
    words = re.fullmatch(r"(\d+)\s*([kmgt])(i?b)?", value.strip().lower()) if isinstance(value, str) else None
    found = int(words[1]) * 1024 ** ("kmgt".index(words[2]) + 1) if words else value
    if isinstance(found, bool) or not isinstance(found, int) or found < 1:
        raise InvalidParamError(f"{name!r} must be a size like '512m' or '4g', or a number of bytes; got {value!r}.")
    return found


def columns_list(name, value):
    """Several column names."""
    if isinstance(value, str | dict):
        raise InvalidParamError(f"{name!r} must be a list of column names; got {value!r}.")
    return list(columns(name, value))


def positive(name, value):
    """A number above 0."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 < value < math.inf:
        raise InvalidParamError(f"{name!r} must be a number above 0; got {value!r}.")
    return float(value)


def one_of(name, value, words):
    """One of a few words."""
    if value not in words:
        raise InvalidParamError(f"{name!r} must be {' or '.join(map(repr, words))}; got {value!r}.")
    return value


def json_object(name, value):
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
