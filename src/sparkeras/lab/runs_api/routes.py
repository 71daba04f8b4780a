"""The addresses of the page for runs: the list, one run, its progress and mistakes; trainings; the leaderboard.

Runs on: driver.
"""

import asyncio
import contextlib
from dataclasses import asdict

from starlette.responses import FileResponse, Response

from sparkeras.errors import SparkerasError
from sparkeras.lab.runs_api import details, folder
from sparkeras.lab.runs_api.jobs import NUMBERS
from sparkeras.serving.http import requests
from sparkeras.serving.http.operations import Operation
from sparkeras.serving.http.responses import JSON, Refusal

# A report is a page of its own, with styles and pictures within it; nothing in it may run or load.
_REPORT_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
_OBJECT = {"type": "object"}
_ASKED = {
    "type": "object",
    "properties": {
        "data": {"type": "string", "description": "a name of 'sparkeras data list'"},
        "model": {"type": "string", "description": "a name of the zoo"},
        "name": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}$"},
        **{key: {"type": "integer", "minimum": low, "maximum": high} for key, (_, low, high) in NUMBERS.items()},
    },
    "required": ["data", "model", "name"],
    "additionalProperties": False,
}


@contextlib.contextmanager
def _damage_told(place):
    """Turn whatever a damaged run leads to into a sentence."""
    try:
        yield
    except (SparkerasError, Refusal):
        raise
    except Exception as error:
        words = (str(error) or type(error).__name__).splitlines()[0][:200]
        raise Refusal(400, f"The run {place.name!r} is damaged: {words}") from error


async def _of_run(function, place, *arguments):
    with _damage_told(place):
        return await asyncio.to_thread(function, place, *arguments)


def _ranked(places):
    """Return the Blocks of a leaderboard; a damaged run is no reason to show no other."""
    from sparkeras.runs import leaderboard
    from sparkeras.runs.run_folder import Run

    runs = []
    for place in places:
        with contextlib.suppress(Exception):
            run = Run.open(place)
            leaderboard.rank([run])
            runs.append(run)
    return leaderboard.rank(runs)[0]


class Watching:
    """The handlers over a folder of runs, a Shelf of their models, and the Jobs that the page started."""

    def __init__(self, runs, shelf, jobs):
        self.folder, self.shelf, self.jobs = runs, shelf, jobs
        self.mistaken: dict = {}

    async def runs(self, request):
        """Answer all runs and the trainings that were started here."""
        found = await asyncio.to_thread(folder.listed, self.folder)
        return JSON({"runs": found, "trainings": [job.described() for job in self.jobs.jobs.values()]})

    async def run(self, request):
        """Answer all that a finished run tells."""
        return JSON(await _of_run(details.described, self._place(request)))

    async def progress(self, request):
        """Answer the events of a run at work, or finished, from a number on."""
        name = request.path_params["name"]
        after = requests.number(request, "after", 0, 10**9, 0)
        known = {run.name.removesuffix(".partial") for run in self.folder.glob("*")}
        found = await asyncio.to_thread(folder.events, self.folder, name, after) if name in known else None
        if found is None and name not in self.jobs.jobs:
            raise Refusal(404, f"There is no run {name[:80]!r}.")
        return JSON({"events": found or []})  # of a training that has just been stopped nothing is left

    async def file(self, request):
        """Answer a picture of a run, or its report."""
        path = self._place(request) / request.path_params["file"]
        kind = details.FILES.get(request.path_params["file"])
        if kind is None or not path.is_file() or path.is_symlink():
            raise Refusal(404, f"A run shows {', '.join(details.FILES)}, where it has them.")
        more = {"Content-Security-Policy": _REPORT_POLICY} if kind.startswith("text/html") else None
        return FileResponse(path, media_type=kind, headers=more)

    async def diagram(self, request):
        """Answer the diagram of a run's model."""
        dark = requests.one_of(request, "dark", ["0", "1"], "0") == "1"
        content = await _of_run(details.diagram, self._place(request), dark)
        return Response(content, media_type="image/png")

    async def mistakes(self, request):
        """Answer how often which class was said for which, and the rows that were told wrong."""
        from sparkeras.lab.runs_api import mistaken_rows
        from sparkeras.runs.run_folder import Run

        place = self._place(request)
        opened = await self.shelf.get(place.name)
        key = place.name, opened.version
        if key not in self.mistaken:
            summary = Run.open(place).summary
            with _damage_told(place):
                self.mistaken[key] = await opened.batcher.run(mistaken_rows.of_run, opened.model, summary)
        return JSON(self.mistaken[key])

    async def leaderboard(self, request):
        """Answer the runs ranked, in blocks that were tested on the same rows."""
        blocks = await asyncio.to_thread(_ranked, folder.finished(self.folder).values())
        told = [asdict(block) | {"figure": block.figure, "chance": block.chance} for block in blocks]
        for block in told:
            block["places"] = [place | {"run": place["run"].name} for place in block["places"]]
        return JSON({"blocks": told})

    async def form(self, request):
        """Answer what a training may be started with."""
        from sparkeras import datasets, zoo

        limits = {key: {"low": low, "high": high} for key, (_, low, high) in NUMBERS.items()}
        sets = [{"name": name, "is_here": not datasets.describe(name).where.startswith("not here")} for name in
                datasets.names()]  # fmt: skip
        models = [{"name": name, "about": zoo.describe(name)} for name in zoo.names() if name != "transfer"]
        return JSON({"data": sets, "models": models, "limits": limits})

    async def start(self, request):
        """Start a training."""
        job = self.jobs.start(await requests.body(request))
        return JSON(job.described())

    async def stop(self, request):
        """Stop a training that was started here."""
        job = self.jobs.jobs.get(request.path_params["name"])
        if job is None:
            raise Refusal(404, "No training of this name was started here.")
        job.stop()
        return JSON(job.described())

    def _place(self, request):
        name = request.path_params["name"]
        found = folder.finished(self.folder).get(name)
        if found is None:
            raise Refusal(404, f"There is no finished run {name[:80]!r}.")
        return found

    def operations(self):
        """Return the Operations of all addresses."""
        one = "/api/runs/{name}"
        after = {"after": {"type": "integer", "minimum": 0}}
        dark = {"dark": {"enum": ["0", "1"]}}
        return [
            Operation("GET", "/api/runs", self.runs, "All runs", answer=_OBJECT),
            Operation("GET", one, self.run, "All that a run tells", answer=_OBJECT),
            Operation("GET", f"{one}/progress", self.progress, "A training's events", after, answer=_OBJECT),
            Operation("GET", f"{one}/mistakes", self.mistakes, "What a run gets wrong", answer=_OBJECT),
            Operation("GET", f"{one}/diagram.png", self.diagram, "A run's model as a picture", dark, media="image/png"),
            Operation("GET", f"{one}/files/{{file}}", self.file, "A run's pictures and report", media="image/png"),
            Operation("GET", "/api/leaderboard", self.leaderboard, "The runs ranked", answer=_OBJECT),
            Operation("GET", "/api/trainings", self.form, "What a training may be started with", answer=_OBJECT),
            Operation("POST", "/api/trainings", self.start, "Start a training", body=_ASKED, answer=_OBJECT),
            Operation("DELETE", "/api/trainings/{name}", self.stop, "Stop a training", answer=_OBJECT),
        ]
