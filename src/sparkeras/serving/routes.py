"""The addresses of the models: predict, status, metadata, health and metrics.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from sparkeras.serving.http import requests
from sparkeras.serving.http.operations import JSONSchema, Operation
from sparkeras.serving.http.responses import JSON, Refusal
from sparkeras.serving.metrics import Metrics
from sparkeras.serving.model_registry import ModelRegistry, Opened

if TYPE_CHECKING:
    from sparkeras.serving.model import Tensor

_LARGE = 1 << 16  # bytes of a body whose arrays are made in a thread, so that other requests go on
_ROWS: JSONSchema = {
    "type": "array",
    "minItems": 1,
    "description": "rows: numbers, nested lists of them, {'b64': image}, texts",
}
_BODY: JSONSchema = {
    "type": "object",
    "properties": {
        "signature_name": {"const": "serving_default"},
        "instances": _ROWS,
        "inputs": {"description": "a list of rows, or an object with one for each input"},
    },
    "additionalProperties": False,
}
_PREDICTED: JSONSchema = {
    "type": "object",
    "properties": {"predictions": {"type": "array"}, "outputs": {}},
    "additionalProperties": False,
}
_STATUS: JSONSchema = {
    "type": "object",
    "properties": {
        "model_version_status": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"version": {"type": "string"}, "state": {"const": "AVAILABLE"}, "status": {}},
            },
        }
    },
    "required": ["model_version_status"],
}
_TYPES = {"float32": "DT_FLOAT", "float64": "DT_DOUBLE", "int32": "DT_INT32", "int64": "DT_INT64", "bool": "DT_BOOL"}


class Serving:
    """The handlers of requests to the models of a ModelRegistry, counted by its Metrics."""

    def __init__(self, registry: ModelRegistry, metrics: Metrics) -> None:
        self.registry, self.metrics = registry, metrics

    async def predict(self, request: Request) -> JSON:
        """Answer a predict request and count it."""
        name, began = request.path_params["name"], time.perf_counter()
        if name not in self.registry.folders():  # an invented name gets no counter
            raise Refusal(404, f"There is no model {name[:80]!r}; there are {self.registry.listed()}.")
        status = 500
        try:
            answer = await self._predict(request)
            status = 200
        except Refusal as refusal:
            status = refusal.status_code
            raise
        finally:
            self.metrics.requests.labels(name, status).inc()
            self.metrics.seconds.labels(name).observe(time.perf_counter() - began)
        return answer

    async def _predict(self, request: Request) -> JSON:
        body, size = await requests.body(request), len(await request.body())
        opened = await self._opened(request)
        from sparkeras.serving import instances

        if size > _LARGE or b'"b64"' in await request.body():
            arrays, by_row = await asyncio.to_thread(instances.arrays_of, body, opened.model)
        else:
            arrays, by_row = instances.arrays_of(body, opened.model)
        try:
            outputs = await opened.batcher.ask(arrays)
        except Exception as error:
            if not any(None in each.shape for each in opened.model.inputs):
                raise
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
            raise Refusal(400, f"The model cannot take rows of this size: {reason}") from error
        return JSON(instances.answer_of(outputs, opened.model, by_row))

    async def status(self, request: Request) -> JSON:
        """Answer the version of a model that is open; a newer file that cannot be opened shows as its error."""
        opened = await self._opened(request)
        problem = {"error_code": "OK", "error_message": ""}
        if opened.problem:
            problem = {"error_code": "INVALID_ARGUMENT", "error_message": opened.problem}
        one = {"version": str(opened.version), "state": "AVAILABLE", "status": problem}
        return JSON({"model_version_status": [one]})

    async def metadata(self, request: Request) -> JSON:
        """Answer names, types and shapes of a model's inputs and outputs."""
        opened = await self._opened(request)
        described = {
            "inputs": {each.name: _tensor(each) for each in opened.model.inputs},
            "outputs": {each.name: _tensor(each) for each in opened.model.outputs},
            "method_name": "tensorflow/serving/predict",
        }
        spec = {"name": request.path_params["name"], "signature_name": "", "version": str(opened.version)}
        signatures = {"signature_def": {"serving_default": described}}
        return JSON({"model_spec": spec, "metadata": {"signature_def": signatures}})

    async def models(self, request: Request) -> JSON:
        """Answer the names of all models."""
        return JSON({"models": sorted(self.registry.folders())})

    async def count(self, request: Request) -> Response:
        """Answer the metrics."""
        return Response(self.metrics.text(), media_type=self.metrics.media_type)

    async def _opened(self, request: Request) -> Opened:
        opened = await self.registry.get(request.path_params["name"])
        version = request.path_params.get("version", opened.version)
        if version != opened.version:
            raise Refusal(404, f"Version {version} is not open; {opened.version} is, the newest.")
        self.metrics.version.labels(request.path_params["name"]).set(opened.version)
        return opened

    def operations(self) -> list[Operation]:
        """Return the Operations of all addresses."""
        operations = [Operation("GET", "/v1/models", self.models, "The names of all models", answer={"type": "object"})]
        for address in ("/v1/models/{name}", "/v1/models/{name}/versions/{version:int}"):
            of = "a model" if address.endswith("{name}") else "a version of a model"
            operations += [
                Operation("GET", address, self.status, f"The state of {of}", answer=_STATUS),
                Operation("GET", f"{address}/metadata", self.metadata, f"Inputs and outputs of {of}", answer={}),
                Operation(
                    "POST", f"{address}:predict", self.predict, f"Predictions of {of}", body=_BODY, answer=_PREDICTED
                ),
            ]
        metrics = "Counters and times, for Prometheus"
        return [*operations, Operation("GET", "/metrics", self.count, metrics, media="text/plain")]


def _tensor(tensor: Tensor) -> dict[str, Any]:
    sizes = [-1, *(-1 if size is None else size for size in tensor.shape)]
    return {
        "dtype": _TYPES.get(tensor.dtype, "DT_INVALID"),
        "tensor_shape": {"dim": [{"size": str(size), "name": ""} for size in sizes], "unknown_rank": False},
        "name": tensor.name,
    }
