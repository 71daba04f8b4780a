"""The addresses of the page for drawing: its models, a guess, a drawing to keep, the first model.

Runs on: driver.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import importlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.requests import Request

from sparkeras.errors import InvalidModelError
from sparkeras.lab.runs_api.folder import events, of_images
from sparkeras.serving.http import photos, requests
from sparkeras.serving.http.operations import JSONSchema, Operation
from sparkeras.serving.http.responses import JSON, Refusal
from sparkeras.serving.model_registry import ModelRegistry, Opened

if TYPE_CHECKING:
    from sparkeras.lab.drawing.guesses import Guesser
    from sparkeras.lab.drawing.saved_drawings import SavedDrawings
    from sparkeras.serving.model import ServedModel

FIRST = "first-digits"
MOST_STROKES, MOST_POINTS = 200, 5000
_PIXELS: JSONSchema = {"type": "string", "description": "base64, a byte per pixel"}
_STROKES: JSONSchema = {
    "type": "array",
    "description": "lines of the pen, each a list of points [x, y]",
    "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
}
_DRAWN: JSONSchema = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "strokes": _STROKES,
        "image": {"type": "string", "description": "base64 of an image file"},
    },
    "required": ["model"],
}
_GUESS: JSONSchema = {
    "type": "object",
    "properties": {
        "classes": {"type": "array", "items": {"type": "string"}},
        "probabilities": {"type": "array", "items": {"type": "number"}},
        "seen": {"type": "object", "properties": {"pixels": _PIXELS}},
        "layers": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["classes", "probabilities", "seen", "layers"],
}
_KEEP: JSONSchema = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "strokes": _STROKES},
    "required": ["label", "strokes"],
}


class Drawing:
    """The handlers over models, saved drawings, and the training of a first model.

    Parameters
    ----------
    registry : ModelRegistry
    drawings : SavedDrawings
    runs : path
        Where a first model is trained, if no run there fits.
    """

    def __init__(self, registry: ModelRegistry, drawings: SavedDrawings, runs: Path) -> None:
        self.registry, self.drawings, self.runs = registry, drawings, runs
        self.guessers: dict[str, tuple[Guesser | InvalidModelError, Opened]] = {}
        self.training: asyncio.Future[None] | None = None
        self.process: asyncio.subprocess.Process | None = None
        self.problem: str | None = None

    async def models(self, request: Request) -> JSON:
        """Answer the runs that can be drawn for, the newest first; where there is none, how far the first one is."""
        fit = await self._fit()
        return JSON({"models": fit, "training": None if fit else self._progress(), "kept": self.drawings.count()})

    async def prepare(self) -> None:
        """Open the newest model, or begin to train a first one, before the first request."""
        fit = await self._fit()
        if fit:
            with contextlib.suppress(Refusal, InvalidModelError):
                await self._guesser(fit[0]["name"])

    async def _fit(self) -> list[dict[str, str]]:
        """Return the runs that fit, see ``of_images``; begin to train a first one where none is to draw for."""
        fit = await asyncio.to_thread(of_images, self.registry.folders())
        if any(each["draws"] for each in fit):
            return fit
        if self.training is None:
            self.training = asyncio.ensure_future(self._train())
        return fit if self.problem else []  # those of photos alone, once it is clear that there will be no other

    async def guess(self, request: Request) -> JSON:
        """Answer a model's guess for a drawing or a photo."""
        body = await requests.body(request)
        name = body.get("model")
        if not isinstance(name, str):
            raise Refusal(400, "'model' must be the name of a run.")
        if ("strokes" in body) == ("image" in body):
            raise Refusal(400, "Give either 'strokes' or 'image'.")
        guesser, opened = await self._guesser(name)
        if "strokes" in body:
            guess = await opened.batcher.run(guesser.of_strokes, _strokes(body["strokes"]))
        else:
            photo = await asyncio.to_thread(photos.of_base64, body["image"], "'image'")
            guess = await opened.batcher.run(guesser.of_photo, photo)
        return JSON(_with_bytes(guess))

    async def keep(self, request: Request) -> JSON:
        """Keep a drawing under a label."""
        from sparkeras.lab.drawing.saved_drawings import image_of

        body = await requests.body(request)
        image = image_of(_strokes(body.get("strokes")))
        return JSON({"kept": self.drawings.add(body.get("label"), image), "folder": str(self.drawings.folder)})

    async def _guesser(self, name: str) -> tuple[Guesser, Opened]:
        """Return the Guesser of a model and the Opened that it belongs to."""
        opened = await self.registry.get(name)
        guesser, of = self.guessers.get(name, (None, None))
        if guesser is None or of is not opened:
            guesser = await opened.batcher.run(_open, opened.model)
            self.guessers[name] = guesser, opened
        if isinstance(guesser, InvalidModelError):
            raise guesser
        return guesser, opened

    async def _train(self) -> None:
        """Train a first model in a process of its own, so that this one answers meanwhile, and ends when it should."""
        command = [sys.executable, "-m", "sparkeras.lab.drawing.first_model", str(self.runs / FIRST)]
        # For a network so small XLA's later optimizations take longer than they save.
        compiled = {"XLA_FLAGS": f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=1".strip()}
        self.process = await asyncio.create_subprocess_exec(
            *command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            env=os.environ | compiled,
        )
        # The end of the lab does not wait for this thread.
        threading.Thread(target=_rehearse, daemon=True).start()
        _, printed = await self.process.communicate()
        if self.process.returncode:
            lines = printed.decode(errors="replace").strip().splitlines()
            self.problem = f"The first network was not trained: {lines[-1][:300] if lines else 'no reason printed'}"
        else:
            await self.prepare()

    def _progress(self) -> dict[str, Any]:
        """Return the progress of the training of the first model."""
        if self.problem:
            return {"error": self.problem}
        known = events(self.runs, FIRST) or []
        epochs = next((each["epochs"] for each in known if each.get("event") == "start"), None)
        return {"epoch": sum(each.get("event") == "epoch" for each in known), "epochs": epochs}

    async def end(self) -> None:
        """End the training of a first model, if one is at work."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self.process.wait(), 1)
            except TimeoutError:  # Python drops an interrupt that comes while some libraries are imported
                self.process.kill()
                await self.process.wait()

    def operations(self) -> list[Operation]:
        """Return the Operations of all addresses."""
        count = {"type": "object", "properties": {"kept": {"type": "integer"}, "folder": {"type": "string"}}}
        return [
            Operation("GET", "/api/draw", self.models, "Runs that one can draw for", answer={"type": "object"}),
            Operation("POST", "/api/draw", self.guess, "A run's guess for a drawing", body=_DRAWN, answer=_GUESS),
            Operation("POST", "/api/drawings", self.keep, "Keep a drawing to train on", body=_KEEP, answer=count),
        ]


def _rehearse() -> None:
    """Import Keras and the modules of a guess, beside the training; that takes as long as half of it."""
    with contextlib.suppress(Exception):  # the training, which imports the same, reports the error
        importlib.import_module("sparkeras.lab.drawing.guesses")  # for the first drawing
        from sparkeras.lab.drawing import first_model

        first_model.rehearse()


def _open(served: ServedModel) -> Guesser | InvalidModelError:
    """Return the Guesser of a model, warm; or the error that it has none."""
    from sparkeras.lab.drawing.guesses import Guesser

    try:
        guesser = Guesser(served)
    except InvalidModelError as error:
        return error
    guesser.of_strokes([np.array([[0.4, 0.2], [0.6, 0.8]])])
    return guesser


def _strokes(value: object) -> list[np.ndarray]:
    """Return strokes as arrays (points, 2); Refusal (400) for anything else."""
    expected = "'strokes' must be a list of lines, each a list of points [x, y]"
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_STROKES:
        raise Refusal(400, f"{expected}, 1 to {MOST_STROKES} of them.")
    try:
        if not requests.kinds_of(value) <= {int, float}:
            raise Refusal(400, f"{expected}.")
        strokes = [np.asarray(line, np.float64) for line in value]
    except (ValueError, OverflowError) as error:
        raise Refusal(400, f"{expected}.") from error
    if any(line.ndim != 2 or line.shape[1] != 2 or not len(line) for line in strokes):
        raise Refusal(400, f"{expected}.")
    if sum(map(len, strokes)) > MOST_POINTS or any((abs(line) > 1e6).any() for line in strokes):
        raise Refusal(400, f"A drawing has up to {MOST_POINTS:,} points, up to 1,000,000 from the middle.")
    return strokes


def _with_bytes(guess: dict[str, Any]) -> dict[str, Any]:
    """Return a guess whose pixels are base64: a tenth of what lists of numbers take."""
    seen = guess["seen"] | {"pixels": _text(guess["seen"]["pixels"])}
    layers = [layer | {"maps": [_text(each) for each in layer["maps"]]} for layer in guess["layers"]]
    return guess | {"seen": seen, "layers": layers}


def _text(pixels: np.ndarray) -> str:
    return base64.b64encode(pixels.tobytes()).decode()
