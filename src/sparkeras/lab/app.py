"""The lab put together: its pages, what they ask for, and the guard around both.

Runs on: driver. Imports: this package; Starlette.
"""

from pathlib import Path

from starlette.applications import Starlette
from starlette.responses import FileResponse, JSONResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sparkeras.lab import playground
from sparkeras.lab.answers import HANDLERS
from sparkeras.lab.guard import Guard, Rules

PAGES = Path(__file__).parent / "pages"


def build(rules=None):
    """Return the lab as an ASGI application; ``rules`` are those of its Guard."""
    routes = [
        Route("/", _page("playground")),
        Route("/playground", _page("playground")),
        Route("/health", health),
        *playground.ROUTES,
        Mount("/static", StaticFiles(directory=PAGES)),
    ]
    return Guard(Starlette(routes=routes, exception_handlers=HANDLERS), rules or Rules())


def health(request):
    """Answer that the server lives."""
    return JSONResponse({"status": "ok"})


def _page(name):
    def page(request):
        return FileResponse(PAGES / f"{name}.html")

    return page
