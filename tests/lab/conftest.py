"""A lab that runs as users start it, and a real browser that looks at it."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn

from sparkeras.serving.http import server
from tests.guards import needs


class Server:
    """``sparkeras lab`` or ``serve`` in a process of its own: ``address``, its ``folder``, what it ``printed``."""

    def __init__(self, folder, *arguments):
        self.folder = folder
        command = [sys.executable, "-m", "sparkeras.cli.app", *map(str, arguments), "--port", "0"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True)
        self.printed = self.process.stdout.readline()
        self.address = re.search(r"http://[^\s/]+", self.printed)[0]

    def stop(self):
        """End it by Ctrl-C, as its users do."""
        self.process.send_signal(signal.SIGINT)
        rest, _ = self.process.communicate(timeout=20)
        assert rest.endswith("Closed.\n")
        assert self.process.returncode == 0


@contextlib.contextmanager
def answering(app):
    """Serve an ASGI application of this process; yields its address."""
    listening = server.listen("127.0.0.1", 0)
    listening.listen()
    running = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
    thread.start()
    yield server.address(listening).rstrip("/")
    running.should_exit = True
    thread.join(20)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("lab"), "lab", "--no-browser")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=needs.chromium(), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, lab, request, tmp_path):
    """A page of the lab; at its end nothing may have gone wrong in it, nor been asked of another host."""
    opened, wrong = browser.new_page(base_url=lab.address), []
    opened.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda asked: None if _is_own(asked.url, lab) else wrong.append(f"asked {asked.url}"))
    yield opened
    pictures = Path(os.environ.get("SPARKERAS_LAB_PICTURES", tmp_path))
    pictures.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"[^\w.-]+", "-", request.node.name)  # a path within it would be a folder
    opened.screenshot(path=pictures / f"{name}.png", full_page=True)
    opened.close()
    assert not wrong


def until(page, expression, seconds=30):
    """Wait until an expression of the page is true. (Playwright's own way to wait breaks the page's strict policy.)"""
    deadline = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({expression})"):
        assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
        time.sleep(0.05)


def _is_own(url, lab):
    return url.startswith((lab.address, "data:", "blob:"))
