"""The server's operations, each with the texts that its OpenAPI page shows.

Runs on: driver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

import sparkeras

JSONSchema = dict[str, Any]
Handler = Callable[[Request], Any]  # a response, or a coroutine that gives it

ERROR: JSONSchema = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "The fault, in a sentence."}},
    "required": ["error"],
    "additionalProperties": False,
}
NAME: JSONSchema = {"type": "string", "description": "a run folder's name"}


@dataclass(frozen=True)
class Operation:
    """One kind of request.

    Attributes
    ----------
    method, path : str
        As Starlette writes them, ``/v1/models/{name}:predict``.
    handle : callable
        From a Starlette request to a response; its name is part of the document.
    summary : str
    query : dict of str to JSON Schema
        The parameters of the address, all optional.
    body, answer : JSON Schema
        ``body`` None: the request has none. ``answer`` None: the response is not JSON.
    media : str
        The answer's type.
    """

    method: str
    path: str
    handle: Handler
    summary: str
    query: dict[str, JSONSchema] = field(default_factory=dict)
    body: JSONSchema | None = None
    answer: JSONSchema | None = None
    media: str = "application/json"


def routes(operations: Sequence[Operation]) -> list[Route]:
    """Return Starlette's Routes of some Operations."""
    return [Route(each.path, each.handle, methods=[each.method]) for each in operations]


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the OpenAPI document of some Operations."""
    paths: dict[str, dict[str, JSONSchema]] = {}
    for each in operations:
        paths.setdefault(each.path.replace(":int}", "}"), {})[each.method.lower()] = _described(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "sparkeras",
            "version": sparkeras.__version__,
            "description": "Predictions of trained runs, in the shape of TensorFlow Serving's REST interface.",
        },
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }


def _described(each: Operation) -> dict[str, Any]:
    refused = {"description": "It was refused.", "content": {"application/json": {"schema": _ref("Error")}}}
    content = {each.media: {"schema": each.answer if each.answer is not None else {"type": "string"}}}
    described: dict[str, Any] = {
        "summary": each.summary,
        "operationId": f"{each.method.lower()}_{each.handle.__name__}",
        "parameters": [*_in_path(each.path), *_in_query(each.query)],
        "responses": {"200": {"description": "Done.", "content": content}, "4XX": refused, "5XX": refused},
    }
    if each.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": each.body}}}
    return described


def _in_path(path: str) -> Iterator[JSONSchema]:
    for part in path.split("{")[1:]:
        name, _, kind = part.partition("}")[0].partition(":")
        schema = {"type": "integer", "minimum": 1} if kind == "int" else NAME
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(query: dict[str, JSONSchema]) -> Iterator[JSONSchema]:
    for name, schema in query.items():
        yield {"name": name, "in": "query", "schema": schema}


def _ref(name: str) -> JSONSchema:
    return {"$ref": f"#/components/schemas/{name}"}
