"""What some tests need and not every machine has, such as real data or a browser; they are skipped without."""

import os
import shutil

import pytest


def chromium():
    """Return the path of Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def mark(items):
    """Mark tests that use the browser, and skip those whose mark names what is not here."""
    missing = {
        "data": not os.environ.get("SPARKERAS_DATA") and "real data sets: SPARKERAS_DATA must name a folder of them",
        "saved": not os.environ.get("SPARKERAS_SAVED")
        and "files of older versions: SPARKERAS_SAVED must name their folder",
        "browser": not chromium() and "a browser: Chromium must be installed",
        "node": not shutil.which("node") and "Node.js",
    }
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")
        for name, what in missing.items():
            if what and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=f"needs {what}"))
