"""The lab in a real browser: its start, from a stroke to its bars, frames, weight of pages, first paint.

Run: python benchmarks/bench_lab.py; needs Chromium and playwright.
"""

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from table import show

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.lab.conftest import CHROMIUM, Server, until
from tests.lab.strokes import draw

TURNS = 3
PAGES = {"Draw": "/", "Playground": "/playground#data=spiral&layers=8,8,8", "Runs": "/runs", "Course": "/course"}


def main():
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        starts = starting(browser, [Path(folder) / str(turn) for turn in range(TURNS)])
        lab = Server(Path(folder) / "0", "lab", "--no-browser")
        try:
            page = browser.new_page(base_url=lab.address)
            rows = [*starts, drawing(page), playing(page), *(loading(browser, lab, *each) for each in PAGES.items())]
        finally:
            browser.close()
            lab.stop()
    notes = [
        "Chromium without a screen, on the same cores as the lab's server; nothing is kept from page to page.",
        f"Starts: the median of {TURNS}, and the range.",
    ]
    show("bench_lab: the lab in a real browser", ("what", "figure", "to reach"), rows, notes)


def starting(browser, folders):
    rows = []
    for words in ("the first start, which trains", "a later start"):
        told = [started_in(browser, folder) for folder in folders]
        page, guess = (sorted(each) for each in zip(*told, strict=True))
        figures = f"{page[TURNS // 2]:.1f} s, {guess[TURNS // 2]:.1f} s ({guess[0]:.1f} to {guess[-1]:.1f})"
        rows.append((f"from the command to the page, and to the first guess: {words}", figures, "10 s"))
    return rows


def started_in(browser, folder):
    folder.mkdir(exist_ok=True)
    began = time.monotonic()
    lab = Server(folder, "lab", "--no-browser")
    printed, page = time.monotonic() - began, browser.new_page(base_url=lab.address)
    page.goto("/")
    draw(page, 7)  # one may draw meanwhile
    until(page, "document.getElementById('verdict').textContent.includes('It says')", 120)
    said = time.monotonic() - began
    page.close()
    lab.stop()
    return printed, said


def drawing(page):
    page.goto("/")
    until(page, "draw.ready", 120)
    for _ in range(3):
        for digit in range(10):
            draw(page, digit)
            until(page, "!draw.asking && draw.since === null")
            page.click("#clear")
    waited = page.evaluate("draw.latencies")
    middle, last = statistics.median(waited), statistics.quantiles(waited, n=20)[18]
    return "from a stroke to its bars", f"p50 {middle:.0f} ms, p95 {last:.0f} ms of {len(waited)}", "p95 under 100 ms"


def playing(page):
    page.goto(PAGES["Playground"])
    until(page, "playground.training")
    page.click("#play")
    until(page, "playground.frames.length >= 60 && playground.training.epoch > 150")
    milliseconds = page.evaluate("(playground.frames.at(-1) - playground.frames[0]) / (playground.frames.length - 1)")
    page.click("#play")
    return "playground, 3 layers of 8 units, an epoch per frame", f"{1000 / milliseconds:.0f} frames a second", "30"


def loading(browser, lab, name, path):
    page, received = browser.new_page(base_url=lab.address), []
    page.on("response", lambda answer: received.append(len(answer.body())) if answer.ok else None)
    page.goto(path, wait_until="networkidle")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    page.close()
    return f"{name}: weight and first paint", f"{sum(received) / 1000:.0f} kB, {paint:.0f} ms", "500 kB, 1,000 ms"


if __name__ == "__main__":
    os.environ.setdefault("KERAS_BACKEND", "jax")
    main()
