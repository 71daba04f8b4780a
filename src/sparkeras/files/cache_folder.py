"""The folder of downloads and of the Java shim. Runs on: driver."""

import os
import sys
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return ``$SPARKERAS_CACHE``, else the user's cache folder."""
    try:
        return Path(os.environ.get("SPARKERAS_CACHE") or _of_the_system()).expanduser().absolute()
    except RuntimeError:  # a user id without an account has no home, as in some containers
        return Path(tempfile.gettempdir(), f"sparkeras-{os.getuid()}")


def _of_the_system() -> Path:
    """Return the folder that the system's conventions name (XDG on Linux); pooch would, which the core does without."""
    if sys.platform == "darwin":
        return Path("~/Library/Caches/sparkeras")
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "sparkeras")
