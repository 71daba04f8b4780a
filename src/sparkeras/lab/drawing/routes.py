"""The addresses of the page for drawing: which models, a guess, a drawing to keep, the first model.

Runs on: driver.
"""

import asyncio
import base64
import contextlib
import os
import signal
import subprocess
import sys
import threading

import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.lab.runs_api.folder import events, of_images
from sparkeras.serving.http import photos, requests
from sparkeras.serving.http.operations import Operation
from sparkeras.serving.http.responses import JSON, Refusal

FIRST = "first-digits"
MOST_STROKES, MOST_POINTS = 200, 5000
_PIXELS = {"type": "string", "description": "base64, a byte per pixel"}
_STROKES = {
    "type": "array",
    "description": "lines of the pen, each a list of points [x, y]",
    "items": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
}
_DRAWN = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "strokes": _STROKES,
        "image": {"type": "string", "description": "base64 of an image file"},
    },
    "required": ["model"],
}
_GUESS = {
    "type": "object",
    "properties": {
        "classes": {"type": "array", "items": {"type": "string"}},
        "probabilities": {"type": "array", "items": {"type": "number"}},
        "seen": {"type": "object", "properties": {"pixels": _PIXELS}},
        "layers": {"type": "array", "items": {"type": "object"}},
    },
    "required": ["classes", "probabilities", "seen", "layers"],
}
_KEEP = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "strokes": _STROKES},
    "required": ["label", "strokes"],
}


class Drawing:
    """The handlers over a Shelf of models, the Kept drawings, and the training of a first model.

    Parameters
    ----------
    shelf : Shelf
    kept : Kept
    runs : path
        Where a first model is trained, if no run there fits.
    """

    def __init__(self, shelf, kept, runs):
        self.shelf, self.kept, self.runs = shelf, kept, runs
        self.guessers: dict = {}
        self.training, self.process, self.problem = None, None, None

    async def models(self, request):
        """Answer the runs that can be drawn for, the newest first; where there is none, how far the first one is."""
        fit = await self._fit()
        return JSON({"models": fit, "training": None if fit else self._told(), "kept": self.kept.count()})

    async def prepare(self):
        """Open the newest model, or begin to train a first one, before anybody asks."""
        fit = await self._fit()
        if fit:
            with contextlib.suppress(Refusal, InvalidModelError):
                await self._guesser(fit[0]["name"])

    async def _fit(self):
        fit = await asyncio.to_thread(of_images, self.shelf.folders())
        if any(each["draws"] for each in fit):
            return fit
        if self.training is None:
            self.training = asyncio.ensure_future(self._train())
        return fit if self.problem else []  # those of photos alone, once it is clear that there will be no other

    async def guess(self, request):
        """Answer what a model says of a drawing or a photo."""
        body = await requests.body(request)
        name = body.get("model")
        if not isinstance(name, str):
            raise Refusal(400, "'model' must be the name of a run.")
        if ("strokes" in body) == ("image" in body):
            raise Refusal(400, "Give either 'strokes' or 'image'.")
        guesser, opened = await self._guesser(name)
        if "strokes" in body:
            said = await opened.batcher.run(guesser.of_strokes, _strokes(body["strokes"]))
        else:
            photo = await asyncio.to_thread(photos.of_base64, body["image"], "'image'")
            said = await opened.batcher.run(guesser.of_photo, photo)
        return JSON(_with_bytes(said))

    async def keep(self, request):
        """Keep a drawing under a label."""
        from sparkeras.lab.drawing.saved_drawings import image_of

        body = await requests.body(request)
        image = image_of(_strokes(body.get("strokes")))
        return JSON({"kept": self.kept.add(body.get("label"), image), "folder": str(self.kept.folder)})

    async def _guesser(self, name):
        """Return the Guesser of a model and the Opened that it belongs to."""
        opened = await self.shelf.get(name)
        known = self.guessers.get(name)
        if known is None or known[1] is not opened:
            known = await opened.batcher.run(_open, opened.model), opened
            self.guessers[name] = known
        if isinstance(known[0], InvalidModelError):
            raise known[0]
        return known

    async def _train(self):
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
        # Nobody waits for this thread, least of all who ends the lab.
        threading.Thread(target=_rehearse, daemon=True).start()
        _, said = await self.process.communicate()
        if self.process.returncode:
            words = said.decode(errors="replace").strip().splitlines()
            self.problem = f"The first network was not trained: {words[-1][:300] if words else 'no words'}"
        else:
            await self.prepare()

    def _told(self):
        """Return how far the training of the first model is."""
        if self.problem:
            return {"error": self.problem}
        told = events(self.runs, FIRST) or []
        of = next((each["epochs"] for each in told if each.get("event") == "start"), None)
        return {"epoch": sum(each.get("event") == "epoch" for each in told), "epochs": of}

    async def end(self):
        """End the training of a first model, if one is at work."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(signal.SIGINT)
            try:
                await asyncio.wait_for(self.process.wait(), 1)
            except TimeoutError:  # Python drops an interrupt that comes while some libraries are imported
                self.process.kill()
                await self.process.wait()

    def operations(self):
        """Return the Operations of all addresses."""
        count = {"type": "object", "properties": {"kept": {"type": "integer"}, "folder": {"type": "string"}}}
        return [
            Operation("GET", "/api/draw", self.models, "Runs that one can draw for", answer={"type": "object"}),
            Operation("POST", "/api/draw", self.guess, "What a run says of a drawing", body=_DRAWN, answer=_GUESS),
            Operation("POST", "/api/drawings", self.keep, "Keep a drawing to train on", body=_KEEP, answer=count),
        ]


def _rehearse():
    """Read in Keras and what draws need; that takes as long as half of the training, which others do meanwhile."""
    with contextlib.suppress(Exception):  # what is wrong is told by the training, which does the same
        from sparkeras.lab.drawing import first_model, guesses  # noqa: F401 (the second is for the first drawing)

        first_model.rehearse()


def _open(served):
    """Return the Guesser of a model, warm; or the error that it has none."""
    from sparkeras.lab.drawing.guesses import Guesser

    try:
        guesser = Guesser(served)
    except InvalidModelError as error:
        return error
    guesser.of_strokes([np.array([[0.4, 0.2], [0.6, 0.8]])])
    return guesser


def _strokes(said):
    """Return strokes as arrays (points, 2); Refusal (400) for anything else."""
    expected = "'strokes' must be a list of lines, each a list of points [x, y]"
    if not isinstance(said, list) or not 1 <= len(said) <= MOST_STROKES:
        raise Refusal(400, f"{expected}, 1 to {MOST_STROKES} of them.")
    try:
        if not requests.kinds_of(said) <= {int, float}:
            raise Refusal(400, f"{expected}.")
        strokes = [np.asarray(line, np.float64) for line in said]
    except (ValueError, OverflowError) as error:
        raise Refusal(400, f"{expected}.") from error
    if any(line.ndim != 2 or line.shape[1] != 2 or not len(line) for line in strokes):
        raise Refusal(400, f"{expected}.")
    if sum(map(len, strokes)) > MOST_POINTS or any((abs(line) > 1e6).any() for line in strokes):
        raise Refusal(400, f"A drawing has up to {MOST_POINTS:,} points, up to 1,000,000 from the middle.")
    return strokes


def _with_bytes(guess):
    """Return a guess whose pixels are base64: a tenth of what lists of numbers take."""
    seen = guess["seen"] | {"pixels": _text(guess["seen"]["pixels"])}
    layers = [layer | {"maps": [_text(each) for each in layer["maps"]]} for layer in guess["layers"]]
    return guess | {"seen": seen, "layers": layers}


def _text(pixels):
    return base64.b64encode(pixels.tobytes()).decode()
