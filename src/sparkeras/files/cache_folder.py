"""The folder of downloads and of the Java shim. Runs on: driver."""

import os
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():  # where tqdm happens to be installed, pooch makes it look for a notebook's widgets
    warnings.filterwarnings("ignore", "IProgress not found")
    import pooch


def cache_folder() -> Path:
    """Return ``$SPARKERAS_CACHE``, else the user's cache folder."""
    try:
        return Path(os.environ.get("SPARKERAS_CACHE") or pooch.os_cache("sparkeras")).expanduser().absolute()
    except RuntimeError:  # a user id without an account has no home, as in some containers
        return Path(tempfile.gettempdir(), f"sparkeras-{os.getuid()}")
