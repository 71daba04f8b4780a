"""The addresses of the page for runs: the list, one run, its progress and mistakes; trainings; the leaderboard.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from sparkeras.errors import SparkerasError
from sparkeras.lab.runs_api import details, folder
from sparkeras.lab.runs_api.jobs import NUMBERS, Jobs
from sparkeras.serving.http import requests
from sparkeras.serving.http.operations import JSONSchema, Operation
from sparkeras.serving.http.responses import JSON, Refusal
from sparkeras.serving.model_registry import ModelRegistry

if TYPE_CHECKING:
    from sparkeras.runs.leaderboard import Block

Answer = TypeVar("Answer")

# A report is a page of its own, with styles and pictures within it; nothing in it may run or load.
_REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
_OBJECT: JSONSchema = {"type": "object"}
_TRAINING: JSONSchema = {
    "type": "object",
    "properties": {
        "data": {"type": "string", "description": "a name of 'sparkeras data list'"},
        "model": {"type": "string", "description": "a name of the zoo"},
        "name": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}$"},
        **{key: {"type": "integer", "minimum": each.low, "maximum": each.high} for key, each in NUMBERS.items()},
    },
    "required": ["data", "model", "name"],
    "additionalProperties": False,
}


@contextlib.contextmanager
def _refusing_damage(place: Path) -> Iterator[None]:
    """Turn any error of a damaged run into a sentence."""
    try:
        yield
    except (SparkerasError, Refusal):
        raise
    except Exception as error:
        reason = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise Refusal(400, f"The run {place.name!r} is damaged: {reason}") from error


async def _of_run(function: Callable[..., Answer], place: Path, *arguments: object) -> Answer:
    with _refusing_damage(place):
        return await asyncio.to_thread(function, place, *arguments)


def _ranked(places: Iterable[Path]) -> list[Block]:
    """Return the Blocks of a leaderboard, without runs that are damaged."""
    from sparkeras.runs import leaderboard
    from sparkeras.runs.run_folder import Run

    runs = []
    for place in places:
        with contextlib.suppress(Exception):
            run = Run.open(place)
            leaderboard.rank([run])
            runs.append(run)
    return leaderboard.rank(runs)[0]


class RunsApi:
    """The handlers over a folder of runs, their models, and the Jobs that the page started."""

    def __init__(self, runs: Path, registry: ModelRegistry, jobs: Jobs) -> None:
        self.folder, self.registry, self.jobs = runs, registry, jobs
        self.mistaken: dict[tuple[str, int], dict[str, Any]] = {}  # by name and version

    async def runs(self, request: Request) -> JSON:
        """Answer all runs and the trainings that were started here."""
        runs = await asyncio.to_thread(folder.listed, self.folder)
        return JSON({"runs": runs, "trainings": [job.described() for job in self.jobs.jobs.values()]})

    async def run(self, request: Request) -> JSON:
        """Answer a finished run in full."""
        return JSON(await _of_run(details.described, self._place(request)))

    async def progress(self, request: Request) -> JSON:
        """Answer the events of a run at work, or finished, from a number on."""
        name = request.path_params["name"]
        after = requests.number(request, "after", 0, 10**9, 0, int)
        known = {run.name.removesuffix(".partial") for run in self.folder.glob("*")}
        events = await asyncio.to_thread(folder.events, self.folder, name, after) if name in known else None
        if events is None and name not in self.jobs.jobs:
            raise Refusal(404, f"There is no run {name[:80]!r}.")
        return JSON({"events": events or []})  # a training that was just stopped has left none

    async def file(self, request: Request) -> FileResponse:
        """Answer a picture of a run, or its report."""
        path = self._place(request) / request.path_params["file"]
        kind = details.FILES.get(request.path_params["file"])
        if kind is None or not path.is_file() or path.is_symlink():
            raise Refusal(404, f"A run shows {', '.join(details.FILES)}, where it has them.")
        more = {"Content-Security-Policy": _REPORT_POLICY} if kind.startswith("text/html") else None
        return FileResponse(path, media_type=kind, headers=more)

    async def diagram(self, request: Request) -> Response:
        """Answer the diagram of a run's model."""
        dark = requests.one_of(request, "dark", ["0", "1"], "0") == "1"
        content = await _of_run(details.diagram, self._place(request), dark)
        return Response(content, media_type="image/png")

    async def mistakes(self, request: Request) -> JSON:
        """Answer the confusion matrix of a run, and the rows that it predicts wrong."""
        from sparkeras.lab.runs_api import mistaken_rows
        from sparkeras.runs.run_folder import Run

        place = self._place(request)
        opened = await self.registry.get(place.name)
        key = place.name, opened.version
        if key not in self.mistaken:
            summary = Run.open(place).summary
            with _refusing_damage(place):
                self.mistaken[key] = await opened.batcher.run(mistaken_rows.of_run, opened.model, summary)
        return JSON(self.mistaken[key])

    async def leaderboard(self, request: Request) -> JSON:
        """Answer the runs ranked, in blocks that were tested on the same rows."""
        blocks = await asyncio.to_thread(_ranked, folder.finished(self.folder).values())
        plain = [asdict(block) | {"figure": block.figure, "chance": block.chance} for block in blocks]
        for each in plain:
            each["places"] = [place | {"run": place["run"].name} for place in each["places"]]
        return JSON({"blocks": plain})

    async def form(self, request: Request) -> JSON:
        """Answer the data sets, models and limits of the form that starts a training."""
        from sparkeras import datasets, zoo

        limits = {key: {"low": each.low, "high": each.high} for key, each in NUMBERS.items()}
        where = {name: datasets.describe(name).where for name in datasets.names()}
        sets = [{"name": name, "is_here": not place.startswith("not here")} for name, place in where.items()]
        models = [{"name": name, "about": zoo.describe(name)} for name in zoo.names() if name != "transfer"]
        return JSON({"data": sets, "models": models, "limits": limits})

    async def start(self, request: Request) -> JSON:
        """Start a training."""
        job = self.jobs.start(await requests.body(request))
        return JSON(job.described())

    async def stop(self, request: Request) -> JSON:
        """Stop a training that was started here."""
        job = self.jobs.jobs.get(request.path_params["name"])
        if job is None:
            raise Refusal(404, "No training of this name was started here.")
        job.stop()
        return JSON(job.described())

    def _place(self, request: Request) -> Path:
        name = request.path_params["name"]
        place = folder.finished(self.folder).get(name)
        if place is None:
            raise Refusal(404, f"There is no finished run {name[:80]!r}.")
        return place

    def operations(self) -> list[Operation]:
        """Return the Operations of all addresses."""
        one = "/api/runs/{name}"
        after = {"after": {"type": "integer", "minimum": 0}}
        dark = {"dark": {"enum": ["0", "1"]}}
        return [
            Operation("GET", "/api/runs", self.runs, "All runs", answer=_OBJECT),
            Operation("GET", one, self.run, "A run in full", answer=_OBJECT),
            Operation("GET", f"{one}/progress", self.progress, "A training's events", after, answer=_OBJECT),
            Operation("GET", f"{one}/mistakes", self.mistakes, "A run's wrong predictions", answer=_OBJECT),
            Operation("GET", f"{one}/diagram.png", self.diagram, "A run's model as a picture", dark, media="image/png"),
            Operation("GET", f"{one}/files/{{file}}", self.file, "A run's pictures and report", media="image/png"),
            Operation("GET", "/api/leaderboard", self.leaderboard, "The runs ranked", answer=_OBJECT),
            Operation("GET", "/api/trainings", self.form, "Choices for a training", answer=_OBJECT),
            Operation("POST", "/api/trainings", self.start, "Start a training", body=_TRAINING, answer=_OBJECT),
            Operation("DELETE", "/api/trainings/{name}", self.stop, "Stop a training", answer=_OBJECT),
        ]
