"""The lab put together, and the model server alone: routes, pages, and the guard around them.

Runs on: driver. Imports: this package; Starlette.
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sparkeras.lab import playground
from sparkeras.lab.answers import HANDLERS, JSON
from sparkeras.lab.guard import Guard, Rules
from sparkeras.lab.operations import Operation, document, routes
from sparkeras.lab.serving.metrics import Metrics
from sparkeras.lab.serving.routes import Serving
from sparkeras.lab.serving.shelf import Shelf

PAGES = Path(__file__).parent / "pages"


def build(folders, rules=None):
    """Return the lab as an ASGI application.

    Parameters
    ----------
    folders : callable
        Returns {name: folder} of the runs as they are now.
    rules : Rules
        Of its Guard.
    """
    pages = [Route("/", _page("playground")), Route("/playground", _page("playground")), *playground.ROUTES]
    return _guarded(_serving(folders), pages, rules)


def build_server(folders, rules=None, batch_rows=None):
    """Return the model server alone, all its models open; ``folders`` as for the lab, ``batch_rows`` of a Batcher."""
    serving = _serving(folders, batch_rows)
    serving.shelf.open_all()
    return _guarded(serving, [Route("/", _page("api"))], rules)


def _serving(folders, batch_rows=None):
    metrics = Metrics()
    return Serving(Shelf(folders, batch_rows, metrics.observe_pass), metrics)


def _guarded(serving, pages, rules):
    alive = {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]}
    operations = [Operation("GET", "/health", health, "Tells that the server lives", answer=alive)]
    operations += serving.operations()
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
    return Guard(Starlette(routes=found, exception_handlers=HANDLERS), rules or Rules())


def health(request):
    """Answer that the server lives."""
    return JSON({"status": "ok"})


def _page(name):
    def page(request):
        return FileResponse(PAGES / f"{name}.html")

    return page
