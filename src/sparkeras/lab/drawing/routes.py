"""The addresses of the page for drawing: which models, a guess, a drawing to keep, the first model.

Runs on: driver. Imports: this package; Starlette.
"""

import asyncio
import base64
import binascii
import contextlib
import logging

import numpy as np

from sparkeras.errors import InvalidModelError
from sparkeras.lab import photos, questions, runs
from sparkeras.lab.answers import JSON, Refusal
from sparkeras.lab.operations import Operation

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
    first : callable
        Trains a first model; called in a thread with a function that it tells its epochs.
    """

    def __init__(self, shelf, kept, first):
        self.shelf, self.kept, self.first = shelf, kept, first
        self.guessers: dict = {}
        self.training, self.told = None, {}

    async def models(self, request):
        """Answer the runs that can be drawn for, the newest first; where there is none, how far the first one is."""
        fit = await self._fit()
        return JSON({"models": fit, "training": self.told if self.training else None, "kept": self.kept.count()})

    async def prepare(self):
        """Open the newest model, or begin to train a first one, before anybody asks."""
        fit = await self._fit()
        if fit:
            with contextlib.suppress(Refusal, InvalidModelError):
                await self._guesser(fit[0])

    async def _fit(self):
        fit = await asyncio.to_thread(runs.of_images, self.shelf.folders())
        if not fit and self.training is None:
            self.training = asyncio.ensure_future(self._train())
        return fit

    async def guess(self, request):
        """Answer what a model says of a drawing or a photo."""
        body = await questions.body(request)
        name = body.get("model")
        if not isinstance(name, str):
            raise Refusal(400, "'model' must be the name of a run.")
        if ("strokes" in body) == ("image" in body):
            raise Refusal(400, "Give either 'strokes' or 'image'.")
        guesser, opened = await self._guesser(name)
        if "strokes" in body:
            said = await opened.batcher.run(guesser.of_strokes, _strokes(body["strokes"]))
        else:
            photo = await asyncio.to_thread(photos.opened, _decoded(body["image"]))
            said = await opened.batcher.run(guesser.of_photo, photo)
        return JSON(_with_bytes(said))

    async def keep(self, request):
        """Keep a drawing under a label."""
        from sparkeras.lab.drawing.kept import image_of

        body = await questions.body(request)
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
        self.told = {"epoch": 0, "epochs": None}
        try:
            await asyncio.to_thread(self.first, self.told.update)
        except Exception as error:  # shown on the page, whatever it is
            logging.getLogger(__name__).exception("the first model was not trained")
            self.told = {"error": str(error).splitlines()[0][:300]}
            return
        await self.prepare()
        self.training = None

    def operations(self):
        """Return the Operations of all addresses."""
        count = {"type": "object", "properties": {"kept": {"type": "integer"}, "folder": {"type": "string"}}}
        return [
            Operation("GET", "/api/draw", self.models, "Runs that one can draw for", answer={"type": "object"}),
            Operation("POST", "/api/draw", self.guess, "What a run says of a drawing", body=_DRAWN, answer=_GUESS),
            Operation("POST", "/api/drawings", self.keep, "Keep a drawing to train on", body=_KEEP, answer=count),
        ]


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
        strokes = [np.asarray(line, np.float64) for line in said]
    except (TypeError, ValueError, OverflowError) as error:
        raise Refusal(400, f"{expected}.") from error
    if any(line.ndim != 2 or line.shape[1] != 2 or not len(line) for line in strokes):
        raise Refusal(400, f"{expected}.")
    if sum(map(len, strokes)) > MOST_POINTS or any((abs(line) > 1e6).any() for line in strokes):
        raise Refusal(400, f"A drawing has up to {MOST_POINTS:,} points, up to 1,000,000 from the middle.")
    return strokes


def _decoded(text):
    if not isinstance(text, str):
        raise Refusal(400, "'image' must be an image file in base64.")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise Refusal(400, f"'image' is no base64: {error}.") from error


def _with_bytes(guess):
    """Return a guess whose pixels are base64: a tenth of what lists of numbers take."""
    seen = guess["seen"] | {"pixels": _text(guess["seen"]["pixels"])}
    layers = [layer | {"maps": [_text(each) for each in layer["maps"]]} for layer in guess["layers"]]
    return guess | {"seen": seen, "layers": layers}


def _text(pixels):
    return base64.b64encode(pixels.tobytes()).decode()
