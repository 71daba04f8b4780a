"""What a request asks, read with care: numbers within limits, JSON of the right shape.

Runs on: driver.
"""

import itertools
import math
import re

import orjson

from sparkeras.serving.http.responses import Refusal


def number(request, name, low, high, default, kind=int):
    """Return a number of the address's query.

    Raises
    ------
    Refusal
        400 if it is none, or outside ``low`` to ``high``.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = kind(text) if re.fullmatch(r"[-+.0-9a-zA-Z]{1,32}", text, re.ASCII) else math.nan
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        words = "a whole number" if kind is int else "a number"
        raise Refusal(400, f"{name!r} must be {words} from {low} to {high}; got {text[:40]!r}.")
    return value


def one_of(request, name, choices, default):
    """Return a word of the address's query that is one of ``choices``; Refusal (400) if it is not."""
    text = request.query_params.get(name, default)
    if text not in choices:
        raise Refusal(400, f"{name!r} must be one of {', '.join(choices)}; got {text[:40]!r}.")
    return text


def kinds_of(values):
    """Return the types of what stands in nested lists; with ``list`` among them if the lists are of unlike depth.

    It is asked before NumPy makes an array, which of texts takes as much for each as for the longest.
    """
    kinds = set(map(type, values))
    while kinds == {list}:
        values = list(itertools.chain.from_iterable(values))
        kinds = set(map(type, values))
    return kinds


async def body(request):
    """Return the JSON object of a request's body, a dict; Refusal (400) if it is none."""
    try:
        said = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is no JSON: {str(error)[:200]}.") from error
    if not isinstance(said, dict):
        raise Refusal(400, f"The body must be a JSON object; got {type(said).__name__}.")
    return said
