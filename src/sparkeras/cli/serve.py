"""``sparkeras serve``: trained runs answer over HTTP, as TensorFlow Serving does.

Runs on: driver.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import InvalidParamError


def serve(
    runs: Annotated[list[Path], typer.Argument(help="folders of finished runs; a model is called as its folder")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="port to listen on")] = 8501,
    host: Annotated[str, typer.Option(help="address to listen on; another than this machine's own wants a token")] = (
        "127.0.0.1"
    ),
    batch_rows: Annotated[int, typer.Option(min=1, max=64, help="most rows of one forward pass; 1: no batching")] = 64,
    backend: Annotated[str | None, typer.Option(help="jax, torch or tensorflow")] = None,
) -> None:
    """Serve trained runs over HTTP: POST /v1/models/NAME:predict, as TensorFlow Serving has it. Ctrl-C ends it."""
    from sparkeras.serving.http import server

    server.require_packages()
    from sparkeras.engine import backends
    from sparkeras.runs.run_folder import Run
    from sparkeras.serving import app
    from sparkeras.serving.http.guard import Rules

    named = {path.resolve().name: path.expanduser().resolve() for path in runs}
    if len(named) < len(runs):
        raise InvalidParamError("Two runs have folders of the same name, and models are called as their folders.")
    for path in runs:
        Run.open(path)
    backends.load(backends.choose(backend), without=backends.WRAPPED)
    token = server.new_token(host)
    with server.listen(host, port) as listening:
        with server.ended_by_ctrl_c():
            served = app.build_server(lambda: named, Rules(token, server.names(host)), batch_rows)
        address = server.address(listening)
        lines = [f"Serving {', '.join(named)} at {address}v1/models (how to ask: {address})"]
        lines += [f"Token: {token} (send it as 'Authorization: Bearer TOKEN')"] if token else []
        server.run(served, listening, "\n".join([*lines, "Ctrl-C ends it."]))
