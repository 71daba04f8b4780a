"""The lab put together, and the model server alone: routes, pages, and the guard around them.

Runs on: driver. Imports: this package; Starlette.
"""

import asyncio
import contextlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sparkeras.lab import playground
from sparkeras.lab.answers import HANDLERS, JSON
from sparkeras.lab.drawing.kept import Kept
from sparkeras.lab.drawing.routes import Drawing
from sparkeras.lab.guard import Guard, Rules
from sparkeras.lab.operations import Operation, document, routes
from sparkeras.lab.runs import finished
from sparkeras.lab.serving.metrics import Metrics
from sparkeras.lab.serving.routes import Serving
from sparkeras.lab.serving.shelf import Shelf

PAGES = Path(__file__).parent / "pages"


def build(runs, rules=None):
    """Return the lab as an ASGI application.

    Parameters
    ----------
    runs : path
        The folder of runs that it shows and serves; drawings are kept in ``drawings`` beside it.
    rules : Rules
        Of its Guard.
    """
    serving = _serving(lambda: finished(runs))
    drawing = Drawing(serving.shelf, Kept(Path(runs).parent / "drawings"), lambda told: _train_first(runs, told))
    pages = [Route("/", _page("draw")), Route("/playground", _page("playground")), *playground.ROUTES]
    return _guarded(serving, pages, rules, drawing.operations(), drawing.prepare)


def build_server(folders, rules=None, batch_rows=None):
    """Return the model server alone, all its models open; ``folders`` as for a Shelf, ``batch_rows`` of a Batcher."""
    serving = _serving(folders, batch_rows)
    serving.shelf.open_all()
    return _guarded(serving, [Route("/", _page("api"))], rules)


def _serving(folders, batch_rows=None):
    metrics = Metrics()
    return Serving(Shelf(folders, batch_rows, metrics.observe_pass), metrics)


def _guarded(serving, pages, rules, more=(), begin=None):
    alive = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
    operations = [Operation("GET", "/health", health, "Tells that the server lives", answer=alive)]
    operations += [*serving.operations(), *more]
    described = document(operations)

    def openapi(request):
        return JSON(described)

    found = [
        *pages,
        Route("/api", _page("api")),
        Route("/openapi.json", openapi),
        *routes(operations),
        Mount("/static", StaticFiles(directory=PAGES)),
    ]

    @contextlib.asynccontextmanager
    async def life(app):
        beginning = asyncio.ensure_future(begin()) if begin else None
        yield
        if beginning:
            beginning.cancel()

    return Guard(Starlette(routes=found, exception_handlers=HANDLERS, lifespan=life), rules or Rules())


def _train_first(runs, told):
    from sparkeras.lab.drawing import first_model

    first_model.train(Path(runs) / first_model.NAME, told)


def health(request):
    """Answer that the server lives."""
    return JSON({"status": "ok"})


def _page(name):
    def page(request):
        return FileResponse(PAGES / f"{name}.html")

    return page
