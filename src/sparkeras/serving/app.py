"""The model server as an ASGI application: addresses, pages, and the guard around them. The lab adds its own.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sparkeras.serving.http.guard import Guard, Rules
from sparkeras.serving.http.operations import Operation, document, routes
from sparkeras.serving.http.responses import HANDLERS, JSON
from sparkeras.serving.metrics import Metrics
from sparkeras.serving.model_registry import Folders, ModelRegistry
from sparkeras.serving.routes import Serving

PAGES = Path(__file__).parent / "pages"
_ALIVE = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}


def build_server(folders: Folders, rules: Rules | None = None, batch_rows: int | None = None) -> Guard:
    """Return the model server with all models open; ``folders``, ``batch_rows`` as for ModelRegistry and Batcher."""
    serving = build_serving(folders, batch_rows)
    serving.registry.open_all()
    return assemble(serving, [Route("/", page(PAGES / "api.html"))], rules)


def build_serving(folders: Folders, batch_rows: int | None = None) -> Serving:
    """Return the handlers of the models in ``folders``, with metrics of their own."""
    metrics = Metrics()
    return Serving(ModelRegistry(folders, batch_rows, metrics.observe_pass), metrics)


def assemble(
    serving: Serving,
    pages: Sequence[Route],
    rules: Rules | None = None,
    *,
    operations: Sequence[Operation] = (),
    static: Sequence[str] = (),
    begin: Callable[[], Awaitable[None]] | None = None,
    end: Callable[[], Awaitable[None]] | None = None,
) -> Guard:
    """Return the guarded application of the models' operations and some more.

    Parameters
    ----------
    serving : Serving
    pages : list of Route
        Addresses that stand in no OpenAPI document.
    rules : Rules, optional
    operations : list of Operation
        Beside those of the models.
    static : list of str
        Packages whose folder ``pages`` is served below ``/static``, beside the model server's own.
    begin, end : coroutine functions, optional
        Called when the server starts, which does not wait for it, and when it ends, which does.
    """
    known = [Operation("GET", "/health", health, "Tells that the server lives", answer=_ALIVE)]
    known += [*serving.operations(), *operations]
    described = document(known)

    def openapi(request: Request) -> JSON:
        return JSON(described)

    addresses = [
        *pages,
        Route("/api", page(PAGES / "api.html")),
        Route("/openapi.json", openapi),
        *routes(known),
        Mount("/static", StaticFiles(packages=[(package, "pages") for package in ("sparkeras.serving", *static)])),
    ]

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        beginning = asyncio.ensure_future(begin()) if begin else None
        yield
        if beginning:
            beginning.cancel()
        if end:
            await end()

    return Guard(Starlette(routes=addresses, exception_handlers=HANDLERS, lifespan=lifespan), rules or Rules())


def health(request: Request) -> JSON:
    """Answer that the server lives."""
    return JSON({"status": "ok"})


def page(file: Path) -> Callable[[Request], FileResponse]:
    """Return the handler that answers with an HTML file."""

    def answer(request: Request) -> FileResponse:
        return FileResponse(file)

    return answer
