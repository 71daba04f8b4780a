"""What the lab answers: JSON; a refusal is ``{"error": "a sentence"}``, as TensorFlow Serving has it.

Runs on: driver.
"""

import json
import logging

import orjson
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sparkeras.errors import SparkerasError

_WORDS = {
    404: "There is nothing at this address.",
    405: "This address does not take this kind of request.",
}


class JSON(Response):
    """A JSON answer; arrays of NumPy are lists, NaN and infinity null."""

    media_type = "application/json"

    def render(self, content):
        try:
            return orjson.dumps(content, option=orjson.OPT_SERIALIZE_NUMPY)
        except TypeError:  # a number above 64 bits, or half a character, of a damaged run
            return json.dumps(content, default=lambda array: array.tolist()).encode()


class Refusal(HTTPException):
    """A request that is not done, with the HTTP status and the sentence that says why."""

    def __init__(self, status, words, headers=None):
        super().__init__(status, words, headers)


def refusal(status, words, headers=None):
    """Return the response that refuses a request."""
    return JSON({"error": words}, status, headers)


async def _of_http(request, error):
    words = error.detail if isinstance(error, Refusal) else _WORDS.get(error.status_code, error.detail)
    return refusal(error.status_code, words, error.headers)


async def _of_ours(request, error):
    return refusal(400, str(error).splitlines()[0])


async def _of_nobody(request, error):
    logging.getLogger(__name__).error("%s %s", request.method, request.url.path, exc_info=error)
    return refusal(500, "Something went wrong in the lab itself; its terminal tells what.")


# For Starlette: which function answers for which error.
HANDLERS = {HTTPException: _of_http, SparkerasError: _of_ours, Exception: _of_nobody}
