"""Values of a request, read with care: numbers within limits, JSON of the right shape.

Runs on: driver.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

import orjson
from starlette.requests import Request

from sparkeras.serving.http.responses import Refusal

Number = TypeVar("Number", int, float)
MOST_INSTANCES = 4096


def number(request: Request, name: str, low: float, high: float, default: Number, kind: type[Number]) -> Number:
    """Return a number of the address's query, an ``int`` or a ``float`` as ``kind`` says.

    Raises
    ------
    Refusal
        400 if it is none, or outside ``low`` to ``high``.
    """
    text = request.query_params.get(name)
    if text is None:
        return default
    try:
        value = kind(text) if re.fullmatch(r"[-+.0-9a-zA-Z]{1,32}", text, re.ASCII) else None
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        noun = "a whole number" if kind is int else "a number"
        raise Refusal(400, f"{name!r} must be {noun} from {low} to {high}; got {text[:40]!r}.")
    return value


def require_few(count: int) -> None:
    """Raise Refusal (400) for a request without instances, or with too many."""
    if not 1 <= count <= MOST_INSTANCES:
        raise Refusal(400, f"A request holds 1 to {MOST_INSTANCES:,} instances; this one {count:,}.")


def one_of(request: Request, name: str, choices: Collection[str], default: str) -> str:
    """Return a word of the address's query that is one of ``choices``; Refusal (400) if it is not."""
    text = request.query_params.get(name, default)
    if text not in choices:
        raise Refusal(400, f"{name!r} must be one of {', '.join(choices)}; got {text[:40]!r}.")
    return text


def kinds_of(values: Iterable[Any]) -> set[type]:
    """Return the types of the values in nested lists; ``list`` is among them if the lists are of unequal depth.

    Ask before NumPy makes an array, which of texts takes as much memory for each as for the longest.
    """
    kinds = set(map(type, values))
    while kinds == {list}:
        values = list(itertools.chain.from_iterable(values))
        kinds = set(map(type, values))
    return kinds


async def body(request: Request) -> dict[str, Any]:
    """Return the JSON object of a request's body; Refusal (400) if it is none."""
    try:
        content = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise Refusal(400, f"The body is not JSON: {str(error)[:200]}.") from error
    if not isinstance(content, dict):
        raise Refusal(400, f"The body must be a JSON object; got {type(content).__name__}.")
    return content
