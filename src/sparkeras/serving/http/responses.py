"""The server's answers: JSON; a refusal is ``{"error": "a sentence"}``, as TensorFlow Serving has it.

Runs on: driver.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sparkeras.errors import SparkerasError

_MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not take this kind of request.",
}


class JSON(Response):
    """A JSON answer; arrays of NumPy are lists, NaN and infinity null."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        try:
            return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError:  # a number above 64 bits, or half a character, of a damaged run
            return json.dumps(content, default=lambda array: array.tolist()).encode()


class Refusal(HTTPException):
    """A request that is refused, with the HTTP status and a sentence that gives the reason."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, message, headers)


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> JSON:
    """Return the response that refuses a request."""
    return JSON({"error": message}, status, headers)


async def _of_http(request: Request, error: HTTPException) -> JSON:
    message = error.detail if isinstance(error, Refusal) else _MESSAGES.get(error.status_code, error.detail)
    return refusal(error.status_code, message, error.headers)


async def _of_ours(request: Request, error: SparkerasError) -> JSON:
    return refusal(400, str(error).splitlines()[0])


async def _of_others(request: Request, error: Exception) -> JSON:
    logging.getLogger(__name__).error("%s %s", request.method, request.url.path, exc_info=error)
    return refusal(500, "Something went wrong in the lab itself; its terminal tells what.")


# For Starlette: the function that answers for each error.
HANDLERS: dict[type[Exception], Callable[[Request, Any], Awaitable[Response]]] = {
    HTTPException: _of_http,
    SparkerasError: _of_ours,
    Exception: _of_others,
}
