"""What the server can be asked, each operation with the words that its OpenAPI page shows.

Runs on: driver.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.routing import Route

import sparkeras

ERROR = {
    "type": "object",
    "properties": {"error": {"type": "string", "description": "What is wrong, in a sentence."}},
    "required": ["error"],
    "additionalProperties": False,
}
NAME = {"type": "string", "description": "a run folder's name"}


@dataclass(frozen=True)
class Operation:
    """One kind of request.

    Attributes
    ----------
    method, path : str
        As Starlette writes them, ``/v1/models/{name}:predict``.
    handle : callable
        From a Starlette request to a response.
    summary : str
    query : dict of str to JSON Schema
        The parameters of the address, none of which is needed.
    body, answer : JSON Schema
        ``body`` None: the request has none. ``answer`` None: what comes back is no JSON.
    media : str
        The answer's type.
    """

    method: str
    path: str
    handle: Callable
    summary: str
    query: dict = field(default_factory=dict)
    body: dict | None = None
    answer: dict | None = None
    media: str = "application/json"


def routes(operations):
    """Return Starlette's Routes of some Operations."""
    return [Route(each.path, each.handle, methods=[each.method]) for each in operations]


def document(operations):
    """Return the OpenAPI document of some Operations, a dict."""
    paths: dict = {}
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


def _described(each):
    refused = {"description": "It was refused.", "content": {"application/json": {"schema": _ref("Error")}}}
    content = {each.media: {"schema": each.answer if each.answer is not None else {"type": "string"}}}
    found = {
        "summary": each.summary,
        "operationId": f"{each.method.lower()}_{each.handle.__name__}",
        "parameters": [*_in_path(each.path), *_in_query(each.query)],
        "responses": {"200": {"description": "Done.", "content": content}, "4XX": refused, "5XX": refused},
    }
    if each.body is not None:
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": each.body}}}
    return found


def _in_path(path):
    for part in path.split("{")[1:]:
        name, _, kind = part.partition("}")[0].partition(":")
        schema = {"type": "integer", "minimum": 1} if kind == "int" else NAME
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(query):
    for name, schema in query.items():
        yield {"name": name, "in": "query", "schema": schema}


def _ref(name):
    return {"$ref": f"#/components/schemas/{name}"}
