"""matplotlib imported without warnings on standard error where the user's home cannot be written.

Runs on: driver.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path


@functools.cache
def prepare_matplotlib() -> None:
    """Import matplotlib's fonts; in a read-only home, with a temporary folder for its caches and those of fontconfig.

    Call it before the first import of matplotlib, and so of Keras, which imports it. It does nothing where the user
    chose ``MPLCONFIGDIR``, or where the home can be written, as nearly everywhere.
    """
    home = os.path.expanduser("~")
    if "MPLCONFIGDIR" in os.environ or "matplotlib" in sys.modules or _can_be_written(home):
        return
    folder = tempfile.mkdtemp(prefix="sparkeras-fonts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["MPLCONFIGDIR"] = folder
    # fontconfig, whose program matplotlib asks for fonts, knows no other way; nothing else is to move there.
    before = os.environ.get("XDG_CACHE_HOME")
    os.environ["XDG_CACHE_HOME"] = folder
    try:
        importlib.import_module("matplotlib.font_manager")
    finally:
        del os.environ["XDG_CACHE_HOME"]
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def _can_be_written(home: str) -> bool:
    """Return whether matplotlib's and fontconfig's folders exist or can be made below ``home``."""
    folders = [os.environ.get(f"XDG_{kind}_HOME", f"{home}/.{kind.lower()}") for kind in ("CONFIG", "CACHE")]
    return all(os.access(_first_that_exists(Path(folder).absolute()), os.W_OK | os.X_OK) for folder in folders)


def _first_that_exists(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
