"""``sparkeras lab``: draw, play and watch in the browser.

Runs on: driver.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def lab(
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="port to listen on [8420, or the next free one]", show_default=False),
    ] = None,
    host: Annotated[str, typer.Option(help="address to listen on; another than this machine's own wants a token")] = (
        "127.0.0.1"
    ),
    runs: Annotated[Path, typer.Option(help="folder of runs to show and to serve")] = Path("runs"),
    backend: Annotated[str | None, typer.Option(help="jax, torch or tensorflow")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="do not open the browser")] = False,
) -> None:
    """Open the lab in the browser: draw for a network, play with one and watch it learn. Ctrl-C ends it."""
    from sparkeras.serving.http import server

    server.require_packages()
    from sparkeras.engine import backends
    from sparkeras.lab import app
    from sparkeras.serving.http.guard import Rules

    os.environ["KERAS_BACKEND"] = backends.choose(backend)  # Keras itself is imported when a model is opened
    listening, token = server.listen(host, port), server.new_token(host)
    address = server.address(listening, token)
    served = app.build(runs, Rules(token, server.names(host)))
    message = f"The lab is open at {address}\nCtrl-C ends it."
    server.run(served, listening, message, browse=None if no_browser else address)
    # Python would wait for its threads, and one may be importing Keras; every file is written by now.
    sys.stdout.flush()
    os._exit(0)
