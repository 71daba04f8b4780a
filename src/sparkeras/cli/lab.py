"""``sparkeras lab``: draw, play and watch in the browser.

Runs on: driver.
"""

import importlib.util
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sparkeras.errors import SetupError


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
    require_server()
    from sparkeras.engine import backends
    from sparkeras.lab import app
    from sparkeras.serving.http import server
    from sparkeras.serving.http.guard import Rules

    os.environ["KERAS_BACKEND"] = backends.choose(backend)  # Keras itself is imported when a model is opened
    listening, token = server.listen(host, port), server.new_token(host)
    address = server.address(listening, token)
    words = f"The lab is open at {address}\nCtrl-C ends it."
    server.run(
        app.build(runs, Rules(token, server.names(host))), listening, words, browse=None if no_browser else address
    )
    # Python would end its threads in good order, and one may be reading in Keras; all that is to be kept is written.
    sys.stdout.flush()
    os._exit(0)


def require_server() -> None:
    """Raise SetupError where packages of the extra ``lab`` are missing."""
    missing = [
        name
        for name in ("starlette", "uvicorn", "orjson", "prometheus_client")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        raise SetupError(f"This needs {' and '.join(missing)}: pip install 'sparkeras[lab]'.")
