"""The lab as an ASGI application: the model server with the lab's pages and their operations.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from starlette.routing import Route

from sparkeras.lab import playground
from sparkeras.lab.drawing.routes import Drawing
from sparkeras.lab.drawing.saved_drawings import SavedDrawings
from sparkeras.lab.lessons import Lessons
from sparkeras.lab.runs_api.folder import finished
from sparkeras.lab.runs_api.jobs import Jobs
from sparkeras.lab.runs_api.routes import RunsApi
from sparkeras.serving import app
from sparkeras.serving.http.guard import Guard, Rules

PAGES = Path(__file__).parent / "pages"


def build(runs: str | os.PathLike[str], rules: Rules | None = None) -> Guard:
    """Return the lab as an ASGI application.

    Parameters
    ----------
    runs : path
        The folder of runs that it shows and serves; drawings are kept in ``drawings`` beside it.
    rules : Rules
        Of its Guard.
    """
    runs = Path(runs)
    serving = app.build_serving(lambda: finished(runs))
    drawing = Drawing(serving.registry, SavedDrawings(runs.parent / "drawings"), runs)
    runs_api = RunsApi(runs, serving.registry, Jobs(runs))

    async def end() -> None:
        await asyncio.gather(drawing.end(), asyncio.to_thread(runs_api.jobs.stop_all))

    names = {"/": "draw"} | {f"/{name}": name for name in ("playground", "runs", "course")}
    pages = [Route(address, app.page(PAGES / f"{name}.html")) for address, name in names.items()]
    return app.assemble(
        serving,
        [*pages, *playground.ROUTES],
        rules,
        operations=[*drawing.operations(), *runs_api.operations(), *Lessons(Path.cwd()).operations()],
        static=["sparkeras.lab"],
        begin=drawing.prepare,
        end=end,
    )
