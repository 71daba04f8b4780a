"""The lab put together, and the model server alone: routes, pages, and the guard around them.

Runs on: driver.
"""

import asyncio
import contextlib
from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sparkeras.lab import playground
from sparkeras.lab.drawing.routes import Drawing
from sparkeras.lab.drawing.saved_drawings import Kept
from sparkeras.lab.lessons import Lessons
from sparkeras.lab.runs_api.folder import finished
from sparkeras.lab.runs_api.jobs import Jobs
from sparkeras.lab.runs_api.routes import Watching
from sparkeras.serving.http.guard import Guard, Rules
from sparkeras.serving.http.operations import Operation, document, routes
from sparkeras.serving.http.responses import HANDLERS, JSON
from sparkeras.serving.metrics import Metrics
from sparkeras.serving.model_registry import Shelf
from sparkeras.serving.routes import Serving

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
    runs = Path(runs)
    drawing = Drawing(serving.shelf, Kept(runs.parent / "drawings"), runs)
    watching = Watching(runs, serving.shelf, Jobs(runs))

    async def end():
        await asyncio.gather(drawing.end(), asyncio.to_thread(watching.jobs.stop_all))

    pages = [Route("/", _page("draw")), *(Route(f"/{name}", _page(name)) for name in ("playground", "runs", "course"))]
    more = [*drawing.operations(), *watching.operations(), *Lessons(Path.cwd()).operations()]
    return _guarded(serving, [*pages, *playground.ROUTES], rules, more, drawing.prepare, end)


def build_server(folders, rules=None, batch_rows=None):
    """Return the model server alone, all its models open; ``folders`` as for a Shelf, ``batch_rows`` of a Batcher."""
    serving = _serving(folders, batch_rows)
    serving.shelf.open_all()
    return _guarded(serving, [Route("/", _page("api"))], rules)


def _serving(folders, batch_rows=None):
    metrics = Metrics()
    return Serving(Shelf(folders, batch_rows, metrics.observe_pass), metrics)


def _guarded(serving, pages, rules, more=(), begin=None, end=None):
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
        if end:
            await end()

    return Guard(Starlette(routes=found, exception_handlers=HANDLERS, lifespan=life), rules or Rules())


def health(request):
    """Answer that the server lives."""
    return JSON({"status": "ok"})


def _page(name):
    def page(request):
        return FileResponse(PAGES / f"{name}.html")

    return page
