"""Points and first weights for the playground, as the data sets and the readable network make them.

Runs on: driver.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import Route

from sparkeras.scratch.building import STARTS, build
from sparkeras.serving.http import requests
from sparkeras.serving.http.responses import JSON, Refusal

ROWS = 500
_MOST_SEED = 2**32 - 1
_MOST_UNITS, _MOST_SIZES = 64, 10


def rows(request: Request) -> JSON:
    """Answer points of the plane in random order, with their targets."""
    from sparkeras.datasets.sets import playground

    name = requests.one_of(request, "data", list(playground.KINDS), "circles")
    noise = requests.number(request, "noise", 0, 10, playground.NOISE, float)
    seed = requests.number(request, "seed", 0, _MOST_SEED, 0, int)
    x, target = playground.points(name, ROWS, noise, seed)
    return JSON({"x1": x[:, 0].tolist(), "x2": x[:, 1].tolist(), "target": target})


def weights(request: Request) -> JSON:
    """Answer the first weights of a network, w and b of each layer, flat."""
    seed = requests.number(request, "seed", 0, _MOST_SEED, 0, int)
    start = requests.one_of(request, "start", list(STARTS), "glorot")
    network = build(_sizes(request), start=start, seed=seed, dtype="float64")
    return JSON({"weights": [each.ravel() for each in network.weights]})


def _sizes(request: Request) -> list[int]:
    text = request.query_params.get("sizes", "2,4,2,1")
    sizes = [int(part) if part.isdecimal() and len(part) < 9 else 0 for part in text.split(",")[: _MOST_SIZES + 1]]
    if not 2 <= len(sizes) <= _MOST_SIZES or min(sizes) < 1 or max(sizes) > _MOST_UNITS:
        expected = f"2 to {_MOST_SIZES} whole numbers from 1 to {_MOST_UNITS}"
        raise Refusal(400, f"'sizes' must be {expected}, such as 2,4,2,1; got {text[:40]!r}.")
    return sizes


ROUTES = [Route("/api/playground/rows", rows), Route("/api/playground/weights", weights)]
